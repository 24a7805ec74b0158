"""`rotate` only reports a deletion that AWS confirms: a proxy's page can look like the answer to one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.rotation.rotating_user import RotatingUser


def test_deletion_answered_by_a_network_is_not_reported_as_done(user: RotatingUser) -> None:
    """A sign-in page came with status 200. The next rotation deletes the key."""
    user.sandbox.aws.faults.next("portal", action="DeleteAccessKey")
    done = user.rotate()
    assert (done.returncode, done.stdout) == (8, "")
    assert "may still be at AWS" in done.stderr
    assert len(user.list_aws_keys()) == 2
    done = user.rotate()
    assert (done.returncode, user.has_rotated()) == (0, True), done.stderr


def test_deletion_that_never_arrives_is_reported_as_missing(user: RotatingUser) -> None:
    """The error says that the old key may still exist, and the next rotation deletes it."""
    user.sandbox.aws.faults.next("portal", None, action="DeleteAccessKey")
    done = user.rotate()
    assert (done.returncode, done.stdout) == (8, "")
    assert f"the new key is in use, but the old one …{user.key.id[-4:]} may still be at AWS: " in done.stderr
    assert "hint: shellvault rotate dev to delete it\n" in done.stderr
    assert len(user.list_aws_keys()) == 2
    user.sandbox.aws.faults.clear()
    done = user.rotate()
    assert (done.returncode, user.has_rotated()) == (0, True), done.stderr


@pytest.mark.parametrize("fault", ["portal", "garbage", "error500", "drop"])
def test_deletion_that_cannot_be_verified_is_not_reported_as_done(user: RotatingUser, fault: str) -> None:
    """AWS deleted the key, but the key list does not arrive. The next rotation asks again."""
    user.sandbox.aws.faults.next("error500", 3, action="DeleteAccessKey")
    assert user.rotate().returncode == 8  # so that the next key list is requested after the deletion
    user.sandbox.aws.faults.clear()
    user.sandbox.aws.faults.next(fault, 3, action="ListAccessKeys")
    done = user.rotate()
    assert (done.returncode, done.stdout) == (8, ""), done.stderr
    assert "may still be at AWS" in done.stderr
    user.sandbox.aws.faults.clear()
    done = user.rotate()
    assert (done.returncode, user.has_rotated()) == (0, True), done.stderr


def test_claim_that_the_deleted_key_is_unknown_is_verified(user: RotatingUser) -> None:
    """A stale part of AWS may say so about a key that works. The key list decides, and the key is deleted."""
    user.sandbox.aws.faults.next("unknown key", action="DeleteAccessKey")
    done = user.rotate()
    assert (done.returncode, user.has_rotated(), len(user.list_aws_keys())) == (0, True, 1), done.stderr
    assert user.sandbox.aws.world.count("DeleteAccessKey", "ok") == 1


def test_network_page_instead_of_the_key_list_creates_nothing(user: RotatingUser) -> None:
    """Taken for an empty list, it would hide a lost key."""
    user.sandbox.aws.faults.next("portal", action="ListAccessKeys")
    done = user.rotate()
    assert done.returncode == 8
    assert user.sandbox.aws.world.count("CreateAccessKey") == 0
    assert user.rotate().returncode == 0


def test_lost_key_whose_deletion_never_arrives_is_not_forgotten(user: RotatingUser) -> None:
    """No second key is created next to it."""
    user.sandbox.aws.faults.next("truncate", action="CreateAccessKey")
    assert user.rotate().returncode == 8
    user.sandbox.aws.faults.next("portal", None, action="DeleteAccessKey")
    done = user.rotate()
    assert done.returncode == 8, done.stderr
    assert user.sandbox.aws.world.count("CreateAccessKey") == 1
    user.sandbox.aws.faults.clear()
    done = user.rotate()
    assert (done.returncode, user.has_rotated()) == (0, True), done.stderr
