"""Whatever shapes a session is part of its identity: change it, and the session from before is out of reach at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.broker.cache import sessions
from tests.broker.running import Running

if TYPE_CHECKING:
    from tests.broker.conftest import Person
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
def test_an_edited_profile_gets_a_new_session(person: Person, old: str, new: str) -> None:
    """The edit is noticed by the next command; undone, the session from before is there again."""
    person.sandbox.aws.world.role("writer")
    person.sandbox.add("other", person.sandbox.aws.world.user("bob").access_key(), "--no-config")
    first = _session(person.sandbox)
    before = person.sandbox.config.read_text()
    person.sandbox.config.write_text(before.replace(old, new))
    assert (_session(person.sandbox) != first, person.sandbox.aws.world.count("AssumeRole", "ok")) == (True, 2)
    person.sandbox.config.write_text(before)
    assert (_session(person.sandbox) == first, person.sandbox.aws.world.count("AssumeRole")) == (True, 2)


def test_a_tag_made_transitive_gets_a_new_session(person: Person) -> None:
    """The same tags, passed on to the next role or not, are two sessions."""
    person.sandbox.config.write_text(
        person.sandbox.config.read_text().replace("role/reader", "role/reader\nsession_tags = a=b")
    )
    first = _session(person.sandbox)
    text = person.sandbox.config.read_text()
    person.sandbox.config.write_text(text.replace("session_tags", "transitive_session_tags = a\nsession_tags"))
    assert (_session(person.sandbox) != first, person.sandbox.aws.world.count("AssumeRole", "ok")) == (True, 2)


def test_another_mfa_device_makes_the_mfa_session_another(person: Person) -> None:
    """A new mfa_serial asks for a code of the new device, and both links are minted anew."""
    other = person.sandbox.aws.world.user().mfa_device()
    person.questions.give(person.device.next_code())
    assert person.sandbox.run("env", "admin", "--shell", "bash").returncode == 0
    text = person.sandbox.config.read_text()
    person.sandbox.config.write_text(text.replace(person.device.serial, other.serial))
    person.questions.give(other.next_code())
    assert person.sandbox.run("env", "admin", "--shell", "bash").returncode == 0
    world = person.sandbox.aws.world
    serials = [call.params["SerialNumber"] for call in world.calls if call.action == "GetSessionToken"]
    assert (serials, world.count("AssumeRole", "ok")) == ([person.device.serial, other.serial], 2)


def test_a_region_on_the_command_line_shares_the_session(person: Person) -> None:
    """`--region` is what is exported; the session is the same, so AWS is not asked again."""
    first = _session(person.sandbox)
    assert _session(person.sandbox, "--region", "ap-south-1") == first
    assert person.sandbox.aws.world.count("AssumeRole") == 1


def test_a_replaced_key_is_used_at_once(person: Person) -> None:
    """`add` over a stored name drops the sessions made from the pair before, and the next call bears the new key."""
    _session(person.sandbox)
    new = person.sandbox.aws.world.user("bob").access_key()
    person.sandbox.add("base", new, "--no-config")
    assert sessions(person.sandbox) == []
    _session(person.sandbox)
    assert person.sandbox.aws.world.calls[-1].access_key_id == new.id


def test_a_key_replaced_during_a_refresh_is_used_from_then_on(person: Person) -> None:
    """The refresh that was under way keeps the old key's session in the cache, where nobody finds it any more."""
    person.sandbox.aws.faults.latency = 2
    under_way = Running(person.sandbox, *READER)
    under_way.wait_until_it_says("the credentials come from")
    new = person.sandbox.aws.world.user("bob").access_key()
    person.sandbox.add("base", new, "--no-config")
    assert (under_way.outcome().status, len(sessions(person.sandbox))) == (0, 1)
    person.sandbox.aws.faults.latency = 0
    _session(person.sandbox)
    assert [call.access_key_id for call in person.sandbox.aws.world.calls] == [person.key.id, new.id]


def test_a_replaced_key_leaves_other_peoples_sessions_alone(person: Person) -> None:
    """Only the sessions derived from the name that `add` or `remove` was given are dropped."""
    person.sandbox.add("other", person.sandbox.aws.world.user("bob").access_key())
    assert person.sandbox.run("env", "other", "--shell", "bash").returncode == 0
    _session(person.sandbox)
    assert person.sandbox.run("remove", "other", "--force").returncode == 0
    _session(person.sandbox)
    assert person.sandbox.aws.world.count("AssumeRole") == 1


def test_a_removed_key_takes_its_sessions_along(person: Person) -> None:
    """`remove` deletes the pair and every session derived from it, a role's too; `env` says what is missing."""
    assert person.sandbox.run("env", "base", "--shell", "bash").returncode == 0
    _session(person.sandbox)
    done = person.sandbox.run("remove", "base", "--force")
    assert (done.returncode, "and 2 sessions" in done.stdout) == (0, True)
    assert sessions(person.sandbox) == []
    failed = person.sandbox.run(*READER)
    assert (failed.returncode, failed.stdout) == (4, "false\n")
    assert len(person.sandbox.aws.world.calls) == 2


def _session(sandbox: Sandbox, *words: str) -> str:
    """Return the access key id that `env` printed."""
    done = sandbox.run(*READER, *words)
    assert done.returncode == 0, done.stderr
    return done.stdout.partition("AWS_ACCESS_KEY_ID='")[2].partition("'")[0]
