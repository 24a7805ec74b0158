"""Where the kernel keeps no keys for us, as in most containers: sessions are cached in the vault itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.commands.people import with_role
from tests.sandbox import exported
from tests.storage.child_processes import forbid_keyrings, in_child

if TYPE_CHECKING:
    import subprocess

    from tests.sandbox import Sandbox

LOCKED = {"SHELLVAULT_PASSPHRASE_FILE": ""}


def contained(sandbox: Sandbox, *words: str, **extra: str) -> subprocess.CompletedProcess[str]:
    """Run shellvault where the kernel refuses every call about keys."""

    def run() -> subprocess.CompletedProcess[str]:
        forbid_keyrings()
        return sandbox.run(*words, **extra)

    return in_child(run)


@pytest.fixture
def lived_in(sandbox: Sandbox) -> Sandbox:
    """Return a sandbox with a role and its cached session."""
    with_role(sandbox)
    assert contained(sandbox, "exec", "reader", "--", "true").returncode == 0
    return sandbox


def test_a_session_is_minted_once(lived_in: Sandbox) -> None:
    """The second command finds what the first one kept."""
    again = contained(lived_in, "exec", "reader", "--", "true")
    assert (again.returncode, again.stderr) == (0, "")
    assert lived_in.aws.world.count("AssumeRole") == 1


def test_what_is_known_is_shown_while_the_vault_is_locked(lived_in: Sandbox) -> None:
    """`list` and `status` need no passphrase, and `status` compares without one."""
    assert contained(lived_in, "list", "--sessions", "--no-input", **LOCKED).stdout.startswith("reader sts.AssumeRole:")
    shell = exported(contained(lived_in, "exec", "reader", "--", "env", "-0").stdout)
    held = {name: value for name, value in shell.items() if name.startswith(("AWS_", "SHELLVAULT_"))} | LOCKED
    done = contained(lived_in, "status", "--no-input", **held)
    assert (done.returncode, done.stderr) == (0, "")
    assert "\nvault      sealed, locked\n" in done.stdout
    assert "note" not in done.stdout


def test_clear_and_remove_reach_the_sessions_in_the_vault(lived_in: Sandbox) -> None:
    """Nothing can be used afterwards that was made before."""
    assert contained(lived_in, "clear").stdout == "Forgot 1 session.\n"
    assert contained(lived_in, "exec", "reader", "--", "true").returncode == 0
    assert lived_in.aws.world.count("AssumeRole") == 2
    assert contained(lived_in, "remove", "-f", "base").stdout == "Deleted the key pair of 'base', and 1 session.\n"
    assert contained(lived_in, "list", "--sessions").stdout == ""


def test_unlocking_says_that_it_will_not_last(lived_in: Sandbox) -> None:
    """There is nothing to keep the vault open with, so each command asks."""
    done = contained(lived_in, "unlock")
    assert (done.returncode, done.stdout) == (0, "The sealed vault is unlocked.\n")
    assert done.stderr == "shellvault: this system keeps no keys in its kernel: each command will ask again\n"
    assert contained(lived_in, "exec", "reader", "--no-input", "--", "true", **LOCKED).returncode == 5
