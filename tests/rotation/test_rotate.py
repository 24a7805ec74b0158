"""`rotate`: its calls to AWS, its messages, and what can prevent a rotation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.aws.server import wait_for_calls
from tests.commands.terminal import open_terminal
from tests.sandbox import SHELLVAULT, TIME_LIMIT

if TYPE_CHECKING:
    from tests.rotation.rotating_user import RotatingUser
    from tests.sandbox import Sandbox


def list_calls(user: RotatingUser) -> list[str]:
    """Return the calls made to AWS, each with the last four characters of the signing key."""
    return [f"{call.action} {call.access_key_id[-4:]}" for call in user.sandbox.aws.world.calls]


def test_new_key_is_in_the_vault_and_the_old_one_is_deleted(user: RotatingUser) -> None:
    """Five calls, the last two signed with the new key. Messages show only the last four characters of a key id."""
    assert user.sandbox.run("env", "dev", "--shell", "bash").returncode == 0
    user.sandbox.aws.world.calls.clear()
    done = user.rotate()
    new, old = user.read_vault_key()[0][-4:], user.key.id[-4:]
    assert done.stdout == (
        f"Rotated the key pair of 'dev': …{new} is in the sealed vault, and …{old} was deleted at AWS.\n"
        "Forgot 1 session made with the previous key pair.\n"
    )
    assert f"shellvault: created …{new}, stored beside …{old}\n" in done.stderr
    assert user.has_rotated()
    assert list_calls(user) == [
        f"ListAccessKeys {old}",
        f"CreateAccessKey {old}",
        f"GetCallerIdentity {new}",
        f"DeleteAccessKey {new}",
        f"ListAccessKeys {new}",
    ]
    output = done.stdout + done.stderr
    assert [
        secret for secret in (*user.sandbox.aws.world.secrets(), user.read_vault_key()[0]) if secret in output
    ] == []


def test_rotation_waits_until_aws_knows_the_new_key(user: RotatingUser) -> None:
    """IAM is eventually consistent, so the old key stays in use meanwhile."""
    user.sandbox.aws.world.key_delay = 1
    user.sandbox.aws.world.key_refusals = 3
    done = user.rotate()
    assert (done.returncode, user.has_rotated()) == (0, True)
    assert f"shellvault: waiting until AWS accepts …{user.read_vault_key()[0][-4:]}\n" in done.stderr
    assert user.sandbox.aws.world.count("GetCallerIdentity", "InvalidClientTokenId") >= 3


def test_old_key_is_used_during_a_rotation(user: RotatingUser) -> None:
    """`env` in another shell does not wait, and a second `rotate` fails at once."""
    user.sandbox.aws.world.key_delay = 2.5
    first = user.start_rotation()
    assert wait_for_calls(user.sandbox.aws.world, "GetCallerIdentity", 1)
    second = user.rotate()
    assert second.returncode == 5
    assert "error: the key pair of 'dev' is being rotated by another shellvault (process " in second.stderr
    assert user.read_vault_key() == (user.key.id, str(user.key.secret))
    assert first.wait(TIME_LIMIT) == 0
    first.communicate()
    assert user.has_rotated()
    assert user.sandbox.aws.world.count("CreateAccessKey") == 1


def test_role_rotates_the_key_pair_it_is_assumed_with(user: RotatingUser) -> None:
    """A notice names the key pair; the role is not assumed, as it could not create keys for the user."""
    role = user.sandbox.aws.world.role("admin")
    user.sandbox.configure(f"[profile admin]\nrole_arn = {role.arn}\nsource_profile = dev\n")
    done = user.sandbox.run("rotate", "admin")
    assert (done.returncode, user.has_rotated()) == (0, True)
    assert "shellvault: 'admin' has no key pair of its own: rotating that of 'dev'\n" in done.stderr
    assert user.sandbox.aws.world.count("AssumeRole") == 0


@pytest.mark.parametrize("action", ["ListAccessKeys", "CreateAccessKey"])
def test_missing_permission_is_named(user: RotatingUser, action: str) -> None:
    """The rotation has no effect, and works once the permission is granted."""
    user.iam_user.deny = {action}
    done = user.rotate()
    assert (done.returncode, f"hint: allow iam:{action} on the user itself" in done.stderr) == (7, True)
    user.iam_user.deny = set()
    again = user.rotate()
    assert (again.returncode, user.has_rotated()) == (0, True)
    assert "interrupted" not in again.stderr


def test_key_that_cannot_be_deleted_is_reported(user: RotatingUser) -> None:
    """The new key is in use already; once someone else has deleted the old one, `rotate` notices."""
    user.iam_user.deny = {"DeleteAccessKey"}
    done = user.rotate()
    assert done.returncode == 7
    assert f"the new key is in use, but the old one …{user.key.id[-4:]} is still at AWS" in done.stderr
    assert "hint: shellvault rotate dev to delete it; allow iam:DeleteAccessKey" in done.stderr
    assert (user.has_working_key(), len(user.list_aws_keys())) == (True, 2)
    user.sandbox.aws.world.delete_key(user.key.id)
    assert user.rotate().returncode == 0
    assert user.has_rotated()


def test_two_keys_at_aws_are_listed_with_their_use(user: RotatingUser) -> None:
    """The user decides which one to delete."""
    other = user.iam_user.access_key()
    done = user.rotate()
    assert done.returncode == 7
    assert "the user alice has two access keys already" in done.stderr
    assert f"…{user.key.id[-4:]} (in the vault, created on 2" in done.stderr
    assert f"…{other.id[-4:]} (created on 2" in done.stderr
    assert "never used)" in done.stderr
    assert done.stderr.endswith(", then: shellvault rotate dev\n")
    assert len(user.list_aws_keys()) == 2


def test_key_unknown_to_aws_cannot_be_rotated(user: RotatingUser) -> None:
    """For example, one deleted in the console."""
    user.sandbox.aws.world.delete_key(user.key.id)
    done = user.rotate()
    assert done.returncode == 7
    assert "error: AWS does not recognize the access key of 'dev' (InvalidClientTokenId)\n" in done.stderr
    assert f"hint: check that …{user.key.id[-4:]} is the key's id in the console, " in done.stderr


def test_deletion_of_a_key_that_may_be_someone_elses_is_confirmed(user: RotatingUser) -> None:
    """The prompt names the key, and any answer but yes keeps it."""
    user.sandbox.aws.faults.next("truncate", action="CreateAccessKey")
    assert user.rotate().returncode == 8
    user.iam_user.deny = {"GetAccessKeyLastUsed"}
    for answer, status in (("", 2), ("y", 0)):
        with open_terminal(user.sandbox, [SHELLVAULT, "rotate", "dev"]) as terminal:
            terminal.expect(r"Delete …\w{4} at AWS, which the interrupted rotation may have created\? \[y/N\] ")
            terminal.type(answer)
            assert terminal.wait_for_exit() == status
    assert user.has_rotated()


def test_profile_without_a_key_pair_cannot_be_rotated(sandbox: Sandbox) -> None:
    """Not with credentials from another program; an unknown profile has its own error."""
    sandbox.configure("[profile tool]\ncredential_process = /bin/true\n")
    assert "profile 'tool' has no key pair to rotate" in sandbox.run("rotate", "tool").stderr
    assert [sandbox.run("rotate", *words).returncode for words in (("tool",), ("nobody",), ())] == [4, 3, 2]


def test_removing_a_key_pair_removes_its_rotation(user: RotatingUser) -> None:
    """No secret of an interrupted rotation stays in the vault."""
    user.sandbox.aws.faults.next("error500", 3, action="GetCallerIdentity")
    assert user.rotate().returncode == 8
    assert user.sandbox.run("remove", "dev", "-f").returncode == 0
    user.sandbox.aws.faults.clear()
    fresh = user.sandbox.aws.world.user("bob")
    user.sandbox.add("dev", fresh.access_key())
    done = user.rotate()
    assert (done.returncode, "since its last rotation began" in done.stderr) == (0, False)
