"""What every session cache promises: subclasses open one, and pytest runs these tests over each."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import pytest

from shellvault.core.chain.links import AssumeRole, SessionToken, StoredKey
from shellvault.core.model import Session
from shellvault.core.record import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

    from shellvault.storage.session_cache import SessionCache

NOW = int(time.time())  # the kernel's own clock expires sessions, so tests live in the present
HOUR = 3600
KEY = StoredKey("base", "f" * 32)
TOKEN = SessionToken("base", KEY, "", HOUR, "eu-west-1", "")
AWKWARD_PROFILES = ("it's", "prod 🚀", "a:b:c", "$(id)", "ünï", "stray \udcff byte", "back\\slash", "tab\tand\nnewline")


class ManualClock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = float(NOW)

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def role(profile: str = "dev", arn: str = "arn:aws:iam::1:role/dev") -> AssumeRole:
    """Return a link; its identity depends on the ARN."""
    return AssumeRole(profile, TOKEN, arn, "me", "", "", HOUR, (), (), "", "eu-west-1", "")


def session(mark: str = "one", *, lasts: int = HOUR) -> Session:
    """Return a session that expires `lasts` seconds from now."""
    ends = NOW + lasts
    return Session(f"ASIA{mark}", Secret(f"secret/+= {mark}"), Secret(f"token {mark} " + "t" * 800), ends, ends - 10)


class SessionCacheContract(ABC):
    """The promises. `reopen` opens another cache over the same store; all of them share `clock`."""

    @pytest.fixture
    def clock(self) -> ManualClock:
        """Return the clock."""
        return ManualClock()

    @pytest.fixture
    def cache(self, reopen: Callable[[], SessionCache]) -> SessionCache:
        """Return the cache under test."""
        return reopen()

    @abstractmethod
    @pytest.fixture
    def reopen(self) -> Callable[[], SessionCache]:
        """Return a function that opens the cache anew."""

    def test_a_session_comes_back_complete(self, cache: SessionCache) -> None:
        """Every field is the same, and the secrets hide themselves."""
        cache.keep(TOKEN, session())
        found = cache.get(TOKEN.identity)
        assert found == session()
        assert isinstance(found.secret_access_key, Secret)
        assert isinstance(found.session_token, Secret)

    def test_an_unknown_identity_has_no_session(self, cache: SessionCache) -> None:
        """Nor has one that is nearly right."""
        cache.keep(TOKEN, session())
        assert cache.get(role().identity) is None
        assert cache.get(TOKEN.identity[:-1]) is None

    def test_another_cache_over_the_same_store_finds_it(
        self, cache: SessionCache, reopen: Callable[[], SessionCache]
    ) -> None:
        """The store keeps it, not the object."""
        cache.keep(TOKEN, session())
        assert reopen().get(TOKEN.identity) == session()

    def test_sessions_of_two_links_are_separate(self, cache: SessionCache) -> None:
        """Each is kept under its own identity."""
        cache.keep(TOKEN, session("one"))
        cache.keep(role(), session("two"))
        assert (cache.get(TOKEN.identity), cache.get(role().identity)) == (session("one"), session("two"))

    def test_a_newer_session_replaces_the_older(self, cache: SessionCache) -> None:
        """An identity has one session, in the cache and in the notes."""
        for mark in ("one", "two"):
            cache.keep(TOKEN, session(mark))
        assert cache.get(TOKEN.identity) == session("two")
        assert len(cache.notes()) == 1

    def test_an_expired_session_is_none(self, cache: SessionCache, clock: ManualClock) -> None:
        """From the moment of its expiry it is neither returned nor listed."""
        cache.keep(TOKEN, session(lasts=36_000))  # the kernel counts real time, from the start of the test run
        clock.now += 35_999
        assert cache.get(TOKEN.identity)
        clock.now += 1
        assert cache.get(TOKEN.identity) is None
        assert cache.notes() == []

    def test_forgetting_removes_one_session_only(self, cache: SessionCache) -> None:
        """Others stay, and forgetting twice is fine."""
        cache.keep(TOKEN, session("one"))
        cache.keep(role(), session("two"))
        for _ in range(2):
            cache.forget(TOKEN.identity)
        assert cache.get(TOKEN.identity) is None
        assert [note.identity for note in cache.notes()] == [role().identity]

    def test_a_note_says_what_a_session_is_whose_and_until_when(self, cache: SessionCache) -> None:
        """The kind as aws-vault spells it, the profile, the key pair at the root, both times."""
        cache.keep(TOKEN, session())
        cache.keep(role(), session())
        notes = {(note.kind, note.profile, note.key_name, note.expires_at, note.refresh_at) for note in cache.notes()}
        times = (NOW + HOUR, NOW + HOUR - 10)
        assert notes == {("sts.GetSessionToken", "base", "base", *times), ("sts.AssumeRole", "dev", "base", *times)}

    @pytest.mark.parametrize("name", AWKWARD_PROFILES)
    def test_a_note_holds_any_profile_name(self, cache: SessionCache, name: str) -> None:
        """Spaces, colons, emoji, tabs and stray bytes."""
        cache.keep(role(name), session())
        assert [(note.profile, note.key_name) for note in cache.notes()] == [(name, "base")]
