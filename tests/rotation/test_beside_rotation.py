"""Commands during a rotation: if AWS refuses the old key, they read the vault again and carry on."""

from __future__ import annotations

import os
import subprocess
import threading
from typing import TYPE_CHECKING

import pytest

from tests.aws.server import wait_for_calls
from tests.sandbox import SHELLVAULT, TIME_LIMIT
from tests.storage.child_processes import wait_until

if TYPE_CHECKING:
    from tests.rotation.rotating_user import RotatingUser

COMMANDS = {
    "exec": ("exec", "dev", "--json"),
    "env": ("env", "dev", "--shell", "bash"),
    "login": ("login", "dev", "--stdout"),
    "role": ("exec", "admin", "--json"),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_command_whose_key_is_deleted_continues_with_the_new_one(user: RotatingUser, command: str) -> None:
    """The rotation deletes the old key while the command's call with it is under way."""
    role = user.sandbox.aws.world.role("admin")
    user.sandbox.configure(f"[profile admin]\nrole_arn = {role.arn}\nsource_profile = dev\n")
    faults = user.sandbox.aws.faults
    words = [SHELLVAULT, *COMMANDS[command]]
    with subprocess.Popen(words, env=user.sandbox.env, stdout=-1, stderr=-1, text=True) as process:
        with faults.hold():
            wait_until(lambda: faults.waiting == 1)
            done = user.rotate()
        assert (done.returncode, process.poll()) == (0, None), done.stderr
        stdout, stderr = process.communicate(timeout=TIME_LIMIT)
    assert (process.returncode, "does not recognize" in stderr) == (0, False), stderr
    assert stdout
    assert [call.outcome for call in user.sandbox.aws.world.calls].count("InvalidClientTokenId") == 1
    assert user.has_rotated()


@pytest.mark.parametrize("words", [("--json",), ("--no-session", "--", "true")])
def test_index_older_than_the_vault_is_not_an_error(user: RotatingUser, words: tuple[str, ...]) -> None:
    """The rotation has stored the new key pair, but not yet written the index."""
    index = user.sandbox.vault / "index"
    before = index.read_bytes()
    assert user.rotate().returncode == 0
    index.write_bytes(before)
    done = user.sandbox.run("exec", "dev", *words)
    assert (done.returncode, done.stderr.count("error")) == (0, 0), done.stderr


def test_deleted_key_without_a_replacement_is_still_an_error(user: RotatingUser) -> None:
    """It was deleted in the console. AWS is only called once, and the error says what is wrong."""
    user.sandbox.aws.world.delete_key(user.key.id)
    done = user.sandbox.run("exec", "dev", "--json")
    assert (done.returncode, user.sandbox.aws.world.count("GetSessionToken")) == (7, 1)
    assert "error: AWS does not recognize the access key of 'dev' (InvalidClientTokenId)\n" in done.stderr


def test_many_commands_during_a_rotation_all_succeed(user: RotatingUser) -> None:
    """Each needs its own session, so each signs with the key pair."""
    user.sandbox.aws.faults.latency = 0.1
    failed: list[str] = []
    is_over = threading.Event()

    def run_commands(first: int) -> None:
        for number in range(first, first + 100):
            if is_over.is_set():
                return
            done = user.sandbox.run("exec", "dev", "-d", f"{900 + number}s", "--json")
            if done.returncode:
                failed.append(done.stderr)

    threads = [threading.Thread(target=run_commands, args=(100 * number,)) for number in range(os.cpu_count() or 2)]
    for thread in threads:
        thread.start()
    assert wait_for_calls(user.sandbox.aws.world, "GetSessionToken", 2)
    rotations = [user.rotate() for _ in range(2)]
    is_over.set()
    for thread in threads:
        thread.join()
    assert [done.returncode for done in rotations] == [0, 0]
    assert failed == []
    assert user.has_rotated()


def test_pipe_in_place_of_the_lock_does_not_hang(user: RotatingUser) -> None:
    """Whether or not the rotation succeeds, it ends, and the vault holds a key that works."""
    assert user.rotate().returncode == 0
    (lock,) = (user.sandbox.vault / "locks").glob("rotation-*")
    lock.unlink()
    os.mkfifo(lock)
    done = user.rotate()
    assert done.returncode in (0, 5), done.stderr
    assert user.has_working_key()
