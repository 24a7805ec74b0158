"""`rotate` as its users meet it: what it asks of AWS, what it says, and each thing that may be in its way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.aws.server import wait_for
from tests.commands.terminal import open_terminal
from tests.sandbox import SHELLVAULT, TIME_LIMIT

if TYPE_CHECKING:
    from tests.rotation.owner import Owner
    from tests.sandbox import Sandbox


def asked(owner: Owner) -> list[str]:
    """Return what was asked of AWS, and the last four characters of who asked."""
    return [f"{call.action} {call.access_key_id[-4:]}" for call in owner.sandbox.aws.world.calls]


def test_the_new_key_is_in_the_vault_and_the_old_one_is_gone(owner: Owner) -> None:
    """Four calls, the last one signed with the new key; only last fours are shown."""
    assert owner.sandbox.run("env", "dev", "--shell", "bash").returncode == 0
    owner.sandbox.aws.world.calls.clear()
    done = owner.rotate()
    new, old = owner.in_vault()[0][-4:], owner.key.id[-4:]
    assert done.stdout == (
        f"Rotated the key pair of 'dev': …{new} is in the sealed vault, …{old} is deleted at AWS.\n"
        "Forgot 1 session made from the one before.\n"
    )
    assert f"shellvault: made …{new}, kept beside …{old}\n" in done.stderr
    assert owner.has_rotated()
    steps = [f"ListAccessKeys {old}", f"CreateAccessKey {old}", f"GetCallerIdentity {new}", f"DeleteAccessKey {new}"]
    assert asked(owner) == steps
    told = done.stdout + done.stderr
    assert [secret for secret in (*owner.sandbox.aws.world.secrets(), owner.in_vault()[0]) if secret in told] == []


def test_it_waits_until_aws_knows_the_new_key(owner: Owner) -> None:
    """IAM is eventually consistent; the old key stays in use meanwhile."""
    owner.sandbox.aws.world.key_delay = 1
    owner.sandbox.aws.world.key_refusals = 3
    done = owner.rotate()
    assert (done.returncode, owner.has_rotated()) == (0, True)
    assert f"shellvault: waiting until AWS knows …{owner.in_vault()[0][-4:]}\n" in done.stderr
    assert owner.sandbox.aws.world.count("GetCallerIdentity", "InvalidClientTokenId") >= 3


def test_half_way_through_the_old_key_is_in_use(owner: Owner) -> None:
    """`env` in another shell does not wait, and a second `rotate` is told at once."""
    owner.sandbox.aws.world.key_delay = 2.5
    first = owner.begin()
    assert wait_for(owner.sandbox.aws.world, "GetCallerIdentity", 1)
    second = owner.rotate()
    assert second.returncode == 5
    assert "error: the key pair of 'dev' is being rotated by another shellvault\n" in second.stderr
    assert owner.in_vault() == (owner.key.id, str(owner.key.secret))
    assert first.wait(TIME_LIMIT) == 0
    first.communicate()
    assert owner.has_rotated()
    assert owner.sandbox.aws.world.count("CreateAccessKey") == 1


def test_a_role_rotates_the_key_pair_below_it(owner: Owner) -> None:
    """It says whose that is; another user's role cannot make keys for this one."""
    role = owner.sandbox.aws.world.role("admin")
    owner.sandbox.configure(f"[profile admin]\nrole_arn = {role.arn}\nsource_profile = dev\n")
    done = owner.sandbox.run("rotate", "admin")
    assert (done.returncode, owner.has_rotated()) == (0, True)
    assert "shellvault: 'admin' has no key pair of its own: rotating that of 'dev'\n" in done.stderr
    assert owner.sandbox.aws.world.count("AssumeRole") == 0


@pytest.mark.parametrize("action", ["ListAccessKeys", "CreateAccessKey"])
def test_a_lacking_permission_is_named(owner: Owner, action: str) -> None:
    """Nothing has happened, and nothing is left over: allowed, it works."""
    owner.user.deny = {action}
    done = owner.rotate()
    assert (done.returncode, f"hint: allow iam:{action} on the user itself" in done.stderr) == (7, True)
    owner.user.deny = set()
    again = owner.rotate()
    assert (again.returncode, owner.has_rotated()) == (0, True)
    assert "cut short" not in again.stderr


def test_a_key_that_may_not_be_deleted_is_left_and_told_of(owner: Owner) -> None:
    """The new one is in use already; once somebody else has deleted it, `rotate` sees that."""
    owner.user.deny = {"DeleteAccessKey"}
    done = owner.rotate()
    assert done.returncode == 7
    assert f"the new key is in use, but the old one …{owner.key.id[-4:]} is still at AWS" in done.stderr
    assert "hint: shellvault rotate dev to delete it; allow iam:DeleteAccessKey" in done.stderr
    assert (owner.works(), len(owner.at_aws())) == (True, 2)
    owner.sandbox.aws.world.delete_key(owner.key.id)
    assert owner.rotate().returncode == 0
    assert owner.has_rotated()


def test_two_keys_at_aws_are_shown_with_their_use(owner: Owner) -> None:
    """Which one can go is the person's to say."""
    other = owner.user.access_key()
    done = owner.rotate()
    assert done.returncode == 7
    assert "the user alice has two access keys already" in done.stderr
    assert f"…{owner.key.id[-4:]} (in the vault, made on 2" in done.stderr
    assert f"…{other.id[-4:]} (made on 2" in done.stderr
    assert "never used)" in done.stderr
    assert done.stderr.endswith(", then: shellvault rotate dev\n")
    assert len(owner.at_aws()) == 2


def test_a_key_that_aws_does_not_know_cannot_be_rotated(owner: Owner) -> None:
    """Deleted in the console, say."""
    owner.sandbox.aws.world.delete_key(owner.key.id)
    done = owner.rotate()
    assert done.returncode == 7
    assert "error: AWS does not know the access key of 'dev' (InvalidClientTokenId)\n" in done.stderr


def test_a_person_may_say_no(owner: Owner) -> None:
    """The question names the key that was lost; anything but yes leaves it."""
    owner.sandbox.aws.faults.next("truncate", action="CreateAccessKey")
    assert owner.rotate().returncode == 8
    for answer, status in (("", 130), ("y", 0)):
        with open_terminal(owner.sandbox, [SHELLVAULT, "rotate", "dev"]) as terminal:
            terminal.expect(r"Delete …\w{4} at AWS, made when the rotation was cut short\? \[y/N\] ")
            terminal.type(answer)
            assert terminal.wait_for_exit() == status
    assert owner.has_rotated()


def test_what_has_no_key_pair_is_told_so(sandbox: Sandbox) -> None:
    """A program's credentials are not ours to rotate; an unknown name has its own error."""
    sandbox.configure("[profile tool]\ncredential_process = /bin/true\n")
    assert "profile 'tool' has no key pair to rotate" in sandbox.run("rotate", "tool").stderr
    assert [sandbox.run("rotate", *words).returncode for words in (("tool",), ("nobody",), ())] == [4, 3, 2]


def test_removing_a_key_pair_removes_its_rotation(owner: Owner) -> None:
    """No secret of a rotation that was cut short stays in the vault."""
    owner.sandbox.aws.faults.next("error500", 3, action="GetCallerIdentity")
    assert owner.rotate().returncode == 8
    assert owner.sandbox.run("remove", "dev", "-f").returncode == 0
    owner.sandbox.aws.faults.clear()
    fresh = owner.sandbox.aws.world.user("bob")
    owner.sandbox.add("dev", fresh.access_key())
    done = owner.rotate()
    assert (done.returncode, "since its last rotation began" in done.stderr) == (0, False)
