"""Session identity: changing anything that shapes a session makes the cached one unreachable at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.broker.background_command import BackgroundCommand
from tests.broker.cached_sessions import list_cached_sessions

if TYPE_CHECKING:
    from tests.broker.conftest import MfaUser
    from tests.sandbox import Sandbox

READER = ("env", "reader", "--shell", "bash")
EDITS = [
    ("role/reader", "role/writer"),
    ("region = eu-west-1", "region = eu-north-1"),
    ("source_profile = base", "source_profile = base\nduration_seconds = 1800"),
    ("source_profile = base", "source_profile = base\nexternal_id = sample"),
    ("source_profile = base", "source_profile = base\nrole_session_name = somebody"),
    ("source_profile = base", "source_profile = base\nsource_identity = somebody"),
    ("source_profile = base", "source_profile = base\nsession_tags = team=core"),
    ("source_profile = base", "source_profile = other"),
]


@pytest.mark.parametrize(("old", "new"), EDITS, ids=[new.rpartition("\n")[2] for _, new in EDITS])
def test_edited_profile_gets_a_new_session(user: MfaUser, old: str, new: str) -> None:
    """The next command notices the edit; reverting it brings the earlier session back."""
    user.sandbox.aws.world.role("writer")
    user.sandbox.add("other", user.sandbox.aws.world.user("bob").access_key(), "--no-config")
    first = _get_session(user.sandbox)
    before = user.sandbox.config.read_text()
    user.sandbox.config.write_text(before.replace(old, new))
    assert (_get_session(user.sandbox) != first, user.sandbox.aws.world.count("AssumeRole", "ok")) == (True, 2)
    user.sandbox.config.write_text(before)
    assert (_get_session(user.sandbox) == first, user.sandbox.aws.world.count("AssumeRole")) == (True, 2)


def test_making_a_tag_transitive_gets_a_new_session(user: MfaUser) -> None:
    """The same tags yield two sessions, depending on whether they are passed on to the next role."""
    user.sandbox.config.write_text(
        user.sandbox.config.read_text().replace("role/reader", "role/reader\nsession_tags = a=b")
    )
    first = _get_session(user.sandbox)
    text = user.sandbox.config.read_text()
    user.sandbox.config.write_text(text.replace("session_tags", "transitive_session_tags = a\nsession_tags"))
    assert (_get_session(user.sandbox) != first, user.sandbox.aws.world.count("AssumeRole", "ok")) == (True, 2)


def test_another_mfa_device_gets_a_new_mfa_session(user: MfaUser) -> None:
    """A changed mfa_serial prompts for a code from the new device and refreshes both links."""
    other = user.sandbox.aws.world.user().mfa_device()
    user.prompter.answer(user.device.next_code())
    assert user.sandbox.run("env", "admin", "--shell", "bash").returncode == 0
    text = user.sandbox.config.read_text()
    user.sandbox.config.write_text(text.replace(user.device.serial, other.serial))
    user.prompter.answer(other.next_code())
    assert user.sandbox.run("env", "admin", "--shell", "bash").returncode == 0
    world = user.sandbox.aws.world
    serials = [call.params["SerialNumber"] for call in world.calls if call.action == "GetSessionToken"]
    assert (serials, world.count("AssumeRole", "ok")) == ([user.device.serial, other.serial], 2)


def test_region_option_reuses_the_session(user: MfaUser) -> None:
    """`--region` changes only what is exported, so AWS is not called again."""
    first = _get_session(user.sandbox)
    assert _get_session(user.sandbox, "--region", "ap-south-1") == first
    assert user.sandbox.aws.world.count("AssumeRole") == 1


def test_replaced_key_pair_is_used_at_once(user: MfaUser) -> None:
    """`add` over a stored name drops the sessions of the old key pair, and the next call is signed with the new key."""
    _get_session(user.sandbox)
    new = user.sandbox.aws.world.user("bob").access_key()
    user.sandbox.add("base", new, "--no-config")
    assert list_cached_sessions(user.sandbox) == []
    _get_session(user.sandbox)
    assert user.sandbox.aws.world.calls[-1].access_key_id == new.id


def test_key_pair_replaced_during_a_refresh_is_used_afterwards(user: MfaUser) -> None:
    """The refresh in progress caches a session of the old key pair, but no later command finds it."""
    user.sandbox.aws.faults.latency = 2
    refresh = BackgroundCommand(user.sandbox, *READER)
    refresh.wait_for_stderr("the credentials come from")
    new = user.sandbox.aws.world.user("bob").access_key()
    user.sandbox.add("base", new, "--no-config")
    assert (refresh.wait().status, len(list_cached_sessions(user.sandbox))) == (0, 1)
    user.sandbox.aws.faults.latency = 0
    _get_session(user.sandbox)
    assert [call.access_key_id for call in user.sandbox.aws.world.calls] == [user.key.id, new.id]


def test_sessions_of_other_key_pairs_are_kept(user: MfaUser) -> None:
    """`add` and `remove` drop only sessions derived from the name they are given."""
    user.sandbox.add("other", user.sandbox.aws.world.user("bob").access_key())
    assert user.sandbox.run("env", "other", "--shell", "bash").returncode == 0
    _get_session(user.sandbox)
    assert user.sandbox.run("remove", "other", "--force").returncode == 0
    _get_session(user.sandbox)
    assert user.sandbox.aws.world.count("AssumeRole") == 1


def test_removing_a_key_pair_drops_its_sessions(user: MfaUser) -> None:
    """`remove` also drops sessions of roles assumed with the key pair; `env` then fails with status 4."""
    assert user.sandbox.run("env", "base", "--shell", "bash").returncode == 0
    _get_session(user.sandbox)
    done = user.sandbox.run("remove", "base", "--force")
    assert (done.returncode, "and 2 sessions" in done.stdout) == (0, True)
    assert list_cached_sessions(user.sandbox) == []
    failed = user.sandbox.run(*READER)
    assert (failed.returncode, failed.stdout) == (4, "false\n")
    assert len(user.sandbox.aws.world.calls) == 2


def _get_session(sandbox: Sandbox, *words: str) -> str:
    """Return the access key ID printed by `env`."""
    done = sandbox.run(*READER, *words)
    assert done.returncode == 0, done.stderr
    return done.stdout.partition("AWS_ACCESS_KEY_ID='")[2].partition("'")[0]
