"""Rotation of a key pair that the vault has under several names: none is left with a key that is deleted at AWS."""

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
    """Return the key pairs that the vault hands out for `dev` and `default`."""
    return {user.read_vault_key(name) for name in ("dev", "default")}


def have_all_rotated(user: RotatingUser) -> bool:
    """Return whether AWS has a single key, which is new and what the vault has under both names."""
    return user.has_rotated() and read_keys(user) == {user.read_vault_key()}


@pytest.mark.parametrize("name", ["dev", "default"])
def test_every_name_gets_the_new_key_pair(shared: RotatingUser, name: str) -> None:
    """The user is told so; another key pair stays as it is, and sessions of every name are forgotten."""
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
    """Whichever name began it, nothing is created twice."""
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
    """One name has the new key pair, the other one still the old."""
    shared.sandbox.aws.faults.next("hang", action="DeleteAccessKey")
    process = shared.start_rotation()
    assert wait_for_calls(shared.sandbox.aws.world, "DeleteAccessKey", 1)
    kill_running(process)
    shared.sandbox.add("default", shared.key)  # as it was
    assert len(read_keys(shared)) == 2
    done = shared.sandbox.run("rotate", name, "--no-input")
    assert (done.returncode, have_all_rotated(shared)) == (0, True), done.stderr


def test_two_names_of_a_key_pair_are_not_rotated_at_once(shared: RotatingUser) -> None:
    """The second one fails at once, and names the first one's; another key pair can be rotated meanwhile."""
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


def test_name_whose_key_pair_was_replaced_unseen_keeps_it(shared: RotatingUser) -> None:
    """The index still has the shared key for it, because an `add` died before it wrote the index."""
    carol = shared.sandbox.aws.world.user("carol").access_key()
    shared.open_vault().set("key:default", f"{carol.id}\n{carol.secret}")
    done = shared.rotate()
    assert (done.returncode, shared.has_rotated()) == (0, True), done.stderr
    assert shared.read_vault_key("default") == (carol.id, str(carol.secret))


def test_same_key_pair_in_another_vault_is_mentioned(shared: RotatingUser) -> None:
    """It cannot be replaced there."""
    index = shared.sandbox.vault / "index"
    line = next(line for line in index.read_text().splitlines() if line.endswith(" default"))
    index.write_text(index.read_text().replace(line, line.replace("sealed", "keychain", 1)))
    done = shared.rotate()
    assert (done.returncode, shared.has_rotated()) == (0, True), done.stderr
    assert "in another vault too, where it no longer works: 'default' (keychain)\n" in done.stderr
