"""Interrupted rotations: no key is lost, and the same command completes the rotation."""

from __future__ import annotations

import fcntl
import json
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.aws.client import make_sts_client
from tests.aws.server import wait_for_calls
from tests.commands.terminal import open_terminal
from tests.rotation.rotating_user import kill_running
from tests.sandbox import SHELLVAULT, TIME_LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.aws.identities import AccessKey
    from tests.rotation.rotating_user import RotatingUser

CALLS = ["ListAccessKeys", "CreateAccessKey", "GetCallerIdentity", "DeleteAccessKey"]
"""The calls of a rotation, in this order."""


@contextmanager
def hold_lock(file: Path) -> Iterator[None]:
    """Hold a file lock, so that anyone who wants to write what it guards blocks."""
    lock = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def kill_after(user: RotatingUser, call: str, lock: str) -> None:
    """Kill a rotation that has received the response to a call but has not recorded it."""
    user.sandbox.aws.faults.latency = 0.4  # gives the test time to take the lock during the call
    process = user.start_rotation()
    assert wait_for_calls(user.sandbox.aws.world, CALLS[CALLS.index(call) - 1], 1)
    while True:
        time.sleep(0.05)  # for what is written before the call
        with hold_lock(user.sandbox.vault / lock):
            if wait_for_calls(user.sandbox.aws.world, call, 1, within=1.5):
                user.sandbox.aws.faults.latency = 0
                time.sleep(0.3)  # the response has arrived, and the writer is blocked
                kill_running(process)
                return


@pytest.mark.parametrize("call", CALLS)
def test_rotation_killed_during_a_call_can_be_completed(user: RotatingUser, call: str) -> None:
    """The vault keeps a working key, and the next rotation leaves exactly one at AWS."""
    user.sandbox.aws.faults.next("hang", action=call)
    process = user.start_rotation()
    assert wait_for_calls(user.sandbox.aws.world, call, 1)
    kill_running(process)
    assert user.has_working_key()
    done = user.rotate()
    assert done.returncode == 0, done.stderr
    assert user.has_rotated()


@pytest.mark.parametrize(
    ("call", "lock"),
    [
        ("CreateAccessKey", "vault.lock"),  # the new key's secret is lost
        ("GetCallerIdentity", "vault.lock"),  # verified, but not yet in place of the old one
        ("GetCallerIdentity", "index.lock"),  # in the vault, but not yet in the index
        ("DeleteAccessKey", "vault.lock"),  # complete except for the journal
    ],
)
def test_rotation_killed_before_recording_a_response_can_be_completed(user: RotatingUser, call: str, lock: str) -> None:
    """As above, but with nobody to ask. A key whose secret was lost is deleted."""
    kill_after(user, call, lock)
    assert user.has_working_key()
    done = user.rotate()
    assert done.returncode == 0, done.stderr
    assert user.has_rotated()
    assert user.sandbox.aws.world.count("CreateAccessKey", "ok") == (2 if call == "CreateAccessKey" else 1)


def test_deletion_of_a_lost_key_is_reported(user: RotatingUser) -> None:
    """The message shows the end of its id, and says why."""
    user.sandbox.aws.faults.next("truncate", action="CreateAccessKey")
    assert user.rotate().returncode == 8
    (lost,) = [key_id for key_id, _ in user.list_aws_keys() if key_id != user.key.id]
    done = user.rotate()
    assert (done.returncode, user.has_rotated()) == (0, True)
    said = f"deleting …{lost[-4:]} at AWS: the interrupted rotation created it, and nobody used it\n"
    assert f"shellvault: {said}" in done.stderr


def replace_lost_key(user: RotatingUser) -> AccessKey:
    """Interrupt a rotation before its key is created; return a key that somebody else creates then."""
    user.sandbox.aws.faults.next("drop", action="CreateAccessKey")
    assert user.rotate().returncode == 8
    return user.iam_user.access_key()


