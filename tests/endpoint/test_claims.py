"""Claims end with their owners, outlive a killed endpoint, and give access to nothing else."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from shellvault.agent.claim_table import OpenClaim
from shellvault.agent.claims import make_claim
from tests.agent.two_clocks import TwoClocks
from tests.endpoint.minting import WISH, Mint, ask, open_endpoint
from tests.storage.child_processes import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shellvault.core.wish import Wish

ME = os.getpid()


@pytest.fixture
def owner() -> Iterator[subprocess.Popen[bytes]]:
    """Return a process that can own a claim."""
    with subprocess.Popen(["sleep", "600"]) as process:
        yield process
        process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("watches", [True, False], ids=["told by the system", "looked up"])
def test_a_claim_ends_with_its_owner(
    tmp_path: Path, owner: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch, number: int, *, watches: bool
) -> None:
    """It ends even while its owner is a zombie, and its token is removed. Other claims stay."""
    if not watches:
        monkeypatch.delattr(os, "pidfd_open")
    with open_endpoint(Mint(), tmp_path) as endpoint:
        ticket, other = endpoint.open_claim(WISH, owner.pid), endpoint.open_claim(WISH, ME)
        token = Path(ticket.token_file).read_text()
        assert ask(ticket)["status"] == 200
        owner.send_signal(number)
        wait_until(lambda: len(endpoint.claims()) == 1)
        assert ask(ticket, token) == {**ask(ticket, token), "status": 404, "code": "NotFound"}
        assert not Path(ticket.token_file).exists()
        assert ask(other)["status"] == 200


def test_no_claim_is_opened_for_a_process_that_has_ended(tmp_path: Path) -> None:
    """This happens if a shell is closed while its session is being obtained."""
    gone = subprocess.Popen(["true"])
    gone.wait()
    with open_endpoint(Mint(), tmp_path) as endpoint:
        assert ask(endpoint.open_claim(WISH, gone.pid), "x")["status"] == 404
        assert endpoint.claims() == []


def test_a_shell_has_one_claim_for_a_session(tmp_path: Path, owner: subprocess.Popen[bytes]) -> None:
    """Entering the profile again returns the same claim. Other shells, profiles and options get their own."""
    with open_endpoint(Mint(), tmp_path) as endpoint:
        first = endpoint.open_claim(WISH, ME)
        assert endpoint.open_claim(WISH.replace(environ={}), ME) == first
        others = [
            endpoint.open_claim(WISH, owner.pid),
            endpoint.open_claim(WISH.replace(profile="b", identity="b"), ME),
            endpoint.open_claim(WISH.replace(words=()), ME),
        ]
        assert len({first, *others}) == 4


def test_a_claims_token_opens_no_other_claim(tmp_path: Path) -> None:
    """Another claim's path with this token is refused."""
    with open_endpoint(Mint(), tmp_path) as endpoint:
        one, two = (endpoint.open_claim(WISH.replace(profile=name, identity=name), ME) for name in "ab")
        assert ask(one, Path(two.token_file).read_text())["status"] == 401


def test_the_next_endpoint_takes_over_claims(tmp_path: Path) -> None:
    """Address and token stay the same, and it knows everything that it needs to obtain a session."""
    with open_endpoint(Mint(), tmp_path) as endpoint:
        ticket = endpoint.open_claim(WISH, ME)
        first = ask(ticket)
    later = Mint()
    with open_endpoint(later, tmp_path) as endpoint:
        second = ask(ticket)
        assert (first["status"], second["status"]) == (200, 200)
        assert later.claims[0].wish == WISH
        assert [each.profile for each in endpoint.claims()] == ["dev"]


def test_the_next_endpoint_takes_over_the_claims_of_a_killed_one(tmp_path: Path) -> None:
    """The killed one had no chance to save anything at its end."""
    script = (
        "import os, sys, time; from tests.endpoint.minting import *; from pathlib import Path\n"
        "with open_endpoint(Mint(), Path(sys.argv[1])) as endpoint:\n"
        "    ticket = endpoint.open_claim(WISH, int(sys.argv[2]))\n"
        "    print(ticket.url, ticket.token_file, flush=True); time.sleep(600)"
    )
    argv = [sys.executable, "-c", script, str(tmp_path), str(ME)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]) as killed:
        assert killed.stdout
        url, file = killed.stdout.readline().split()
        killed.kill()
    with open_endpoint(Mint(), tmp_path) as endpoint:
        ticket = endpoint.open_claim(WISH, ME)
        assert (ticket.url, ticket.token_file) == (url, file)
        assert ask(ticket)["status"] == 200


