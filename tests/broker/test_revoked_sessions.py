"""Sessions revoked by AWS: the next command that uses one replaces it, exactly once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shellvault.storage.kernel_keyring import SESSION
from shellvault.storage.opener import kernel_keyring
from tests.broker.background_command import BackgroundCommand, count_distinct
from tests.broker.cached_sessions import drop_sessions, list_cached_sessions

if TYPE_CHECKING:
    from tests.broker.conftest import MfaUser
    from tests.sandbox import Sandbox

ADMIN = ("env", "admin", "--shell", "bash")
OPS = ("env", "ops", "--shell", "bash")


def test_revoked_mfa_session_is_replaced(user: MfaUser) -> None:
    """Assuming another role with it fails, prompts for one code, and succeeds without a `clear`."""
    _use_and_revoke_mfa_session(user)
    user.prompter.answer(user.device.next_code())
    assert user.sandbox.run(*OPS).returncode == 0
    assert _list_outcomes(user.sandbox)[-3:] == [
        ("AssumeRole", "InvalidClientTokenId"),
        ("GetSessionToken", "ok"),
        ("AssumeRole", "ok"),
    ]
    assert user.prompter.prompt_count == 2


def test_two_roles_replace_a_revoked_session_with_one_mfa_code(user: MfaUser) -> None:
    """The second command uses the session the first one fetched instead of dropping it again."""
    _use_and_revoke_mfa_session(user)
    drop_sessions(user.sandbox, "AssumeRole")
    user.prompter.answer(user.device.next_code())
    outcomes = [running.wait() for running in [BackgroundCommand(user.sandbox, *words) for words in (ADMIN, OPS) * 5]]
    assert [outcome.status for outcome in outcomes] == [0] * 10
    assert count_distinct(outcome.out for outcome in outcomes) == 2
    assert (user.prompter.prompt_count, user.sandbox.aws.world.count("GetSessionToken", "ok")) == (2, 2)


def test_deleted_access_key_is_reported_with_a_hint(user: MfaUser) -> None:
    """A key pair cannot be refreshed: one call, then an error that names the key and the command to run."""
    user.sandbox.aws.world.delete_key(user.key.id)
    done = user.sandbox.run("env", "reader", "--shell", "bash")
    assert (done.returncode, done.stdout) == (7, "false\n")
    assert "AWS does not recognize the access key of 'base'" in done.stderr
    assert "shellvault add base" in done.stderr
    assert len(user.sandbox.aws.world.calls) == 1


def _use_and_revoke_mfa_session(user: MfaUser) -> None:
    """Assume one role with the MFA session, then revoke that session at AWS."""
    user.prompter.answer(user.device.next_code())
    assert user.sandbox.run(*ADMIN).returncode == 0
    revoke_sessions(user.sandbox, "GetSessionToken")


def revoke_sessions(sandbox: Sandbox, kind: str = "") -> None:
    """Revoke every cached session at AWS, or only those of this kind."""
    kernel = kernel_keyring(str(sandbox.vault))
    found = [entry.identity for entry in list_cached_sessions(sandbox) if kind in entry.note]
    assert found
    for identity in found:
        payload = kernel.find(SESSION, identity) or b""
        sandbox.aws.world.revoke(payload.decode().partition("\n")[0])


def _list_outcomes(sandbox: Sandbox) -> list[tuple[str, str]]:
    return [(call.action, call.outcome) for call in sandbox.aws.world.calls]
