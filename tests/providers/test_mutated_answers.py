"""Each of many mutated answers gives an error or a session, never a traceback, and nothing in it runs."""

from __future__ import annotations

import json
import random
import shutil
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

import pytest
from botocore.awsrequest import AWSResponse

from shellvault.aws.bound_client import SEND
from shellvault.aws.client import client
from shellvault.aws.network import Network
from shellvault.core.chain.links import SessionToken, StoredKey
from shellvault.core.errors import ShellvaultError
from shellvault.core.model import KeyPair, Session
from shellvault.core.record import Secret
from shellvault.providers.process_provider import parse_output
from shellvault.providers.sts_provider import call_sts
from tests.full_size import Note, scale
from tests.providers.mutators import CANARY, mutate_bytes, mutate_fields

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sandbox import Sandbox

MANY = scale(50_000)  # of each kind
DOCUMENT: dict[str, Any] = {
    "Version": 1,
    "AccessKeyId": "ASIAIOSFODNN7EXAMPLE",
    "SecretAccessKey": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "SessionToken": "IQoJb3JpZ2luX2VjEXAMPLE+/==",
    "Expiration": "2099-01-01T00:00:00Z",
}
LINK = SessionToken("dev", StoredKey("dev", "0"), "", 3600, "eu-west-1", "")


def require_safe(session: Session) -> None:
    """Require values that a variable and a header can carry, and that cannot move a cursor."""
    for value in (session.access_key_id, session.secret_access_key, session.session_token):
        assert value.isascii()
        assert value.isprintable()
        assert " " not in value
    assert session.access_key_id
    assert session.secret_access_key
    assert session.expires_at > session.refresh_at > 0


def test_a_mutated_program_output_is_parsed_or_refused(record_property: Note) -> None:
    """The result is a session that is safe to export, or an error."""
    chance = random.Random(20260101)  # noqa: S311 - the same answers in every run
    text = json.dumps(DOCUMENT).encode()
    outcomes, messages = {"session": 0, "error": 0}, set[str]()
    for _ in range(MANY):
        answer = mutate_bytes(text, chance) if chance.random() < 0.6 else mutate_fields(DOCUMENT, chance)
        try:
            require_safe(parse_output(answer))
            outcomes["session"] += 1
        except ShellvaultError as error:
            messages.add(error.message + error.hint)
            outcomes["error"] += 1
    assert not [words for words in messages if DOCUMENT["SecretAccessKey"] in words]
    record_property("runs", MANY)
    assert min(outcomes.values()) > MANY // 20, outcomes


class RawBody:
    """What botocore reads an answer's body from."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, **_options: object) -> list[bytes]:
        """Return the body in one piece."""
        return [self._body]


def format_answer(fields: dict[str, Any]) -> bytes:
    """Return STS's answer to GetSessionToken, with these fields."""
    inner = "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in fields.items() if name[:1].isalpha())
    return (
        '<GetSessionTokenResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetSessionTokenResult>'
        f"<Credentials>{inner}</Credentials></GetSessionTokenResult><ResponseMetadata><RequestId>c0ffee</RequestId>"
        "</ResponseMetadata></GetSessionTokenResponse>"
    ).encode("utf-8", "surrogatepass")


def mutate_answer(chance: random.Random) -> tuple[int, bytes]:
    """Return a status and a body: garbled, or well-formed with wrong values in it."""
    if chance.random() < 0.4:
        return chance.choice([400, 403, 500, 503]), mutate_bytes(format_refusal(), chance)
    if chance.random() < 0.5:
        return 200, mutate_bytes(format_answer(DOCUMENT), chance)
    return 200, format_answer(json.loads(mutate_fields(DOCUMENT, chance)))


def format_refusal() -> bytes:
    """Return how STS refuses."""
    return (
        b'<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>'
        b"<Code>AccessDenied</Code><Message>User: x is not authorized to perform: y</Message></Error>"
        b"<RequestId>c0ffee</RequestId></ErrorResponse>"
    )


def test_a_mutated_sts_answer_is_parsed_or_refused(record_property: Note) -> None:
    """Successes and refusals alike, through botocore's own parser."""
    chance = random.Random(20260102)  # noqa: S311 - the same answers in every run
    pair = KeyPair("AKIAIOSFODNN7EXAMPLE", Secret("x" * 40))
    sts = client("sts", "eu-west-1", "http://127.0.0.1:9", Network("", {}), pair, attempts=1, shared=False)
    sts.meta.events.unregister("before-send", unique_id=SEND)
    answers: list[tuple[int, bytes]] = []
    sts.meta.events.register("before-send.sts", lambda **_: _respond(*answers.pop()))
    outcomes, messages = {"session": 0, "error": 0}, set[str]()
    for _ in range(MANY):
        answers.append(mutate_answer(chance))
        try:
            require_safe(call_sts(sts, LINK, LINK.request()))
            outcomes["session"] += 1
        except ShellvaultError as error:
            messages.add(error.message + error.hint)
            outcomes["error"] += 1
    assert not [words for words in messages if DOCUMENT["SecretAccessKey"] in words or not words.isprintable()]
    record_property("runs", MANY)
    assert min(outcomes.values()) > MANY // 20, outcomes


def _respond(status: int, body: bytes) -> AWSResponse:
    headers: Any = {"Content-Type": "text/xml", "Content-Length": str(len(body))}
    return AWSResponse("http://127.0.0.1:9", status, headers, RawBody(body))


@pytest.mark.parametrize("shell", ["bash", "fish"])
def test_a_mutated_output_leaves_a_live_shell_unchanged(sandbox: Sandbox, tmp_path: Path, shell: str) -> None:
    """From the program to `eval`: whatever fails leaves every variable as it was."""
    chance = random.Random(20260103)  # noqa: S311 - the same answers in every run
    answers = tmp_path / "answers"
    answers.mkdir()
    text = json.dumps(DOCUMENT).encode()
    for number in range(60):
        bad = mutate_bytes(text, chance) if number % 2 else mutate_fields(DOCUMENT, chance)
        (answers / f"{number:03}").write_bytes(bad)
    cat = shutil.which("cat")
    for file in sorted(answers.iterdir()):
        sandbox.configure(f"[profile p{file.name}]\ncredential_process = {cat} {file}\n")
    done = sandbox.shell(shell, BASH if shell == "bash" else FISH)
    lines = done.stdout.splitlines()
    assert lines[-1] == "end", done.stderr
    assert {line.partition(" ")[0] for line in lines[:-1]} == {"kept", "entered"}
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.rglob(CANARY))


BASH = r"""
seen() { env | grep -v '^_=' | sort | cksum; }
for number in {000..059}; do
  before=$(seen)
  if eval "$(shellvault env "p$number")"; then
    [[ $AWS_ACCESS_KEY_ID && $SHELLVAULT_PROFILE == "p$number" ]] && printf 'entered %s\n' "$number"
    eval "$(shellvault env --unset)"
  fi
  [[ $(seen) == "$before" ]] && printf 'kept %s\n' "$number" || printf 'changed %s\n' "$number"
done
echo end
"""
FISH = r"""
function seen; env | grep -v '^_=' | sort | cksum; end
for number in (seq -w 000 059)
  set -l before (seen)
  shellvault env p$number | source
  if set -q SHELLVAULT_PROFILE
    test -n "$AWS_ACCESS_KEY_ID"; and test $SHELLVAULT_PROFILE = p$number; and echo entered $number
    shellvault env --unset | source
  end
  test (seen) = "$before"; and echo kept $number; or echo changed $number
end
echo end
"""