def test_claims_of_owners_that_have_ended_are_not_taken_over(tmp_path: Path, owner: subprocess.Popen[bytes]) -> None:
    """The same goes for a claim whose owner's process id now belongs to a process that started later."""
    with open_endpoint(Mint(), tmp_path) as endpoint:
        tickets = [endpoint.open_claim(WISH, owner.pid), endpoint.open_claim(WISH, ME)]
    owner.kill()
    owner.wait()
    text = (tmp_path / "claims.json").read_text()
    start = json.loads(text)["claims"][1]["owner"][1]
    (tmp_path / "claims.json").write_text(text.replace(f'"{start}"', '"1"'))
    with open_endpoint(Mint(), tmp_path) as endpoint:
        assert (endpoint.claims(), list(tmp_path.glob("claims*"))) == ([], [])
        assert [Path(ticket.token_file).exists() for ticket in tickets] == [False, True]  # its process is running


def test_claims_are_dropped_if_another_program_has_taken_the_port(tmp_path: Path) -> None:
    """That program may have received their tokens."""
    with open_endpoint(Mint(), tmp_path) as endpoint:
        ticket = endpoint.open_claim(WISH, ME)
    port = int(ticket.url.split(":")[2].partition("/")[0])
    with socket.create_server(("127.0.0.1", port)), open_endpoint(Mint(), tmp_path) as endpoint:
        assert (endpoint.claims(), list(tmp_path.glob("claims*"))) == ([], [])
        assert ask(endpoint.open_claim(WISH, ME))["status"] == 200


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"port": 1}', '{"port": "x", "claims": []}', '{"port": 1, "claims": [{}]}', "\x00" * 100, "null"],
)
def test_a_damaged_claims_file_is_ignored(tmp_path: Path, text: str) -> None:
    """It may have been truncated by a full disk, or written by another version."""
    (tmp_path / "claims.json").write_text(text)
    with open_endpoint(Mint(), tmp_path) as endpoint:
        assert endpoint.claims() == []
        assert ask(endpoint.open_claim(WISH, ME))["status"] == 200


def test_the_claims_file_holds_no_secret(tmp_path: Path) -> None:
    """It has neither a token nor a secret from the environment, and only this user can read it."""
    secrets = {
        "AWS_SECRET_ACCESS_KEY": "secret-1",
        "AWS_SESSION_TOKEN": "secret-2",
        "AWS_BEARER_TOKEN_BEDROCK": "secret-3",
        "SHELLVAULT_PASSPHRASE": "secret-4",
        "HTTPS_PROXY": "http://me:secret-5@proxy",
        "GITHUB_TOKEN": "secret-6",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": "secret-7",
        "AWS_VAULT_FILE_PASSPHRASE": "secret-8",
        "OTHER": "secret-9",
    }
    kept = {
        "SHELLVAULT_PASSPHRASE_FILE": "/p",
        "AWS_SESSION_TOKEN_TTL": "2h",
        "https_proxy": "http://proxy",
        "HOME": "/",
    }
    with open_endpoint(Mint(), tmp_path) as endpoint:
        ticket = endpoint.open_claim(WISH.replace(environ=secrets | kept), ME)
        file = tmp_path / "claims.json"
        text, mode = file.read_text(), stat.S_IMODE(file.stat().st_mode)
        assert Path(ticket.token_file).read_text() not in text
    assert "secret" not in text
    assert json.loads(text)["claims"][0]["wish"]["environ"] == kept
    assert mode == 0o600


def test_programs_get_answers_even_if_the_claims_file_cannot_be_written(tmp_path: Path) -> None:
    """The disk may be full, for example. The only loss is that the next endpoint cannot take over the claims."""
    with open_endpoint(Mint(), tmp_path) as endpoint:
        (tmp_path / "claims.json").mkdir()
        (tmp_path / "claims.json" / "x").touch()
        assert ask(endpoint.open_claim(WISH, ME))["status"] == 200


def test_an_endpoint_without_claims_leaves_no_file(tmp_path: Path) -> None:
    """It removes the tokens and the claims file with its last claim."""
    with open_endpoint(Mint(), tmp_path) as endpoint:
        endpoint.close_claim(endpoint.open_claim(WISH, ME))
        wait_until(lambda: not list(tmp_path.iterdir()))
        assert endpoint.claims() == []


