"""How long the agent's memory keeps an entry, by which clock, and how many entries it keeps."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from shellvault.agent.memory import LARGEST, MOST_ENTRIES, AgentMemory
from shellvault.storage.sealed.unlocked_key_cache import DATA_KEY, LOCK_AFTER, LONGEST, UnlockedKeyCache
from shellvault.system import deadline
from shellvault.system.deadline import time_since_boot
from tests.agent.two_clocks import NOON, TwoClocks

if TYPE_CHECKING:
    from collections.abc import Callable

MINUTE, HOUR = 60, 3600
KEY = bytes(range(32))
SESSION, TOKEN = "session", "refresh-token"


@pytest.fixture
def clocks() -> TwoClocks:
    """Return a machine's two clocks."""
    return TwoClocks()


@pytest.fixture
def memory(clocks: TwoClocks) -> AgentMemory:
    """Return an agent's memory that uses these clocks."""
    return AgentMemory(clocks.wall, clocks.since_boot)


def keep(memory: AgentMemory, identity: str, life: int = HOUR, kind: str = SESSION, now: int = NOON) -> bool:
    """Keep an entry that expires `life` seconds from now; return whether it was accepted."""
    return memory.add(kind, identity, identity.encode(), expires_at=now + life, timeout=life)


def identities(memory: AgentMemory, kind: str = SESSION) -> set[str]:
    """Return the identities of the entries of a kind."""
    return {entry.identity for entry in memory.entries(kind)}


def test_a_session_expires_on_the_second(memory: AgentMemory, clocks: TwoClocks) -> None:
    """It is found up to then; afterwards it can be neither found, listed nor touched."""
    keep(memory, "a")
    clocks.pass_time(HOUR - 1)
    assert (memory.find(SESSION, "a"), memory.seconds_left(SESSION, "a")) == (b"a", 1)
    clocks.pass_time(1)
    assert not memory.touch(SESSION, "a", HOUR)
    assert (memory.find(SESSION, "a"), memory.find_note(SESSION, "a"), memory.entries(SESSION)) == (None, None, [])
    assert memory.seconds_left(SESSION, "a") is None


def test_a_session_expires_while_the_machine_sleeps(memory: AgentMemory, clocks: TwoClocks) -> None:
    """Both clocks advance while none of our code runs."""
    keep(memory, "a")
    clocks.pass_time(8 * HOUR)
    assert memory.find(SESSION, "a") is None


@pytest.mark.parametrize("first", ["find", "find_note", "entries", "seconds_left", "touch", "drop_expired"])
def test_setting_the_clock_forward_ends_a_session_for_good(memory: AgentMemory, clocks: TwoClocks, first: str) -> None:
    """Whichever call notices the expiry, setting the clock back does not bring the session back."""
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
def test_setting_the_clock_back_prolongs_nothing(memory: AgentMemory, clocks: TwoClocks, back: int) -> None:
    """Once its timeout has passed, an entry is gone, whatever the wall clock says."""
    keep(memory, "a")
    keep(memory, "key", kind=DATA_KEY)
    clocks.set_wall(NOON - back)
    clocks.pass_time(HOUR - 1)
    assert (memory.find(SESSION, "a"), memory.find(DATA_KEY, "key")) == (b"a", b"key")
    clocks.pass_time(1)
    assert (memory.find(SESSION, "a"), memory.find(DATA_KEY, "key")) == (None, None)