def age_key(user: RotatingUser, key: AccessKey, seconds: float) -> None:
    """Make a key look as if it had been created earlier."""
    keys = user.sandbox.aws.world.keys
    known = keys.find(key.id)
    assert known
    keys.add(known.replace(created_at=known.created_at - seconds))


def use_key(user: RotatingUser) -> None:
    """The new key has been used, so somebody has its secret."""
    key = replace_lost_key(user)
    make_sts_client(user.sandbox.aws, key).get_caller_identity()


def create_key_later(user: RotatingUser) -> None:
    """The new key was created long after our request."""
    key = replace_lost_key(user)
    age_key(user, key, -3600)


def create_key_before(user: RotatingUser) -> None:
    """The new key is older than the rotation, although it was not listed at its start."""
    key = replace_lost_key(user)
    age_key(user, key, 3600)


def forbid_last_use(user: RotatingUser) -> None:
    """AWS does not say whether the key was used."""
    replace_lost_key(user)
    user.iam_user.deny = {"GetAccessKeyLastUsed"}


def garble_last_use(user: RotatingUser) -> None:
    """The answer about the key's last use is a network's page."""
    replace_lost_key(user)
    user.sandbox.aws.faults.next("portal", action="GetAccessKeyLastUsed")


@pytest.mark.parametrize("doubt", [use_key, create_key_later, create_key_before, forbid_last_use, garble_last_use])
def test_key_that_may_be_someone_elses_is_not_deleted_without_confirmation(
    user: RotatingUser, doubt: Callable[[RotatingUser], None]
) -> None:
    """Without prompting, the error names the key and the hint names the command; --force deletes it."""
    doubt(user)
    other = next(key_id for key_id, _ in user.list_aws_keys() if key_id != user.key.id)
    done = user.rotate()
    assert done.returncode == 6, done.stderr
    assert f"AWS has a key that is not in the vault: …{other[-4:]}, created on " in done.stderr
    assert "hint: shellvault rotate dev --force deletes that key and continues\n" in done.stderr
    assert len(user.list_aws_keys()) == 2
    assert user.rotate("--force").returncode == 0
    assert user.has_rotated()


def test_two_new_keys_are_not_deleted_without_confirmation(user: RotatingUser) -> None:
    """At most one of them is ours, and there is no way to tell which."""
    replace_lost_key(user)
    user.iam_user.access_key()
    done = user.rotate()
    assert done.returncode == 6, done.stderr
    assert "AWS has a key that is not in the vault: " in done.stderr
    assert len(user.list_aws_keys()) == 3


def test_journal_of_an_older_version_is_resumed_with_a_prompt(user: RotatingUser) -> None:
    """It does not say when the rotation began."""
    replace_lost_key(user)
    vault = user.open_vault()
    entry = json.loads(vault.get("rotation:dev") or "")
    vault.set("rotation:dev", json.dumps(entry[:3]))
    assert user.rotate().returncode == 6
    assert user.rotate("--force").returncode == 0
    assert user.has_rotated()


def test_truncated_response_does_not_prevent_completion(user: RotatingUser) -> None:
    """The connection ends inside the new key: the error says so, and the next rotation cleans up."""
    user.sandbox.aws.faults.next("truncate", action="CreateAccessKey")
    done = user.rotate()
    assert done.returncode == 8
    assert "AWS may have created a key anyway" in done.stderr
    assert "hint: shellvault rotate dev, which checks for that key" in done.stderr
    assert user.has_working_key()
    assert user.rotate().returncode == 0
    assert user.has_rotated()


@pytest.mark.parametrize("call", CALLS)
def test_failing_aws_call_leaves_a_working_key(user: RotatingUser, call: str) -> None:
    """Status 8 after three attempts (one for creating a key), and the next rotation completes."""
    user.sandbox.aws.faults.next("error500", 3, action=call)
    done = user.rotate()
    assert (done.returncode, user.has_working_key()) == (8, True), done.stderr
    assert user.sandbox.aws.world.count(call) == (1 if call == "CreateAccessKey" else 3)
    user.sandbox.aws.faults.clear()
    done = user.rotate()
    assert done.returncode == 0, done.stderr
    assert user.has_rotated()


