"""`lock` and `unlock`: one passphrase prompt, and locking on command or after a timeout."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.commands.terminal import open_shell, open_terminal
from tests.sandbox import PASSPHRASE, SHELLVAULT

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

NO_PASSPHRASE_FILE = {"SHELLVAULT_PASSPHRASE_FILE": ""}
USE = ("exec", "base", "-n", "--no-input", "--", "true")


@pytest.fixture
def locked(sandbox: Sandbox) -> Sandbox:
    """Return a sandbox with a key pair in a locked vault, and no passphrase available."""
    sandbox.add("base", sandbox.aws.world.user().access_key())
    assert sandbox.run("lock").stdout == "The sealed vault is locked.\n"
    sandbox.env |= NO_PASSPHRASE_FILE
    return sandbox


def test_locked_vault_says_how_to_unlock(locked: Sandbox) -> None:
    """Status 5 when prompting is disabled."""
    done = locked.run(*USE)
    assert (done.returncode, done.stdout) == (5, "")
    assert done.stderr == (
        "error: the sealed vault is locked: prompting is disabled (--no-input)\nhint: shellvault unlock\n"
    )


def test_unlock_prompts_once_for_all_later_commands(locked: Sandbox) -> None:
    """Without echo; later commands do not prompt, on this terminal or elsewhere."""
    with open_shell(locked) as terminal:
        terminal.type("shellvault unlock")
        terminal.expect("Passphrase of the sealed vault: ")
        terminal.type(PASSPHRASE)
        terminal.expect("The sealed vault is unlocked.")
        terminal.type("shellvault unlock; shellvault exec base -n -- echo in-$?")
        terminal.expect("The sealed vault is unlocked.\r\nin-0")
        assert terminal.output.count("Passphrase") == 1
        assert PASSPHRASE not in terminal.output
    assert locked.run(*USE).returncode == 0


def test_wrong_passphrase_leaves_the_vault_locked(locked: Sandbox) -> None:
    """It is a user error: status 6."""
    with open_terminal(locked, [SHELLVAULT, "unlock"]) as terminal:
        terminal.expect("Passphrase of the sealed vault: ")
        terminal.type("no such thing")
        assert terminal.wait_for_exit() == 6
        assert "error: the passphrase is wrong\r\nhint: try again: shellvault unlock" in terminal.output
    assert locked.run(*USE).returncode == 5


def test_locked_vault_prompts_when_a_secret_is_needed(locked: Sandbox) -> None:
    """Any command that needs a secret prompts, once."""
    with open_terminal(locked, [SHELLVAULT, "exec", "base", "--", "echo", "in"]) as terminal:
        terminal.expect("Passphrase of the sealed vault: ")
        terminal.type(PASSPHRASE)
        assert terminal.wait_for_exit() == 0
        assert terminal.output.endswith("in\r\n")


def test_lock_affects_every_shell(locked: Sandbox) -> None:
    """The next command anywhere finds the vault locked; locking twice is harmless."""
    assert locked.run("unlock", SHELLVAULT_PASSPHRASE=PASSPHRASE).returncode == 0
    assert locked.run(*USE).returncode == 0
    for _ in range(2):
        assert locked.run("lock").returncode == 0
    assert locked.run(*USE).returncode == 5


def test_vault_locks_itself_when_unused(locked: Sandbox) -> None:
    """After the time set by SHELLVAULT_LOCK_AFTER."""
    assert locked.run("unlock", SHELLVAULT_PASSPHRASE=PASSPHRASE, SHELLVAULT_LOCK_AFTER="1s").returncode == 0
    time.sleep(2.5)
    assert locked.run(*USE).returncode == 5


def test_invalid_lock_timeout_is_refused(locked: Sandbox) -> None:
    """It must not silently mean the default."""
    done = locked.run("unlock", SHELLVAULT_LOCK_AFTER="soon", SHELLVAULT_PASSPHRASE=PASSPHRASE)
    assert done.returncode == 2
    assert done.stderr.startswith("error: SHELLVAULT_LOCK_AFTER: 'soon' is not a duration\nhint: ")


def test_passphrase_from_the_environment_works_with_a_notice(locked: Sandbox) -> None:
    """For automation; the notice goes to stderr, and the program that is run cannot see the passphrase."""
    done = locked.run("exec", "base", "-n", "--", "env", SHELLVAULT_PASSPHRASE=PASSPHRASE)
    assert done.returncode == 0
    assert done.stderr == (
        "shellvault: the passphrase came from SHELLVAULT_PASSPHRASE, which other programs can read\n"
    )
    assert PASSPHRASE not in done.stdout
    assert "SHELLVAULT_PASSPHRASE" not in done.stdout


def test_passphrase_file_is_read_up_to_the_first_line_ending(locked: Sandbox) -> None:
    """Whatever kind of line ending; no notice is shown."""
    file = locked.home / "words"
    file.write_bytes(f"{PASSPHRASE}\r\nsecond line\n".encode())
    done = locked.run("unlock", SHELLVAULT_PASSPHRASE_FILE=str(file))
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("content", [None, b"\xff\xfe\n", b"", b"\n", b"wrong\n"])
def test_unusable_passphrase_file_unlocks_nothing(locked: Sandbox, content: bytes | None) -> None:
    """Missing, undecodable, empty or wrong: status 6, without prompting instead."""
    file = locked.home / "words"
    if content is not None:
        file.write_bytes(content)
    done = locked.run("unlock", SHELLVAULT_PASSPHRASE_FILE=str(file))
    assert (done.returncode, done.stdout) == (6, "")
    assert done.stderr.startswith("error: the passphrase")
    assert locked.run(*USE).returncode == 5


def test_empty_passphrase_creates_no_vault(sandbox: Sandbox) -> None:
    """Not even from a file."""
    (sandbox.home / "empty").write_text("\n")
    key = sandbox.aws.world.user().access_key()
    given = {"AWS_ACCESS_KEY_ID": key.id, "AWS_SECRET_ACCESS_KEY": key.secret}
    done = sandbox.run("add", "base", "--env", SHELLVAULT_PASSPHRASE_FILE=str(sandbox.home / "empty"), **given)
    assert (done.returncode, done.stdout) == (6, "")
    assert done.stderr.startswith("error: the passphrase is empty\n")
    assert sandbox.run("list", "--credentials").stdout == ""


def test_unlock_without_a_vault_is_an_error(sandbox: Sandbox) -> None:
    """The error says how to begin."""
    done = sandbox.run("unlock")
    assert (done.returncode, done.stdout) == (5, "")
    assert done.stderr.startswith("error: there is no sealed vault yet: ")
    assert done.stderr.endswith("hint: shellvault add PROFILE\n")


def test_unlock_works_only_for_the_sealed_vault(sandbox: Sandbox) -> None:
    """Other vaults are unlocked by their own means."""
    done = sandbox.run("unlock", "--backend", "secret-service")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: the vault in use is secret-service, which has no shellvault passphrase\n")
