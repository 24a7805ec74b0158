"""The kernel keyring, the real one: who can read what, for how long, and what happens when its quota is used up."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from shellvault.stores import keyctl
from tests.stores.sealed_support import FORK, become_nobody, forbid_keyrings, in_child, own_kernel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from shellvault.stores.kernel import KernelKeyring

HOUR = 3600
ROOT = Path(__file__).parents[2]
LARGE = b"x" * 1500
MORE_THAN_ANY_QUOTA = 260
READ = (
    "import sys; from shellvault.stores.kernel import KernelKeyring as K; print(K(sys.argv[1]).find('session', 'a')[1])"
)


@pytest.fixture
def kernel() -> Iterator[KernelKeyring]:
    """Give a kernel keyring under a prefix of its own."""
    with own_kernel() as kernel:
        yield kernel


def add(
    kernel: KernelKeyring, identity: str, payload: bytes = b"payload", life: int = HOUR, kind: str = "session"
) -> bool:
    """Add an entry that lives so many seconds."""
    return kernel.add(kind, identity, payload, expires_at=int(time.time()) + life, timeout=life)


def identities(kernel: KernelKeyring) -> set[str]:
    """Return which entries there are."""
    return {entry.identity for entry in kernel.entries()}


def eventually(happened: Callable[[], bool]) -> None:
    """Wait until something has happened."""
    for _ in range(1000):
        if happened():
            return
        time.sleep(0.02)
    raise AssertionError("it never happened")


def as_nobody(work: Callable[[KernelKeyring], object]) -> None:
    """Do something as a user with an ordinary quota, and leave nothing behind."""

    def child() -> None:
        become_nobody()
        with own_kernel() as kernel:
            work(kernel)

    in_child(child)


def fill(kernel: KernelKeyring, life: int = HOUR, step: int = 1, kind: str = "session") -> list[str]:
    """Add entries, each to expire after those before it, until the quota is used up; return those that fitted."""
    fitted: list[str] = []
    for number in range(MORE_THAN_ANY_QUOTA):
        added = add(kernel, f"fill-{number}", LARGE, life + number * step, kind)
        if not added or len(kernel.entries()) <= len(fitted):
            return fitted
        fitted.append(f"fill-{number}")
    raise AssertionError("there is no quota")


def test_what_was_added_is_found(kernel: KernelKeyring) -> None:
    """An entry comes back with all that was said of it, and its payload byte by byte."""
    payload = bytes(range(256)) * 20
    assert kernel.available()
    assert kernel.add("session", "a", payload, expires_at=2_000_000_000, timeout=HOUR, detail="x:y")
    entry, found = kernel.find("session", "a") or (None, b"")
    assert found == payload
    assert entry
    assert (entry.kind, entry.identity, entry.expires_at, entry.detail) == ("session", "a", 2_000_000_000, "x:y")
    assert kernel.entries() == [entry]


def test_an_absent_entry_is_none(kernel: KernelKeyring) -> None:
    """Another identity, another kind, an unlinked entry: nothing is found, and unlinking twice is fine."""
    add(kernel, "a")
    key_id = kernel.entries()[0].key_id
    assert kernel.find("session", "b") is None
    assert kernel.find("other", "a") is None
    kernel.unlink(key_id)
    kernel.unlink(key_id)
    assert kernel.find("session", "a") is None
    assert kernel.entries() == []


def test_entries_of_other_prefixes_are_not_seen(kernel: KernelKeyring) -> None:
    """Two prefixes know nothing of each other, nor of keys that other programs keep."""
    stray = keyctl.add_key(b"user", b"shellvault-test-stray", b"x", keyctl.USER_RING)
    with own_kernel() as other:
        add(other, "a")
        assert kernel.entries() == []
    keyctl.unlink(stray, keyctl.USER_RING)


def test_an_entry_goes_when_its_time_is_over(kernel: KernelKeyring) -> None:
    """The kernel forgets an entry by itself."""
    add(kernel, "short", life=1)
    add(kernel, "long")
    eventually(lambda: "short" not in identities(kernel))
    assert kernel.find("session", "short") is None
    assert identities(kernel) == {"long"}


@pytest.mark.parametrize("timeout", [0, -1])
def test_an_entry_without_an_end_is_refused(kernel: KernelKeyring, timeout: int) -> None:
    """To the kernel a timeout of 0 means for ever: it never gets there."""
    assert not kernel.add("session", "a", b"x", expires_at=1, timeout=timeout)
    assert kernel.entries() == []


def test_a_touched_entry_lives_longer(kernel: KernelKeyring) -> None:
    """A touch sets a new end, never none, and tells when there is nothing to touch."""
    add(kernel, "a", life=100)
    key_id = kernel.entries()[0].key_id
    assert kernel.touch(key_id, 3 * HOUR)
    assert 2 * HOUR <= (kernel.seconds_left(key_id) or 0) <= 3 * HOUR
    kernel.touch(key_id, 0)
    assert (kernel.seconds_left(key_id) or 0) <= 1
    kernel.unlink(key_id)
    eventually(lambda: not kernel.touch(key_id, HOUR))  # the kernel frees an unlinked key some milliseconds later
    assert kernel.read(key_id) is None


def test_no_key_is_ever_in_the_user_keyring_without_an_end_or_open_to_others(kernel: KernelKeyring) -> None:
    """Whoever looks while keys are added sees none without a timeout, and none that group or others may touch."""

    def write() -> None:
        for number in range(300):
            add(kernel, f"{number % 5}")

    writer = FORK.Process(target=write)
    writer.start()
    seen = 0
    while writer.is_alive():
        ours = {entry.key_id for entry in kernel.entries()}
        for line in Path("/proc/keys").read_text().splitlines():
            words = line.split()
            if int(words[0], 16) in ours:
                assert words[3] != "perm"
                assert words[4] == "3f3f0000"
                seen += 1
    assert seen


def test_a_reader_sees_the_old_or_the_new_entry_but_never_none(kernel: KernelKeyring) -> None:
    """While a writer replaces an entry without pause, every reading finds one."""
    add(kernel, "a", b"-1")

    def write() -> None:
        for number in range(1500):
            assert kernel.add("session", "a", str(number).encode(), expires_at=2_000_000_000 + number, timeout=HOUR)

    writer = FORK.Process(target=write)
    writer.start()
    seen = set()
    while writer.is_alive():
        found = kernel.find("session", "a")
        assert found
        seen.add(found[1])
    writer.join()
    assert len(seen) > 1
    assert writer.exitcode == 0
    assert [entry.expires_at for entry in kernel.entries()] == [2_000_001_499]


def test_an_entry_replaced_by_one_that_looks_alike_is_still_there(kernel: KernelKeyring) -> None:
    """The kernel unlinks by description: two entries of the same second must not be taken for one another."""
    for payload in (b"first", b"second", b"third"):
        assert kernel.add("session", "a", payload, expires_at=2_000_000_000, timeout=HOUR)
    found = kernel.find("session", "a")
    assert found
    assert found[1] == b"third"
    assert len(kernel.entries()) == 1


def test_writers_at_once_never_remove_each_others_entry(kernel: KernelKeyring) -> None:
    """Ten processes replacing one entry leave one that is readable."""
    writers = [FORK.Process(target=lambda: [add(kernel, "a") for _ in range(50)]) for _ in range(10)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert kernel.find("session", "a")


@pytest.mark.parametrize("elsewhere", [["keyctl", "session", "-"], ["setsid", "--wait"], ["env"]])
def test_another_session_of_the_same_user_reads_it(kernel: KernelKeyring, elsewhere: list[str]) -> None:
    """A shell in another terminal, login or session keyring finds the entry."""
    add(kernel, "a", b"from afar")
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [*elsewhere, sys.executable, "-c", READ, kernel._prefix]  # noqa: SLF001 - the reader needs the same
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
    assert done.stdout == "b'from afar'\n"


def test_another_user_neither_reads_nor_sees_it(kernel: KernelKeyring) -> None:
    """Even who knows the key's number gets nothing, and can neither prolong nor drop it."""
    add(kernel, "a")
    key_id = kernel.entries()[0].key_id

    def child() -> tuple[object, ...]:
        become_nobody()
        kernel.unlink(key_id)
        return kernel.read(key_id), kernel.entries(), kernel.touch(key_id, HOUR)

    assert in_child(child) == (None, [], False)
    assert identities(kernel) == {"a"}


