"""Rotating a key pair stored under several names: none of them may keep a key that is deleted at AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.aws.server import wait_for_calls
from tests.rotation.rotating_user import kill_running

if TYPE_CHECKING:
    from tests.rotation.rotating_user import RotatingUser


@pytest.fixture
def shared(user: RotatingUser) -> RotatingUser:
    """Return a user with one key pair as `dev` and `default`, and another user's as `ops`."""
    user.sandbox.add("default", user.key)
    user.sandbox.add("ops", user.sandbox.aws.world.user("bob").access_key())
    return user


def read_keys(user: RotatingUser) -> set[tuple[str, str]]:
    """Return the key pairs that the vault has for `dev` and `default`."""
    return {user.read_vault_key(name) for name in ("dev", "default")}


def have_all_rotated(user: RotatingUser) -> bool:
    """Return whether AWS has a single, new key, which the vault has under both names."""
    return user.has_rotated() and read_keys(user) == {user.read_vault_key()}


@pytest.mark.parametrize("name", ["dev", "default"])
def test_every_name_gets_the_new_key_pair(shared: RotatingUser, name: str) -> None:
    """A notice says so. Other key pairs are unchanged, and the sessions of both names are forgotten."""
    other = "default" if name == "dev" else "dev"
    before = shared.read_vault_key("ops")
    for each in ("dev", "default"):
        assert shared.sandbox.run("exec", each, "--", "true").returncode == 0
    done = shared.sandbox.run("rotate", name, "--no-input")
    assert (done.returncode, have_all_rotated(shared)) == (0, True), done.stderr
    assert f"shellvault: the same key pair is also stored as '{other}': each name gets the new one\n" in done.stderr
    assert done.stdout.startswith("Rotated the key pair of 'dev', 'default': ")
    assert "Forgot 1 session made with" in done.stdout or "Forgot 2 sessions made with" in done.stdout
    assert shared.read_vault_key("ops") == before
    assert shared.sandbox.run("list", "--sessions").stdout == ""


@pytest.mark.parametrize("call", ["CreateAccessKey", "GetCallerIdentity", "DeleteAccessKey"])
def test_interrupted_rotation_is_resumed_from_either_name(shared: RotatingUser, call: str) -> None:
    """Whichever name it began with, no second key is created."""
    shared.sandbox.aws.faults.next("hang", action=call)
    process = shared.start_rotation()
    assert wait_for_calls(shared.sandbox.aws.world, call, 1)
    kill_running(process)
    done = shared.sandbox.run("rotate", "default", "--no-input")
    assert (done.returncode, have_all_rotated(shared)) == (0, True), done.stderr
    assert "resuming the interrupted rotation of " in done.stderr
    assert shared.sandbox.aws.world.count("CreateAccessKey", "ok") == 1
    again = shared.rotate()
    assert (again.returncode, "interrupted" in again.stderr, have_all_rotated(shared)) == (0, False, True)


@pytest.mark.parametrize("name", ["dev", "default"])
def test_rotation_killed_between_two_names_is_completed(shared: RotatingUser, name: str) -> None:
    """One name has the new key pair, the other still has the old one."""
    shared.sandbox.aws.faults.next("hang", action="DeleteAccessKey")
    process = shared.start_rotation()
    assert wait_for_calls(shared.sandbox.aws.world, "DeleteAccessKey", 1)
    kill_running(process)
    shared.sandbox.add("default", shared.key)  # as before the rotation
    assert len(read_keys(shared)) == 2
    done = shared.sandbox.run("rotate", name, "--no-input")
    assert (done.returncode, have_all_rotated(shared)) == (0, True), done.stderr


def test_two_names_of_a_key_pair_are_not_rotated_together(shared: RotatingUser) -> None:
    """The second rotation fails at once, and names the process of the first. Other key pairs can be rotated."""
    shared.sandbox.aws.world.key_delay = 4
    first = shared.start_rotation()
    assert wait_for_calls(shared.sandbox.aws.world, "GetCallerIdentity", 1)
    second = shared.sandbox.run("rotate", "default", "--no-input")
    assert second.returncode == 5
    assert "error: the key pair of 'default' is being rotated by another shellvault (process " in second.stderr
    third = shared.sandbox.run("rotate", "ops", "--no-input")
    assert third.returncode == 0, third.stderr
    assert first.wait(60) == 0
    first.communicate()
    assert have_all_rotated(shared)


def test_key_pair_that_was_replaced_unnoticed_is_kept(shared: RotatingUser) -> None:
    """The index still shows the shared key, since an `add` died before writing the index."""
    carol = shared.sandbox.aws.world.user("carol").access_key()
    shared.open_vault().set("key:default", f"{carol.id}\n{carol.secret}")
    done = shared.rotate()
    assert (done.returncode, shared.has_rotated()) == (0, True), done.stderr
    assert shared.read_vault_key("default") == (carol.id, str(carol.secret))


def test_same_key_pair_in_another_vault_is_mentioned(shared: RotatingUser) -> None:
    """`rotate` cannot replace it there."""
    index = shared.sandbox.vault / "index"
    line = next(line for line in index.read_text().splitlines() if line.endswith(" default"))
    index.write_text(index.read_text().replace(line, line.replace("sealed", "keychain", 1)))
    done = shared.rotate()
    assert (done.returncode, shared.has_rotated()) == (0, True), done.stderr
    assert "in another vault too, where it no longer works: 'default' (keychain)\n" in done.stderr
