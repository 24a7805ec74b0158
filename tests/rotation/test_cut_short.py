"""A rotation that is killed anywhere loses nothing, and the same command finishes it."""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.aws.server import wait_for
from tests.commands.terminal import open_terminal
from tests.rotation.owner import killed
from tests.sandbox import SHELLVAULT, TIME_LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.rotation.owner import Owner

CALLS = ["ListAccessKeys", "CreateAccessKey", "GetCallerIdentity", "DeleteAccessKey"]
"""What a rotation asks of AWS, in this order."""


@contextmanager
def held(file: Path) -> Iterator[None]:
    """Keep everybody else out of what a lock file guards, so that whoever wants to write there stops."""
    lock = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def kill_after(owner: Owner, call: str, lock: str) -> None:
    """Kill a rotation that has the answer to a call, and has not written down anything of it."""
    owner.sandbox.aws.faults.latency = 0.4  # the lock is taken while the call is on its way
    process = owner.begin()
    assert wait_for(owner.sandbox.aws.world, CALLS[CALLS.index(call) - 1], 1)
    while True:
        time.sleep(0.05)  # for what is written before the call
        with held(owner.sandbox.vault / lock):
            if wait_for(owner.sandbox.aws.world, call, 1, within=1.5):
                owner.sandbox.aws.faults.latency = 0
                time.sleep(0.3)  # the answer has come, and the writer waits
                killed(process)
                return


@pytest.mark.parametrize("call", CALLS)
def test_killed_before_a_call_is_performed(owner: Owner, call: str) -> None:
    """The vault has a working key, and the next rotation ends with exactly one at AWS."""
    owner.sandbox.aws.faults.next("hang", action=call)
    process = owner.begin()
    assert wait_for(owner.sandbox.aws.world, call, 1)
    killed(process)
    assert owner.works()
    done = owner.rotate()
    assert done.returncode == 0, done.stderr
    assert owner.has_rotated()


@pytest.mark.parametrize(
    ("call", "lock"),
    [
        ("CreateAccessKey", "vault.lock"),  # the new key's secret is lost
        ("GetCallerIdentity", "vault.lock"),  # proven, and not yet in the old one's place
        ("GetCallerIdentity", "index.lock"),  # in the vault, and not yet in the index
        ("DeleteAccessKey", "vault.lock"),  # all is done but the journal
    ],
)
def test_killed_before_an_answer_is_written_down(owner: Owner, call: str, lock: str) -> None:
    """Likewise; a key whose secret was lost is deleted, as --force agrees to."""
    kill_after(owner, call, lock)
    assert owner.works()
    done = owner.rotate("--force")
    assert done.returncode == 0, done.stderr
    assert owner.has_rotated()
    assert owner.sandbox.aws.world.count("CreateAccessKey", "ok") == (2 if call == "CreateAccessKey" else 1)


def test_a_key_whose_secret_was_lost_is_named_and_not_deleted_unasked(owner: Owner) -> None:
    """Where nobody may be asked, the hint says what to type."""
    kill_after(owner, "CreateAccessKey", "vault.lock")
    lost = next(key_id for key_id, _ in owner.at_aws() if key_id != owner.key.id)
    done = owner.rotate()
    assert done.returncode == 6
    assert f"AWS has a key that is not in the vault: …{lost[-4:]}, made on " in done.stderr
    assert "hint: shellvault rotate dev --force" in done.stderr
    assert len(owner.at_aws()) == 2


def test_what_the_answer_held_is_not_needed(owner: Owner) -> None:
    """The connection ends in the middle of the new key: the error says so, and the next rotation cleans up."""
    owner.sandbox.aws.faults.next("truncate", action="CreateAccessKey")
    done = owner.rotate()
    assert done.returncode == 8
    assert "a key may have been made all the same" in done.stderr
    assert "hint: shellvault rotate dev, which looks for it" in done.stderr
    assert owner.works()
    assert owner.rotate("-f").returncode == 0
    assert owner.has_rotated()


@pytest.mark.parametrize("call", CALLS)
def test_an_aws_that_fails_for_a_while(owner: Owner, call: str) -> None:
    """Status 8 after three attempts, but a key is made by one only; a working key is left, and the next goes on."""
    owner.sandbox.aws.faults.next("error500", 3, action=call)
    done = owner.rotate()
    assert (done.returncode, owner.works()) == (8, True), done.stderr
    assert owner.sandbox.aws.world.count(call) == (1 if call == "CreateAccessKey" else 3)
    owner.sandbox.aws.faults.clear()
    done = owner.rotate()
    assert done.returncode == 0, done.stderr
    assert owner.has_rotated()


def test_ctrl_c_says_how_to_go_on(owner: Owner) -> None:
    """And leaves the old key in use."""
    owner.sandbox.aws.world.key_delay = 60
    with open_terminal(owner.sandbox, [SHELLVAULT, "rotate", "dev"]) as terminal:
        terminal.expect("waiting until AWS knows")
        terminal.interrupt()
        terminal.expect("error: interrupted\r\nhint: shellvault rotate dev goes on from here")
        assert terminal.wait_for_exit() == 130
    assert owner.works()


def test_a_vault_that_cannot_be_written_keeps_the_old_key(owner: Owner) -> None:
    """Nothing is asked of AWS that could not be kept."""
    (owner.sandbox.vault / "vault.new").mkdir()  # where the vault is written before it is put in place
    done = owner.rotate()
    assert done.returncode == 5, done.stderr
    assert owner.at_aws() == [(owner.key.id, owner.key.secret)]
    (owner.sandbox.vault / "vault.new").rmdir()
    assert owner.rotate().returncode == 0
    assert owner.has_rotated()


def test_a_disk_that_is_full_when_the_key_is_made(owner: Owner) -> None:
    """What cannot be kept is deleted again at once: nobody else has its secret."""
    owner.sandbox.aws.faults.latency = 0.5
    vault = owner.sandbox.vault / "vault.sealed"
    before = vault.stat().st_ino
    process = owner.begin()
    while vault.stat().st_ino == before and process.poll() is None:
        time.sleep(0.01)  # until the journal is written, and the call on its way
    (owner.sandbox.vault / "vault.new").mkdir()
    _, told = process.communicate(timeout=TIME_LIMIT)
    assert (process.returncode, b"; the new key was deleted again\n" in told) == (5, True), told
    assert owner.at_aws() == [(owner.key.id, owner.key.secret)]
    owner.sandbox.aws.faults.latency = 0
    (owner.sandbox.vault / "vault.new").rmdir()
    assert (owner.rotate().returncode, owner.has_rotated()) == (0, True)


def test_an_abandoned_rotation_gives_way_to_a_key_that_was_stored_since(owner: Owner) -> None:
    """`add` decides what the key pair is; `rotate` begins anew with it."""
    owner.sandbox.aws.faults.next("hang", action="GetCallerIdentity")
    process = owner.begin()
    assert wait_for(owner.sandbox.aws.world, "GetCallerIdentity", 1)
    killed(process)
    bob = owner.sandbox.aws.world.user("bob")
    owner.sandbox.add("dev", bob.access_key())
    done = owner.rotate()
    assert done.returncode == 0, done.stderr
    assert "another key pair was stored as 'dev'" in done.stderr
    assert len(owner.at_aws()) == 2  # alice's: they are hers to delete
    owner.user = bob
    assert owner.has_rotated()
