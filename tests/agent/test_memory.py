"""How long the agent's memory keeps an entry, by which clock, and how much it keeps."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from shellvault.agent import memory as memory_module
from shellvault.agent.memory import LARGEST, MOST_ENTRIES, AgentMemory, time_since_boot
from shellvault.storage.sealed.unlocked_key_cache import DATA_KEY, LOCK_AFTER, LONGEST, UnlockedKeyCache
from tests.agent.two_clocks import NOON, TwoClocks

if TYPE_CHECKING:
    from collections.abc import Callable

MINUTE, HOUR = 60, 3600
KEY = bytes(range(32))
SESSION, TOKEN = "session", "refresh-token"


@pytest.fixture
def clocks() -> TwoClocks:
    """Return the clocks of a machine."""
    return TwoClocks()


@pytest.fixture
def memory(clocks: TwoClocks) -> AgentMemory:
    """Return an agent's memory that goes by these clocks."""
    return AgentMemory(clocks.wall, clocks.since_boot)


def keep(memory: AgentMemory, identity: str, life: int = HOUR, kind: str = SESSION, now: int = NOON) -> bool:
    """Keep an entry until so many seconds from now."""
    return memory.add(kind, identity, identity.encode(), expires_at=now + life, timeout=life)


def identities(memory: AgentMemory, kind: str = SESSION) -> set[str]:
    """Return the identities of the entries of a kind."""
    return {entry.identity for entry in memory.entries(kind)}


def test_a_session_ends_at_its_second(memory: AgentMemory, clocks: TwoClocks) -> None:
    """Until then it is there, from then on it is neither found, listed nor touched."""
    keep(memory, "a")
    clocks.pass_time(HOUR - 1)
    assert (memory.find(SESSION, "a"), memory.seconds_left(SESSION, "a")) == (b"a", 1)
    clocks.pass_time(1)
    assert not memory.touch(SESSION, "a", HOUR)
    assert (memory.find(SESSION, "a"), memory.find_note(SESSION, "a"), memory.entries(SESSION)) == (None, None, [])
    assert memory.seconds_left(SESSION, "a") is None


def test_a_session_ends_while_the_machine_sleeps(memory: AgentMemory, clocks: TwoClocks) -> None:
    """Both clocks went on; nothing of ours ran."""
    keep(memory, "a")
    clocks.pass_time(8 * HOUR)
    assert memory.find(SESSION, "a") is None


@pytest.mark.parametrize("first", ["find", "find_note", "entries", "seconds_left", "touch", "drop_expired"])
def test_a_clock_that_is_set_forward_ends_a_session_for_good(
    memory: AgentMemory, clocks: TwoClocks, first: str
) -> None:
    """Whoever looked first when it had expired: setting the clock back again does not bring it back."""
    keep(memory, "a")
    clocks.set_wall(NOON + HOUR)
    looks: dict[str, Callable[[], object]] = {
        "find": lambda: memory.find(SESSION, "a"),
        "find_note": lambda: memory.find_note(SESSION, "a"),
        "entries": lambda: memory.entries(SESSION),
        "seconds_left": lambda: memory.seconds_left(SESSION, "a"),
        "touch": lambda: memory.touch(SESSION, "a", HOUR),
        "drop_expired": memory.drop_expired,
    }
    looks[first]()
    clocks.set_wall(NOON)
    assert memory.find(SESSION, "a") is None


@pytest.mark.parametrize("back", [1, HOUR, 400 * 24 * HOUR])
def test_a_clock_that_is_set_back_prolongs_nothing(memory: AgentMemory, clocks: TwoClocks, back: int) -> None:
    """What has been kept for its time is over, whatever the wall clock says, before and after it is looked at."""
    keep(memory, "a")
    keep(memory, "key", kind=DATA_KEY)
    clocks.set_wall(NOON - back)
    clocks.pass_time(HOUR - 1)
    assert (memory.find(SESSION, "a"), memory.find(DATA_KEY, "key")) == (b"a", b"key")
    clocks.pass_time(1)
    assert (memory.find(SESSION, "a"), memory.find(DATA_KEY, "key")) == (None, None)


