"""What every cache of sessions promises: subclasses say how to open one, and pytest runs these sentences over each."""

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

    from shellvault.storage.session_cache import KernelSessions
    from shellvault.storage.vault_sessions import VaultSessions

    Sessions = KernelSessions | VaultSessions

NOW = int(time.time())  # the kernel's own clock ends a session, so tests live in the present
HOUR = 3600
KEY = StoredKey("base", "f" * 32)
TOKEN = SessionToken("base", KEY, "", HOUR, "eu-west-1", "")
AWKWARD = ("it's", "prod 🚀", "a:b:c", "$(id)", "ünï", "stray \udcff byte", "back\\slash")


class Clock:
    """A clock that a test sets by hand."""

    def __init__(self) -> None:
        self.now = float(NOW)

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def role(profile: str = "dev", arn: str = "arn:aws:iam::1:role/dev") -> AssumeRole:
    """Return a link of its own identity for each arn."""
    return AssumeRole(profile, TOKEN, arn, "me", "", "", HOUR, (), (), "", "eu-west-1", "")


def session(mark: str = "one", *, lasts: int = HOUR) -> Session:
    """Return a session that ends `lasts` seconds from now."""
    ends = NOW + lasts
    return Session(f"ASIA{mark}", Secret(f"secret/+= {mark}"), Secret(f"token {mark} " + "t" * 800), ends, ends - 10)


class SessionContract(ABC):
    """The promises; `reopen` makes another cache over the same store, `clock` is everybody's clock."""

    @pytest.fixture
    def clock(self) -> Clock:
        """Return the clock."""
        return Clock()

    @pytest.fixture
    def sessions(self, reopen: Callable[[], Sessions]) -> Sessions:
        """Open the cache under test."""
        return reopen()

    @abstractmethod
    @pytest.fixture
    def reopen(self) -> Callable[[], Sessions]:
        """Return a function that opens the cache anew."""

    def test_a_session_comes_back_whole(self, sessions: Sessions) -> None:
        """Every field, its secrets hidden as before."""
        sessions.keep(TOKEN, session())
        found = sessions.get(TOKEN.identity)
        assert found == session()
        assert isinstance(found.secret_access_key, Secret)
        assert isinstance(found.session_token, Secret)

    def test_an_unknown_identity_has_none(self, sessions: Sessions) -> None:
        """Nor has one that is nearly right."""
        sessions.keep(TOKEN, session())
        assert sessions.get(role().identity) is None
        assert sessions.get(TOKEN.identity[:-1]) is None

    def test_another_cache_over_the_store_finds_it(self, sessions: Sessions, reopen: Callable[[], Sessions]) -> None:
        """The store is what remembers, not the object."""
        sessions.keep(TOKEN, session())
        assert reopen().get(TOKEN.identity) == session()

    def test_sessions_of_two_links_stay_apart(self, sessions: Sessions) -> None:
        """Each under its own identity."""
        sessions.keep(TOKEN, session("one"))
        sessions.keep(role(), session("two"))
        assert (sessions.get(TOKEN.identity), sessions.get(role().identity)) == (session("one"), session("two"))

    def test_a_newer_session_replaces_the_older(self, sessions: Sessions) -> None:
        """There is one of an identity, in the cache and in the notes."""
        for mark in ("one", "two"):
            sessions.keep(TOKEN, session(mark))
        assert sessions.get(TOKEN.identity) == session("two")
        assert len(sessions.notes()) == 1

    def test_an_expired_session_is_none(self, sessions: Sessions, clock: Clock) -> None:
        """From its last second on it is neither given nor listed."""
        sessions.keep(TOKEN, session(lasts=100))
        clock.now += 99
        assert sessions.get(TOKEN.identity)
        clock.now += 1
        assert sessions.get(TOKEN.identity) is None
        assert sessions.notes() == []

    def test_forgetting_takes_one_session_only(self, sessions: Sessions) -> None:
        """Its neighbour stays, and forgetting twice is fine."""
        sessions.keep(TOKEN, session("one"))
        sessions.keep(role(), session("two"))
        for _ in range(2):
            sessions.forget(TOKEN.identity)
        assert sessions.get(TOKEN.identity) is None
        assert [note.identity for note in sessions.notes()] == [role().identity]

    def test_a_note_tells_what_and_whose_and_until_when(self, sessions: Sessions) -> None:
        """The kind as aws-vault spells it, the profile, the key pair at the foot, both times."""
        sessions.keep(TOKEN, session())
        sessions.keep(role(), session())
        notes = {
            (note.kind, note.profile, note.key_name, note.expires_at, note.refresh_at) for note in sessions.notes()
        }
        times = (NOW + HOUR, NOW + HOUR - 10)
        assert notes == {("sts.GetSessionToken", "base", "base", *times), ("sts.AssumeRole", "dev", "base", *times)}

    @pytest.mark.parametrize("name", AWKWARD)
    def test_a_note_carries_any_profiles_name(self, sessions: Sessions, name: str) -> None:
        """Spaces, colons, emoji and stray bytes."""
        sessions.keep(role(name), session())
        assert [(note.profile, note.key_name) for note in sessions.notes()] == [(name, "base")]
