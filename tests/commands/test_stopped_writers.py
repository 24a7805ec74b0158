"""A writer that was stopped in the middle of a file: other commands name it, and say what they did and did not do."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from shellvault.system.file_lock import FileLock
from tests.storage.child_processes import running, stopped, wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sandbox import Sandbox


def hold(lock: str, started: Path) -> None:
    """Hold a lock until the process ends."""
    with FileLock(lock):
        started.touch()
        time.sleep(1000)


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("index", "the key pair of 'second' is in the vault, but could not be listed: "),
        ("config", "the key pair is stored as 'second', but "),
    ],
)
def test_add_says_what_is_stored_and_can_be_repeated(sandbox: Sandbox, tmp_path: Path, place: str, said: str) -> None:
    """While it waits, a notice names the stopped process; the hint says how to resume it."""
    user = sandbox.aws.world.user()
    sandbox.add("first", user.access_key())
    key = user.access_key()
    add = ("add", "second", "--env")
    keys = {"AWS_ACCESS_KEY_ID": key.id, "AWS_SECRET_ACCESS_KEY": str(key.secret)}
    lock, started = f"{sandbox.vault / 'index' if place == 'index' else sandbox.config}.lock", tmp_path / "started"
    with running(lambda: hold(lock, started)) as holder:
        wait_until(started.exists)
        with stopped(holder):
            done = sandbox.run(*add, **keys)
    does_not_answer = f"another process holds {lock}: process {holder} holds the lock and does not answer\n"
    assert (done.returncode, done.stdout) == (5, "")
    assert f"shellvault: waiting for process {holder}, which holds {lock}\n" in done.stderr
    assert f"error: {said}{does_not_answer}" in done.stderr
    assert f"hint: kill -CONT {holder} lets it go on; kill -KILL {holder} ends it" in done.stderr
    done = sandbox.run(*add, **keys)
    assert done.returncode == 0, done.stderr
    assert "[profile second]" in sandbox.config.read_text()
    assert sandbox.run("env", "second", "--shell", "bash").returncode == 0
