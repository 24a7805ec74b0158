"""Without kernel keyrings, as in most containers, sessions are cached in the vault."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.agent.without_kernel_keyring import forbid_keyrings
from tests.commands.role_profiles import add_role
from tests.sandbox import parse_environment
from tests.storage.child_processes import in_child

if TYPE_CHECKING:
    import subprocess

    from tests.sandbox import Sandbox

LOCKED = {"SHELLVAULT_PASSPHRASE_FILE": ""}


def run_without_keyrings(sandbox: Sandbox, *words: str, **extra: str) -> subprocess.CompletedProcess[str]:
    """Run shellvault where every key management system call is forbidden."""

    def run() -> subprocess.CompletedProcess[str]:
        forbid_keyrings()
        return sandbox.run(*words, **extra)

    return in_child(run)


@pytest.fixture
def used_sandbox(sandbox: Sandbox) -> Sandbox:
    """Return a sandbox with a role and its cached session."""
    add_role(sandbox)
    assert run_without_keyrings(sandbox, "exec", "reader", "--", "true").returncode == 0
    return sandbox


def test_session_is_fetched_once(used_sandbox: Sandbox) -> None:
    """The second command finds the session that the first one cached."""
    again = run_without_keyrings(used_sandbox, "exec", "reader", "--", "true")
    assert (again.returncode, again.stderr) == (0, "")
    assert used_sandbox.aws.world.count("AssumeRole") == 1


def test_list_and_status_work_while_the_vault_is_locked(used_sandbox: Sandbox) -> None:
    """Neither needs a passphrase, and `status` still compares the shell's session with the cached one."""
    assert run_without_keyrings(used_sandbox, "list", "--sessions", "--no-input", **LOCKED).stdout.startswith(
        "reader sts.AssumeRole:"
    )
    shell = parse_environment(run_without_keyrings(used_sandbox, "exec", "reader", "--", "env", "-0").stdout)
    held = {name: value for name, value in shell.items() if name.startswith(("AWS_", "SHELLVAULT_"))} | LOCKED
    done = run_without_keyrings(used_sandbox, "status", "--no-input", **held)
    assert (done.returncode, done.stderr) == (0, "")
    assert "\nvault      sealed, locked\n" in done.stdout
    assert "note" not in done.stdout


def test_clear_and_remove_delete_sessions_in_the_vault(used_sandbox: Sandbox) -> None:
    """No session fetched earlier can be used afterwards."""
    assert run_without_keyrings(used_sandbox, "clear").stdout == "Forgot 1 session.\n"
    assert run_without_keyrings(used_sandbox, "exec", "reader", "--", "true").returncode == 0
    assert used_sandbox.aws.world.count("AssumeRole") == 2
    assert (
        run_without_keyrings(used_sandbox, "remove", "-f", "base").stdout
        == "Deleted the key pair of 'base', and 1 session.\n"
    )
    assert run_without_keyrings(used_sandbox, "list", "--sessions").stdout == ""


def test_unlock_does_not_claim_success_if_it_cannot_last(used_sandbox: Sandbox) -> None:
    """The key cannot be kept anywhere, so each command prompts: status 5."""
    done = run_without_keyrings(used_sandbox, "unlock")
    assert (done.returncode, done.stdout) == (5, "")
    assert done.stderr == (
        "error: this system has no kernel keyring, so the sealed vault is still locked, and each command will ask for "
        "its passphrase\n"
        "hint: let the agent keep it unlocked, without SHELLVAULT_AGENT=off; or set SHELLVAULT_PASSPHRASE_FILE\n"
    )
    assert run_without_keyrings(used_sandbox, "exec", "reader", "--no-input", "--", "true", **LOCKED).returncode == 5
