"""The kernel keyring, the real one: who can read what, and for how long."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from shellvault.storage import keyctl
from tests.storage.sealed_support import (
    FORK,
    HOUR,
    add,
    become_nobody,
    eventually,
    forbid_keyctl,
    forbid_keyrings,
    identities,
    in_child,
    own_kernel,
    stopped,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shellvault.storage.kernel_keyring import KernelKeyring

MINUTE = 60
CROWD = 300
SETPERM, LINK, SET_TIMEOUT = 5, 8, 15
ROOT = Path(__file__).parents[2]
READ = (
    "import sys; from shellvault.storage.kernel_keyring import KernelKeyring; "
    "print(KernelKeyring(sys.argv[1]).find('session', 'a')[1])"
)


@pytest.fixture
def kernel() -> Iterator[KernelKeyring]:
    """Give a kernel keyring under a prefix of its own."""
    with own_kernel() as kernel:
        yield kernel


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
    eventually(lambda: kernel.read(key_id) is None)
    assert not kernel.touch(key_id, HOUR)


@pytest.mark.parametrize("operation", [SETPERM, LINK, SET_TIMEOUT])
def test_a_key_is_in_the_user_keyring_only_when_finished(kernel: KernelKeyring, operation: int) -> None:
    """Stopped at any step of adding, nothing is left: no key without an end, none with other rights than meant."""

    def child() -> bool:
        forbid_keyctl(operation)
        return add(kernel, "a")

    assert not in_child(child)
    assert kernel.entries() == []


def test_a_key_has_an_end_and_is_closed_to_group_and_others(kernel: KernelKeyring) -> None:
    """The kernel's own listing says so."""
    add(kernel, "a", life=MINUTE // 2)
    (entry,) = kernel.entries()
    lines = (line.split() for line in Path("/proc/keys").read_text().splitlines())
    (words,) = (words for words in lines if int(words[0], 16) == entry.key_id)
    assert words[3] in ("30s", "29s", "28s")
    assert words[4] == "3f3f0000"


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


def test_a_reader_that_is_held_up_still_finds_the_new_entry(kernel: KernelKeyring) -> None:
    """Stopped anywhere in its reading, until what it saw is replaced and freed, it looks again."""
    for number in range(CROWD):  # so that it has much to look at
        add(kernel, str(number), kind="crowd")
    add(kernel, "a")
    end = FORK.Event()

    def read() -> None:
        while not end.is_set():
            found = kernel.find("session", "a")
            assert found
            assert found[1] == b"payload"

    reader = FORK.Process(target=read, daemon=True)
    reader.start()
    for _ in range(40):
        time.sleep(0.003)
        with stopped(reader.pid or 0):
            (old,) = (entry for entry in kernel.entries() if entry.identity == "a")
            add(kernel, "a")
            eventually(partial(is_gone, kernel, old.key_id))
    end.set()
    reader.join()
    assert reader.exitcode == 0


def is_gone(kernel: KernelKeyring, key_id: int) -> bool:
    """Return whether the kernel has freed a key, which it does some milliseconds after the key was unlinked."""
    return kernel.read(key_id) is None


def test_an_entry_replaced_by_one_that_looks_alike_is_still_there(kernel: KernelKeyring) -> None:
    """The kernel unlinks by description: two entries of the same second must not be taken for one another."""
    for payload in (b"first", b"second", b"third"):
        assert kernel.add("session", "a", payload, expires_at=2_000_000_000, timeout=HOUR)
        found = kernel.find("session", "a")
        assert found
        assert found[1] == payload
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
    modules = "shellvault.storage.kernel_keyring, shellvault.storage.sealed.unlocked_key_cache"
    code = f"import sys; import {modules}; print(*sys.modules)"
    environ = {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([sys.executable, "-S", "-c", code], env=environ, capture_output=True, text=True, check=True)
    heavy = {"typing", "dataclasses", "pathlib", "re", "json", "logging", "subprocess", "contextlib", "functools"}
    assert heavy & set(done.stdout.split()) == set()
