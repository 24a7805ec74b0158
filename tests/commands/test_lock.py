"""`lock` and `unlock`: one passphrase prompt, and locking on command or after a timeout."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from tests.broker.background_command import start_waiters
from tests.commands.terminal import open_shell, open_terminal
from tests.sandbox import PASSPHRASE, SHELLVAULT
from tests.storage.child_processes import forbid_keyctl, in_child

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from tests.sandbox import Sandbox

NO_PASSPHRASE_FILE = {"SHELLVAULT_PASSPHRASE_FILE": ""}
USE = ("exec", "base", "-n", "--no-input", "--", "true")


def private_file(sandbox: Sandbox) -> Path:
    """Return a file that only its owner can read."""
    file = sandbox.home / "words"
    file.touch(0o600)
    return file


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
        "error: the sealed vault is locked: prompting is disabled (--no-input)\n"
        "hint: shellvault unlock, in a terminal; or set SHELLVAULT_PASSPHRASE_FILE\n"
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


def test_three_wrong_passphrases_leave_the_vault_locked(locked: Sandbox) -> None:
    """This is a user error: status 6."""
    with open_terminal(locked, [SHELLVAULT, "unlock"]) as terminal:
        for _ in range(3):
            terminal.expect("Passphrase of the sealed vault: ")
            terminal.type("no such thing")
        assert terminal.wait_for_exit() == 6
        assert "error: the passphrase is wrong\r\nhint: try again: shellvault unlock" in terminal.output
    assert locked.run(*USE).returncode == 5


@pytest.mark.parametrize("wrong", [1, 2])
def test_a_wrong_passphrase_can_be_retried(locked: Sandbox, wrong: int) -> None:
    """Three tries in all, as with sudo."""
    with open_terminal(locked, [SHELLVAULT, "unlock"]) as terminal:
        for _ in range(wrong):
            terminal.expect("Passphrase of the sealed vault: ")
            terminal.type("no such thing")
            terminal.expect("shellvault: the passphrase is wrong; try again")
        terminal.expect("Passphrase of the sealed vault: ")
        terminal.type(PASSPHRASE)
        assert terminal.wait_for_exit() == 0
    assert locked.run(*USE).returncode == 0


def test_a_wrong_passphrase_from_the_environment_is_not_retried(locked: Sandbox) -> None:
    """It would only fail again. The error names the variable or the file, and the hint says how to be asked."""
    done = locked.run("unlock", SHELLVAULT_PASSPHRASE=f"not {PASSPHRASE}")
    assert done.returncode == 6
    assert done.stderr.endswith(
        "\nerror: the passphrase in SHELLVAULT_PASSPHRASE is wrong\n"
        "hint: correct SHELLVAULT_PASSPHRASE, or unset it to be asked\n"
    )
    file = locked.home / "passphrase"
    file.touch(0o600)
    file.write_text(f"not {PASSPHRASE}\n")
    done = locked.run("exec", "base", "--", "true", SHELLVAULT_PASSPHRASE_FILE=str(file))
    assert done.returncode == 6
    assert done.stderr == (
        f"error: the passphrase in {file} (SHELLVAULT_PASSPHRASE_FILE) is wrong\n"
        "hint: correct the file, or unset SHELLVAULT_PASSPHRASE_FILE to be asked\n"
    )


def test_the_hint_of_unlock_without_a_terminal_works(locked: Sandbox) -> None:
    """Just repeating the command would fail again."""
    done = locked.command(["setsid", "--wait", SHELLVAULT, "unlock"])
    assert done.returncode == 5
    assert "hint: shellvault unlock, in a terminal; or set SHELLVAULT_PASSPHRASE_FILE\n" in done.stderr


def test_unlock_does_not_claim_success_when_the_kernel_keyring_is_full(locked: Sandbox) -> None:
    """The passphrase was right, but the next command would ask for it again; the hint says how to make room."""
    locked.env |= {"SHELLVAULT_PASSPHRASE": PASSPHRASE}

    def unlock() -> subprocess.CompletedProcess[str]:
        forbid_keyctl(15)  # KEYCTL_SET_TIMEOUT; without it, adding a key fails as it does with a full quota
        return locked.run("unlock")

    done = in_child(unlock)
    assert (done.returncode, done.stdout) == (5, "")
    assert "error: the kernel keyring is full, so the sealed vault is still locked" in done.stderr
    assert done.stderr.endswith("hint: shellvault clear makes room\n")


def test_locked_vault_prompts_when_a_secret_is_needed(locked: Sandbox) -> None:
    """Any command that needs a secret prompts, once."""
    with open_terminal(locked, [SHELLVAULT, "exec", "base", "--", "echo", "in"]) as terminal:
        terminal.expect("Passphrase of the sealed vault: ")
        terminal.type(PASSPHRASE)
        assert terminal.wait_for_exit() == 0
        assert terminal.output.endswith("in\r\n")


def test_waiting_commands_get_the_error_of_the_unanswered_prompt(locked: Sandbox) -> None:
    """The prompt was for them as well, and a command that cannot ask has no better explanation."""
    with open_terminal(locked, [SHELLVAULT, "exec", "base", "--", "true"]) as terminal:
        terminal.expect("Passphrase of the sealed vault: ")
        (waiter,) = start_waiters(locked, 1, "env", "base", "--shell", "bash", "--no-input")
        terminal.press("\x04")
        assert terminal.wait_for_exit() == 5
    outcome = waiter.wait()
    assert (outcome.status, outcome.out) == (5, "false\n")
    assert "error: the sealed vault is locked: no answer was given\n" in outcome.err


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
    file = private_file(locked)
    file.write_bytes(f"{PASSPHRASE}\r\nsecond line\n".encode())
    done = locked.run("unlock", SHELLVAULT_PASSPHRASE_FILE=str(file))
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("content", [None, b"\xff\xfe\n", b"", b"\n", b"wrong\n"])
def test_unusable_passphrase_file_unlocks_nothing(locked: Sandbox, content: bytes | None) -> None:
    """Missing, undecodable, empty or wrong: status 6, without prompting instead."""
    file = locked.home / "words"
    if content is not None:
        private_file(locked).write_bytes(content)
    done = locked.run("unlock", SHELLVAULT_PASSPHRASE_FILE=str(file))
    assert (done.returncode, done.stdout) == (6, "")
    assert done.stderr.startswith("error: the ")
    assert locked.run(*USE).returncode == 5


def test_empty_passphrase_creates_no_vault(sandbox: Sandbox) -> None:
    """Not even from a file."""
    private_file(sandbox).write_text("\n")
    key = sandbox.aws.world.user().access_key()
    given = {"AWS_ACCESS_KEY_ID": key.id, "AWS_SECRET_ACCESS_KEY": key.secret}
    done = sandbox.run("add", "base", "--env", SHELLVAULT_PASSPHRASE_FILE=str(sandbox.home / "words"), **given)
    assert (done.returncode, done.stdout) == (6, "")
    assert done.stderr.startswith("error: the first line of the passphrase file ")
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


def test_lock_refers_to_the_vault_in_use(sandbox: Sandbox) -> None:
    """Other vaults have to be locked elsewhere. An unlocked sealed vault is locked in any case."""
    sandbox.add("base", sandbox.aws.world.user().access_key())
    done = sandbox.run("lock", "--backend", "secret-service")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "error: the vault in use is secret-service, which shellvault cannot lock\nhint: lock it there\n"
    )
    assert sandbox.run(*USE, SHELLVAULT_PASSPHRASE_FILE="").returncode == 5


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o444])
def test_a_passphrase_file_that_others_can_read_works_with_a_notice(locked: Sandbox, mode: int) -> None:
    """The notice comes every time, as for a passphrase in the environment."""
    file = private_file(locked)
    file.write_text(f"{PASSPHRASE}\n")
    file.chmod(mode)
    for _ in range(2):
        done = locked.run("unlock", SHELLVAULT_PASSPHRASE_FILE=str(file))
        assert (done.returncode, done.stdout) == (0, "The sealed vault is unlocked.\n")
        assert done.stderr == f"shellvault: other users may read the passphrase file {file}: chmod 600 {file}\n"
        assert locked.run("lock").returncode == 0


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_passphrase_file_that_others_can_write_is_refused(locked: Sandbox, mode: int) -> None:
    """They could choose the passphrase of a new vault."""
    file = private_file(locked)
    file.write_text(f"{PASSPHRASE}\n")
    file.chmod(mode)
    done = locked.run("unlock", SHELLVAULT_PASSPHRASE_FILE=str(file))
    assert (done.returncode, done.stdout) == (6, "")
    assert done.stderr == f"error: other users may write the passphrase file {file}\nhint: chmod 600 {file}\n"


def test_a_passphrase_file_of_another_user_is_refused(locked: Sandbox) -> None:
    """Whatever its mode is."""
    file = private_file(locked)
    file.write_text(f"{PASSPHRASE}\n")
    os.chown(file, 65534, 65534)
    done = locked.run("unlock", SHELLVAULT_PASSPHRASE_FILE=str(file))
    assert (done.returncode, done.stdout) == (6, "")
    assert f"error: the passphrase file {file} belongs to another user (uid 65534)\n" in done.stderr


@pytest.mark.parametrize("kind", ["fifo", "folder", "device"])
def test_passphrase_file_must_be_a_regular_file(locked: Sandbox, kind: str) -> None:
    """Reading a pipe that nobody writes to would hang."""
    path = locked.home / "words"
    if kind == "fifo":
        os.mkfifo(path, 0o600)
    elif kind == "folder":
        path.mkdir(0o700)
    else:
        path.symlink_to("/dev/zero")
    done = locked.run("unlock", SHELLVAULT_PASSPHRASE_FILE=str(path))
    assert (done.returncode, done.stdout) == (6, "")
    assert done.stderr.startswith(f"error: the passphrase file {path} is not a regular file\n")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "cannot be read: No such file or directory"),
        (b"\xff\xfe\n", "cannot be read: its first line is not UTF-8"),
        (b"", None),
        (b"\nsecond line\n", None),
    ],
)
def test_a_passphrase_file_without_a_passphrase_says_so(
    locked: Sandbox, content: bytes | None, problem: str | None
) -> None:
    """A passphrase that was never given is not a wrong one."""
    path = private_file(locked)
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    done = locked.run("unlock", SHELLVAULT_PASSPHRASE_FILE=str(path))
    what = (
        f"the passphrase file {path} {problem}" if problem else f"the first line of the passphrase file {path} is empty"
    )
    hint = "correct SHELLVAULT_PASSPHRASE_FILE, or unset it"
    assert (done.returncode, done.stdout, done.stderr) == (6, "", f"error: {what}\nhint: {hint}\n")