def test_a_used_up_quota_costs_the_session_that_expires_soonest() -> None:
    """A new session finds room; entries of another kind stay, as does whatever lasts longer."""

    def work(kernel: KernelKeyring) -> None:
        add(kernel, "precious", life=1, kind="data-key")
        kernel.touch(kernel.entries()[0].key_id, HOUR)
        fitted = fill(kernel)
        assert add(kernel, "last", LARGE, 2 * HOUR)
        left = identities(kernel)
        assert {"precious", "last"} <= left
        assert "fill-0" not in left
        assert set(fitted[5:]) <= left

    as_nobody(work)


def test_a_used_up_quota_lets_an_entry_be_replaced_at_nobody_elses_cost() -> None:
    """The refresh of one session pushes no other out."""

    def work(kernel: KernelKeyring) -> None:
        fill(kernel)
        before = identities(kernel)
        last = max(kernel.entries(), key=lambda entry: entry.expires_at).identity
        assert add(kernel, last, LARGE, 2 * HOUR)
        assert identities(kernel) == before

    as_nobody(work)


def test_expired_keys_make_room_before_any_living_one() -> None:
    """After a long sleep the dead keys still weigh on the quota: they go first."""

    def work(kernel: KernelKeyring) -> None:
        fill(kernel, life=2, step=0, kind="filler")
        kernel.unlink(kernel.entries()[0].key_id)
        assert kernel.add("session", "living", LARGE, expires_at=1, timeout=HOUR)
        eventually(lambda: identities(kernel) == {"living"})
        assert all(add(kernel, f"new-{number}", LARGE) for number in range(5))
        assert "living" in identities(kernel)

    as_nobody(work)


