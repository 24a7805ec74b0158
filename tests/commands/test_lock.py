"""`lock` and `unlock`: the passphrase is asked once, and the vault locks by command and by time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.commands.terminal import at_terminal, in_shell
from tests.sandbox import PASSPHRASE, SHELLVAULT

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

BY_HAND = {"SHELLVAULT_PASSPHRASE_FILE": ""}
USE = ("exec", "base", "-n", "--no-input", "--", "true")


@pytest.fixture
def locked(sandbox: Sandbox) -> Sandbox:
    """Return a sandbox with a key pair in a locked vault, and no passphrase at hand."""
    sandbox.add("base", sandbox.aws.world.user().access_key())
    assert sandbox.run("lock").stdout == "The sealed vault is locked.\n"
    sandbox.env |= BY_HAND
    return sandbox


def test_a_locked_vault_refuses_and_says_how_to_unlock(locked: Sandbox) -> None:
    """Status 5, where nobody may be asked."""
    done = locked.run(*USE)
    assert (done.returncode, done.stdout) == (5, "")
    assert done.stderr == (
        "error: the sealed vault is locked, and --no-input forbids to ask for its passphrase\nhint: shellvault unlock\n"
    )


def test_unlocking_asks_once_for_all_that_follows(locked: Sandbox) -> None:
    """Hidden; the commands after it ask nothing, in this terminal or without one."""
    with in_shell(locked) as terminal:
        terminal.type("shellvault unlock")
        terminal.sees("Passphrase of the sealed vault: ")
        terminal.type(PASSPHRASE)
        terminal.sees("The sealed vault is unlocked.")
        terminal.type("shellvault unlock; shellvault exec base -n -- echo in-$?")
        terminal.sees("The sealed vault is unlocked.\r\nin-0")
        assert terminal.seen.count("Passphrase") == 1
        assert PASSPHRASE not in terminal.seen
    assert locked.run(*USE).returncode == 0


def test_a_wrong_passphrase_leaves_it_locked(locked: Sandbox) -> None:
    """And is a person's mistake: status 6."""
    with at_terminal(locked, [SHELLVAULT, "unlock"]) as terminal:
        terminal.sees("Passphrase of the sealed vault: ")
        terminal.type("no such thing")
        assert terminal.ends() == 6
        assert "error: the passphrase is wrong\r\nhint: try again: shellvault unlock" in terminal.seen
    assert locked.run(*USE).returncode == 5


def test_a_locked_vault_is_asked_for_where_it_is_needed(locked: Sandbox) -> None:
    """Any command that needs a secret asks, once."""
    with at_terminal(locked, [SHELLVAULT, "exec", "base", "--", "echo", "in"]) as terminal:
        terminal.sees("Passphrase of the sealed vault: ")
        terminal.type(PASSPHRASE)
        assert terminal.ends() == 0
        assert terminal.seen.endswith("in\r\n")


def test_locking_is_for_every_shell(locked: Sandbox) -> None:
    """The next command anywhere finds it locked; to lock twice is fine."""
    assert locked.run("unlock", SHELLVAULT_PASSPHRASE=PASSPHRASE).returncode == 0
    assert locked.run(*USE).returncode == 0
    for _ in range(2):
        assert locked.run("lock").returncode == 0
    assert locked.run(*USE).returncode == 5


def test_it_locks_by_itself_after_a_while_without_use(locked: Sandbox) -> None:
    """After the seconds that SHELLVAULT_LOCK_AFTER says."""
    assert locked.run("unlock", SHELLVAULT_PASSPHRASE=PASSPHRASE, SHELLVAULT_LOCK_AFTER="1s").returncode == 0
    time.sleep(2.5)
    assert locked.run(*USE).returncode == 5


def test_a_lock_interval_that_is_none_is_refused(locked: Sandbox) -> None:
    """It must not silently mean an hour."""
    done = locked.run("unlock", SHELLVAULT_LOCK_AFTER="soon", SHELLVAULT_PASSPHRASE=PASSPHRASE)
    assert done.returncode == 2
    assert done.stderr.startswith("error: SHELLVAULT_LOCK_AFTER: 'soon' is not a length of time\nhint: ")


def test_a_passphrase_from_the_environment_works_and_is_told(locked: Sandbox) -> None:
    """For automation; the notice is on stderr, and the program that is run sees nothing of it."""
    done = locked.run("exec", "base", "-n", "--", "env", SHELLVAULT_PASSPHRASE=PASSPHRASE)
    assert done.returncode == 0
    assert done.stderr == (
        "shellvault: the passphrase came from SHELLVAULT_PASSPHRASE, which other programs may read too\n"
    )
    assert PASSPHRASE not in done.stdout
    assert "SHELLVAULT_PASSPHRASE" not in done.stdout


def test_a_passphrase_from_a_file_is_its_first_line(locked: Sandbox) -> None:
    """Whatever its line ends with; and no notice is needed."""
    file = locked.home / "words"
    file.write_bytes(f"{PASSPHRASE}\r\nsecond line\n".encode())
    done = locked.run("unlock", SHELLVAULT_PASSPHRASE_FILE=str(file))
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("content", [None, b"\xff\xfe\n", b"", b"\n", b"wrong\n"])
def test_a_passphrase_file_that_is_no_good_unlocks_nothing(locked: Sandbox, content: bytes | None) -> None:
    """Absent, garbled, empty or wrong: status 6, and nobody is asked in its place."""
    file = locked.home / "words"
    if content is not None:
        file.write_bytes(content)
    done = locked.run("unlock", SHELLVAULT_PASSPHRASE_FILE=str(file))
    assert (done.returncode, done.stdout) == (6, "")
    assert done.stderr.startswith("error: the passphrase")
    assert locked.run(*USE).returncode == 5


def test_an_empty_passphrase_makes_no_vault(sandbox: Sandbox) -> None:
    """Nor by a file."""
    (sandbox.home / "empty").write_text("\n")
    key = sandbox.aws.world.user().access_key()
    given = {"AWS_ACCESS_KEY_ID": key.id, "AWS_SECRET_ACCESS_KEY": key.secret}
    done = sandbox.run("add", "base", "--env", SHELLVAULT_PASSPHRASE_FILE=str(sandbox.home / "empty"), **given)
    assert (done.returncode, done.stdout) == (6, "")
    assert done.stderr.startswith("error: the passphrase is empty\n")
    assert sandbox.run("list", "--credentials").stdout == ""


def test_there_is_nothing_to_unlock_before_the_first_key_pair(sandbox: Sandbox) -> None:
    """The error says how to begin."""
    done = sandbox.run("unlock")
    assert (done.returncode, done.stdout) == (5, "")
    assert done.stderr.startswith("error: there is no sealed vault yet: ")
    assert done.stderr.endswith("hint: shellvault add PROFILE\n")


def test_unlock_is_for_the_sealed_vault_only(sandbox: Sandbox) -> None:
    """Another vault is unlocked by its own means."""
    done = sandbox.run("unlock", "--backend", "secret-service")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(
        "error: the vault in use is secret-service, which has no passphrase of shellvault's\n"
    )