def test_ctrl_c_prints_how_to_continue(user: RotatingUser) -> None:
    """The old key stays in use."""
    user.sandbox.aws.world.key_delay = 60
    with open_terminal(user.sandbox, [SHELLVAULT, "rotate", "dev"]) as terminal:
        terminal.expect("waiting until AWS accepts")
        terminal.interrupt()
        terminal.expect("error: interrupted\r\nhint: shellvault rotate dev continues from here")
        assert terminal.wait_for_exit() == 130
    assert user.has_working_key()


def test_doctor_names_an_unfinished_rotation(user: RotatingUser) -> None:
    """Until it is complete. A locked vault is not opened to check."""
    named = "the rotation of 'dev' was interrupted: its old key may still be active at AWS"
    named += "\n      -> shellvault rotate dev\n"
    assert named not in user.sandbox.run("doctor").stdout
    user.sandbox.aws.faults.next("drop", None, "DeleteAccessKey")
    assert user.rotate().returncode == 8
    assert named in user.sandbox.run("doctor").stdout
    user.sandbox.run("lock")
    assert named not in user.sandbox.run("doctor", SHELLVAULT_PASSPHRASE_FILE="").stdout
    user.sandbox.aws.faults.clear()
    assert user.rotate().returncode == 0
    assert named not in user.sandbox.run("doctor").stdout


def make_unwritable(vault: Path) -> None:
    """Put a folder where writers lock the vault."""
    (vault / "vault.lock").unlink()
    (vault / "vault.lock").mkdir()


def test_unwritable_vault_keeps_the_old_key(user: RotatingUser) -> None:
    """No key is created that could not be stored."""
    make_unwritable(user.sandbox.vault)
    done = user.rotate()
    assert done.returncode == 5, done.stderr
    assert user.list_aws_keys() == [(user.key.id, user.key.secret)]
    (user.sandbox.vault / "vault.lock").rmdir()
    assert user.rotate().returncode == 0
    assert user.has_rotated()


def test_new_key_is_deleted_if_the_vault_becomes_unwritable(user: RotatingUser) -> None:
    """A key that cannot be stored is deleted at once, as no one else has its secret."""
    user.sandbox.aws.faults.latency = 0.5
    vault = user.sandbox.vault / "vault.sealed"
    before = vault.stat().st_ino
    process = user.start_rotation()
    while vault.stat().st_ino == before and process.poll() is None:
        time.sleep(0.01)  # until the journal is written and the call has started
    make_unwritable(user.sandbox.vault)
    _, stderr = process.communicate(timeout=TIME_LIMIT)
    assert (process.returncode, b"; the new key was deleted at AWS\n" in stderr) == (5, True), stderr
    assert user.list_aws_keys() == [(user.key.id, user.key.secret)]
    user.sandbox.aws.faults.latency = 0
    (user.sandbox.vault / "vault.lock").rmdir()
    assert (user.rotate().returncode, user.has_rotated()) == (0, True)


def test_abandoned_rotation_yields_to_a_newer_key_pair(user: RotatingUser) -> None:
    """`add` decides what the key pair is, and `rotate` starts over with it."""
    user.sandbox.aws.faults.next("hang", action="GetCallerIdentity")
    process = user.start_rotation()
    assert wait_for_calls(user.sandbox.aws.world, "GetCallerIdentity", 1)
    kill_running(process)
    bob = user.sandbox.aws.world.user("bob")
    user.sandbox.add("dev", bob.access_key())
    done = user.rotate()
    assert done.returncode == 0, done.stderr
    assert "another key pair has been stored as 'dev'" in done.stderr
    assert len(user.list_aws_keys()) == 2  # alice's, who can delete them
    user.iam_user = bob
    assert user.has_rotated()