def test_a_quota_used_up_by_what_may_not_go_refuses_and_keeps_everything() -> None:
    """Nothing is dropped in vain."""

    def work(kernel: KernelKeyring) -> None:
        fill(kernel, kind="data-key")
        before = identities(kernel)
        assert not add(kernel, "session", LARGE)
        assert identities(kernel) == before

    as_nobody(work)


def test_a_container_that_forbids_keyrings_is_no_error(kernel: KernelKeyring) -> None:
    """Where the system calls are filtered away, every question has an answer and nothing raises."""

    def child() -> tuple[object, ...]:
        forbid_keyrings()
        kernel.unlink(1)
        found = kernel.entries(), kernel.find("session", "a"), kernel.read(1), kernel.seconds_left(1)
        return kernel.available(), add(kernel, "a"), kernel.touch(1, 1), *found

    assert in_child(child) == (False, False, False, [], None, None, None)


def test_it_costs_a_warm_start_little() -> None:
    """Loading it pulls in none of the modules that a warm start cannot pay for."""
    code = "import sys; import shellvault.stores.kernel, shellvault.stores.holder; print(*sys.modules)"
    environ = {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([sys.executable, "-S", "-c", code], env=environ, capture_output=True, text=True, check=True)
    heavy = {"typing", "dataclasses", "pathlib", "re", "json", "logging", "subprocess", "contextlib", "functools"}
    assert heavy & set(done.stdout.split()) == set()