def test_a_vault_locks_after_an_idle_hour_even_asleep(memory: AgentMemory, clocks: TwoClocks) -> None:
    """Each use counts; time asleep is time without use, also if the wall clock stood still."""
    cache = UnlockedKeyCache(memory, clock=clocks.wall)
    cache.keep_key("vault", KEY)
    for _ in range(3):
        clocks.pass_time(LOCK_AFTER - 1)
        assert cache.use_key("vault") == KEY
    clocks.pass_time(LOCK_AFTER)
    assert cache.use_key("vault") is None
    cache.keep_key("vault", KEY)
    clocks.pass_time(LOCK_AFTER, wall=False)
    assert cache.use_key("vault") is None


@pytest.mark.parametrize("shift", [0, -HOUR, -10 * HOUR, -30 * 24 * HOUR])
def test_a_vault_in_use_locks_after_twelve_hours_whatever_the_wall_clock_says(
    memory: AgentMemory, clocks: TwoClocks, shift: int
) -> None:
    """A clock that is set back while the vault is in use does not add to them."""
    cache = UnlockedKeyCache(memory, clock=clocks.wall)
    cache.keep_key("vault", KEY)
    clocks.set_wall(NOON + shift)
    for _ in range(LONGEST // (30 * MINUTE) - 1):
        clocks.pass_time(30 * MINUTE)
        assert cache.use_key("vault") == KEY
    clocks.pass_time(30 * MINUTE)
    assert cache.use_key("vault") is None


def test_touching_does_not_outlast_the_expiry(memory: AgentMemory, clocks: TwoClocks) -> None:
    """A longer timeout ends with it; a shorter one counts."""
    memory.add(DATA_KEY, "key", b"x", expires_at=NOON + HOUR, timeout=MINUTE)
    assert memory.seconds_left(DATA_KEY, "key") == MINUTE
    memory.touch(DATA_KEY, "key", 5 * HOUR)
    assert memory.seconds_left(DATA_KEY, "key") == HOUR
    memory.touch(DATA_KEY, "key", -7)
    assert memory.seconds_left(DATA_KEY, "key") == 1
    clocks.pass_time(1)
    assert memory.find(DATA_KEY, "key") is None


def test_what_has_expired_already_is_not_kept(memory: AgentMemory) -> None:
    """Whatever its timeout; the older entry stays."""
    keep(memory, "a")
    assert not memory.add(SESSION, "a", b"new", expires_at=NOON, timeout=HOUR)
    assert memory.find(SESSION, "a") == b"a"


def test_dropping_the_expired_says_when_to_come_again(memory: AgentMemory, clocks: TwoClocks) -> None:
    """Seconds until the next end, by whichever clock; None when nothing is held."""
    assert memory.drop_expired() is None
    keep(memory, "long", 10 * HOUR)
    keep(memory, "short", HOUR)
    memory.add(DATA_KEY, "idle", b"x", expires_at=NOON + 12 * HOUR, timeout=MINUTE)
    assert memory.drop_expired() == MINUTE
    clocks.pass_time(MINUTE)
    assert memory.drop_expired() == HOUR - MINUTE
    clocks.set_wall(NOON + 10 * HOUR - 5)
    assert memory.drop_expired() == 5
    clocks.pass_time(5)
    assert memory.drop_expired() is None


@pytest.mark.parametrize("way", ["expiry", "remove", "clear", "replacement", "room"])
def test_what_is_dropped_is_overwritten(memory: AgentMemory, clocks: TwoClocks, way: str) -> None:
    """The payload's own bytes are zeros afterwards, whoever still has a reference to them."""
    keep(memory, "first", HOUR)
    payload = memory._held[SESSION, "first"].payload  # noqa: SLF001 - what a debugger would see
    assert payload == b"first"
    if way == "expiry":
        clocks.pass_time(HOUR)
        memory.drop_expired()
    elif way == "replacement":
        keep(memory, "first", 2 * HOUR)
    elif way == "room":
        fill(memory, MOST_ENTRIES, life=2 * HOUR)
    else:
        memory.remove(SESSION, "first") if way == "remove" else memory.clear()
    assert payload == bytes(5)


def fill(memory: AgentMemory, number: int, life: int = HOUR, kind: str = SESSION) -> None:
    """Keep entries, each to expire a second after the one before it."""
    for each in range(number):
        assert keep(memory, f"fill-{each}", life + each, kind)


def test_the_session_that_ends_first_makes_room(memory: AgentMemory) -> None:
    """Refresh tokens and data keys stay, even if they end earlier."""
    keep(memory, "token", MINUTE, TOKEN)
    keep(memory, "key", MINUTE, DATA_KEY)
    fill(memory, MOST_ENTRIES - 2)
    assert keep(memory, "last", 2 * HOUR)
    assert keep(memory, "one more token", kind=TOKEN)
    assert identities(memory) == {f"fill-{each}" for each in range(2, MOST_ENTRIES - 2)} | {"last"}
    assert (memory.find(TOKEN, "token"), memory.find(DATA_KEY, "key")) == (b"token", b"key")


def test_replacing_an_entry_of_a_full_memory_drops_no_other(memory: AgentMemory) -> None:
    """The refresh of one session costs no other."""
    fill(memory, MOST_ENTRIES)
    before = identities(memory)
    assert keep(memory, "fill-7", 2 * HOUR)
    assert identities(memory) == before


def test_the_expired_make_room_before_any_living_session(memory: AgentMemory, clocks: TwoClocks) -> None:
    """After a long sleep nothing else has to go."""
    fill(memory, MOST_ENTRIES // 2, kind="other")
    clocks.pass_time(HOUR + MOST_ENTRIES)
    now = NOON + HOUR + MOST_ENTRIES
    for each in range(MOST_ENTRIES // 2):
        keep(memory, f"living-{each}", now=now)
    assert keep(memory, "one more", now=now)
    assert len(identities(memory)) == MOST_ENTRIES // 2 + 1


def test_without_a_session_to_drop_nothing_more_is_kept(memory: AgentMemory) -> None:
    """It is refused, and everything else is still there."""
    fill(memory, MOST_ENTRIES, kind=TOKEN)
    assert not keep(memory, "one more")
    assert not keep(memory, "one more", kind=TOKEN)
    assert len(identities(memory, TOKEN)) == MOST_ENTRIES


def test_a_payload_or_note_that_is_too_large_is_refused(memory: AgentMemory) -> None:
    """At 64 KiB it is kept, with one more byte it is not; the older entry stays."""
    assert memory.add(SESSION, "a", b"x" * LARGEST, expires_at=NOON + 9, timeout=9, note="n" * LARGEST)
    assert not memory.add(SESSION, "a", b"x" * (LARGEST + 1), expires_at=NOON + 9, timeout=9)
    assert not memory.add(SESSION, "a", b"", expires_at=NOON + 9, timeout=9, note="n" * (LARGEST + 1))
    assert memory.find(SESSION, "a") == b"x" * LARGEST


def test_threads_never_see_half_an_entry() -> None:
    """While some replace, remove, list and drop, a reader finds a whole payload with its own note, or nothing."""
    memory, end, problems = AgentMemory(), time.monotonic() + 1, []
    marks = [str(number) * 999 for number in range(8)]

    def work(mark: str) -> None:
        try:
            while time.monotonic() < end:
                memory.add(SESSION, "a", mark.encode(), expires_at=int(time.time()) + HOUR, timeout=HOUR, note=mark)
                found = memory.find(SESSION, "a")
                assert found is None or found.decode() in marks
                assert all(entry.note in marks for entry in memory.entries(SESSION))
                memory.touch(SESSION, "a", MINUTE)
                memory.drop_expired()
                if mark[0] == "7":
                    memory.clear()
        except BaseException as error:
            problems.append(error)
            raise

    threads = [threading.Thread(target=work, args=(mark,)) for mark in marks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []


def test_time_since_boot_counts_sleep_where_the_system_can() -> None:
    """On Linux it is the uptime, which includes the time asleep, and not the monotonic clock, which does not."""
    uptime = float(Path("/proc/uptime").read_text().split()[0])
    assert abs(time_since_boot() - uptime) < 2
    assert memory_module._CLOCK_DURING_SLEEP == time.CLOCK_BOOTTIME  # noqa: SLF001


def test_without_such_a_clock_the_monotonic_one_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on systems that have neither Linux's nor macOS's."""
    monkeypatch.setattr(memory_module, "_CLOCK_DURING_SLEEP", None)
    assert abs(time_since_boot() - time.monotonic()) < 1
