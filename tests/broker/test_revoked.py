"""A cached session that AWS revoked: the next command over it mints it anew by itself, and once for all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shellvault.storage.opener import kernel_keyring
from tests.broker.cache import forget, sessions
from tests.broker.running import Running, distinct

if TYPE_CHECKING:
    from tests.broker.conftest import Person
    from tests.sandbox import Sandbox

ADMIN = ("env", "admin", "--shell", "bash")
OPS = ("env", "ops", "--shell", "bash")


def test_a_revoked_mfa_session_is_minted_anew(person: Person) -> None:
    """Another role over it finds it refused, asks for one code, and goes on without any `clear`."""
    _use_and_revoke(person)
    person.questions.give(person.device.next_code())
    assert person.sandbox.run(*OPS).returncode == 0
    assert _outcomes(person.sandbox)[-3:] == [
        ("AssumeRole", "InvalidClientTokenId"),
        ("GetSessionToken", "ok"),
        ("AssumeRole", "ok"),
    ]
    assert person.questions.asked == 2


def test_two_roles_find_it_revoked_and_ask_for_one_code(person: Person) -> None:
    """Whoever comes second uses what the first one minted, and does not throw it away again."""
    _use_and_revoke(person)
    forget(person.sandbox, "AssumeRole")
    person.questions.give(person.device.next_code())
    outcomes = [running.outcome() for running in [Running(person.sandbox, *words) for words in (ADMIN, OPS) * 5]]
    assert [outcome.status for outcome in outcomes] == [0] * 10
    assert distinct(outcome.out for outcome in outcomes) == 2
    assert (person.questions.asked, person.sandbox.aws.world.count("GetSessionToken", "ok")) == (2, 2)


def test_a_key_that_aws_deleted_is_named_with_what_to_do(person: Person) -> None:
    """There is nothing to mint a key pair from: one call, and the error says which key and what to type."""
    person.sandbox.aws.world.delete_key(person.key.id)
    done = person.sandbox.run("env", "reader", "--shell", "bash")
    assert (done.returncode, done.stdout) == (7, "false\n")
    assert "AWS does not know the access key of 'base'" in done.stderr
    assert "shellvault add base" in done.stderr
    assert len(person.sandbox.aws.world.calls) == 1


def _use_and_revoke(person: Person) -> None:
    """Use the MFA session for one role, and revoke it at AWS."""
    person.questions.give(person.device.next_code())
    assert person.sandbox.run(*ADMIN).returncode == 0
    (cached,) = (entry for entry in sessions(person.sandbox) if "GetSessionToken" in entry.detail)
    payload = kernel_keyring(str(person.sandbox.vault)).read(cached.key_id) or b""
    person.sandbox.aws.world.revoke(payload.decode().partition("\n")[0])


def _outcomes(sandbox: Sandbox) -> list[tuple[str, str]]:
    return [(call.action, call.outcome) for call in sandbox.aws.world.calls]