def test_a_vault_locks_after_an_idle_hour_even_if_the_machine_slept(memory: AgentMemory, clocks: TwoClocks) -> None:
    """Each use restarts the hour; time asleep counts as idle, even if the wall clock stood still."""
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
    """Setting the clock back while the vault is in use does not prolong them."""
    cache = UnlockedKeyCache(memory, clock=clocks.wall)
    cache.keep_key("vault", KEY)
    clocks.set_wall(NOON + shift)
    for _ in range(LONGEST // (30 * MINUTE) - 1):
        clocks.pass_time(30 * MINUTE)
        assert cache.use_key("vault") == KEY
    clocks.pass_time(30 * MINUTE)
    assert cache.use_key("vault") is None


def test_touching_an_entry_does_not_prolong_it_past_its_expiry(memory: AgentMemory, clocks: TwoClocks) -> None:
    """A longer timeout is cut at the expiry; a shorter one is used."""
    memory.add(DATA_KEY, "key", b"x", expires_at=NOON + HOUR, timeout=MINUTE)
    assert memory.seconds_left(DATA_KEY, "key") == MINUTE
    memory.touch(DATA_KEY, "key", 5 * HOUR)
    assert memory.seconds_left(DATA_KEY, "key") == HOUR
    memory.touch(DATA_KEY, "key", -7)
    assert memory.seconds_left(DATA_KEY, "key") == 1
    clocks.pass_time(1)
    assert memory.find(DATA_KEY, "key") is None


def test_an_entry_that_has_already_expired_is_refused(memory: AgentMemory) -> None:
    """Its timeout makes no difference, and the older entry stays."""
    keep(memory, "a")
    assert not memory.add(SESSION, "a", b"new", expires_at=NOON, timeout=HOUR)
    assert memory.find(SESSION, "a") == b"a"


def test_dropping_expired_entries_returns_when_the_next_one_expires(memory: AgentMemory, clocks: TwoClocks) -> None:
    """The result is in seconds, by the clock that comes first; None if the memory is empty."""
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
def test_a_dropped_payload_is_overwritten(memory: AgentMemory, clocks: TwoClocks, way: str) -> None:
    """Its bytes become zeros, even for code that still has a reference to them."""
    keep(memory, "first", HOUR)
    payload = memory._held[SESSION, "first"].payload  # noqa: SLF001 - the bytes in memory
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
    """Keep this many entries, each of which expires a second after the previous one."""
    for each in range(number):
        assert keep(memory, f"fill-{each}", life + each, kind)


def test_a_full_memory_drops_the_session_that_expires_first(memory: AgentMemory) -> None:
    """Refresh tokens and data keys stay, even if they expire earlier."""
    keep(memory, "token", MINUTE, TOKEN)
    keep(memory, "key", MINUTE, DATA_KEY)
    fill(memory, MOST_ENTRIES - 2)
    assert keep(memory, "last", 2 * HOUR)
    assert keep(memory, "one more token", kind=TOKEN)
    assert identities(memory) == {f"fill-{each}" for each in range(2, MOST_ENTRIES - 2)} | {"last"}
    assert (memory.find(TOKEN, "token"), memory.find(DATA_KEY, "key")) == (b"token", b"key")


def test_replacing_an_entry_in_a_full_memory_drops_no_other(memory: AgentMemory) -> None:
    """Renewing one session must not cost another."""
    fill(memory, MOST_ENTRIES)
    before = identities(memory)
    assert keep(memory, "fill-7", 2 * HOUR)
    assert identities(memory) == before


def test_a_full_memory_drops_expired_entries_before_any_valid_session(memory: AgentMemory, clocks: TwoClocks) -> None:
    """After a long sleep, dropping the expired ones makes enough room."""
    fill(memory, MOST_ENTRIES // 2, kind="other")
    clocks.pass_time(HOUR + MOST_ENTRIES)
    now = NOON + HOUR + MOST_ENTRIES
    for each in range(MOST_ENTRIES // 2):
        keep(memory, f"valid-{each}", now=now)
    assert keep(memory, "one more", now=now)
    assert len(identities(memory)) == MOST_ENTRIES // 2 + 1


def test_a_full_memory_without_sessions_refuses_new_entries(memory: AgentMemory) -> None:
    """It keeps everything that it already holds."""
    fill(memory, MOST_ENTRIES, kind=TOKEN)
    assert not keep(memory, "one more")
    assert not keep(memory, "one more", kind=TOKEN)
    assert len(identities(memory, TOKEN)) == MOST_ENTRIES


def test_a_payload_or_note_over_64_kib_is_refused(memory: AgentMemory) -> None:
    """Exactly 64 KiB is accepted. After a refusal, the older entry stays."""
    assert memory.add(SESSION, "a", b"x" * LARGEST, expires_at=NOON + 9, timeout=9, note="n" * LARGEST)
    assert not memory.add(SESSION, "a", b"x" * (LARGEST + 1), expires_at=NOON + 9, timeout=9)
    assert not memory.add(SESSION, "a", b"", expires_at=NOON + 9, timeout=9, note="n" * (LARGEST + 1))
    assert memory.find(SESSION, "a") == b"x" * LARGEST


def test_threads_never_see_half_an_entry() -> None:
    """While other threads change the memory, a reader gets a whole payload, a whole note, or nothing."""
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


def test_time_since_boot_includes_sleep() -> None:
    """On Linux it is the uptime, not the monotonic clock, which stops during sleep."""
    uptime = float(Path("/proc/uptime").read_text().split()[0])
    assert abs(time_since_boot() - uptime) < 2
    assert deadline._CLOCK_DURING_SLEEP == time.CLOCK_BOOTTIME  # noqa: SLF001


def test_the_monotonic_clock_is_used_if_no_clock_includes_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    """This is for systems other than Linux and macOS."""
    monkeypatch.setattr(deadline, "_CLOCK_DURING_SLEEP", None)
    assert abs(time_since_boot() - time.monotonic()) < 1