def lent(seconds: float) -> Wish:
    """Return a wish for something that is lent from now on for some seconds."""
    now = int(time.time())
    return WISH.replace(scope="ro").as_lent("ssh build", now, now + int(seconds))


def test_what_is_lent_ends_with_its_time(tmp_path: Path) -> None:
    """Programs are told until when it was lent, as long as its owner runs; its session is forgotten."""
    mint, other = Mint(), WISH.replace(profile="b", identity="b")
    with open_endpoint(mint, tmp_path) as endpoint:
        wish = lent(2)
        ticket, beside = endpoint.open_claim(wish, ME), endpoint.open_claim(other, ME)
        assert (ask(ticket)["status"], len(endpoint.claims())) == (200, 2)
        wait_until(lambda: len(endpoint.claims()) == 1)
        until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(wish.lent_until))
        assert ask(ticket)["message"] == f"shellvault: this was lent until {until}"
        assert (ask(ticket)["status"], ask(ticket)["code"], ask(ticket, "x")["status"]) == (403, "LendEnded", 401)
        assert ask(beside)["status"] == 200
        minted = len(mint.claims)
        assert ask(endpoint.open_claim(lent(60), ME))["status"] == 200
        assert len(mint.claims) == minted + 1


def test_what_is_lent_is_taken_over_with_its_time(tmp_path: Path) -> None:
    """The next endpoint knows to whom, and since and until when; a time that is over meanwhile is over."""
    with open_endpoint(Mint(), tmp_path) as endpoint:
        tickets = [endpoint.open_claim(lent(seconds), ME) for seconds in (60, 1)]
        before = endpoint.claims()[0]
    time.sleep(1)
    with open_endpoint(Mint(), tmp_path) as endpoint:
        (after,) = endpoint.claims()
        assert (after.scope, after.lent_to, after.lent_at, after.lent_until) == (
            "ro",
            "ssh build",
            before.lent_at,
            before.lent_until,
        )
        assert [ask(ticket)["status"] for ticket in tickets] == [200, 403]


def test_each_lend_is_a_claim_of_its_own(tmp_path: Path) -> None:
    """Even for the same process and session: one may be narrower in time than the other."""
    with open_endpoint(Mint(), tmp_path) as endpoint:
        wishes = (WISH, lent(60), lent(60), WISH)
        tickets = [endpoint.open_claim(wish, ME) for wish in wishes]
        assert (tickets[0] == tickets[3], len({*tickets})) == (True, 3)
        assert [claim.lent_to for claim in endpoint.end_lends("other")] == []
        assert [claim.lent_to for claim in endpoint.end_lends("dev")] == ["ssh build"] * 2
        assert [ask(ticket)["status"] for ticket in tickets] == [200, 403, 403, 200]


def test_a_file_from_before_there_were_lends_is_read(tmp_path: Path) -> None:
    """Its claims are nothing that is lent; one with a malformed time is ignored, and nothing crashes."""
    with open_endpoint(Mint(), tmp_path) as endpoint:
        ticket = endpoint.open_claim(WISH, ME)
    file = tmp_path / "claims.json"
    saved = json.loads(file.read_text())
    for name in ("scope", "lent_to", "lent_at", "lent_until"):
        del saved["claims"][0]["wish"][name]
    file.write_text(json.dumps(saved))
    with open_endpoint(Mint(), tmp_path) as endpoint:
        assert ask(ticket)["status"] == 200
        assert [claim.lent_to for claim in endpoint.claims()] == [""]
    for damage in ({"lent_until": "soon"}, {"lent_at": None}, {"lent_by": "me"}):
        saved["claims"][0]["wish"] |= damage
        file.write_text(json.dumps(saved))
        with open_endpoint(Mint(), tmp_path) as endpoint:
            assert endpoint.claims() == []


def test_what_is_lent_ends_even_if_the_clock_is_set_back(tmp_path: Path) -> None:
    """Nor does it last longer where the clock was set back before it was taken over."""
    clocks = TwoClocks()
    now = int(clocks.wall())
    claim = make_claim(WISH.as_lent("ssh build", now, now + 600), ME, str(tmp_path))
    found = OpenClaim(claim, clocks.wall, clocks.since_boot)
    clocks.set_wall(now - 86400)
    later = OpenClaim(claim, clocks.wall, clocks.since_boot)
    clocks.pass_time(599)
    assert (found.is_late, later.is_late) == (False, False)
    clocks.pass_time(1)
    assert (found.is_late, later.is_late) == (True, True)
