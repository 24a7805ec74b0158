"""The real kernel keyring: who can read what, and for how long."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from shellvault.storage import keyctl
from shellvault.storage.key_writer import insert
from tests.agent.without_kernel_keyring import forbid_keyrings
from tests.storage.child_processes import (
    FORK,
    become_nobody,
    forbid_keyctl,
    in_child,
    stopped,
    wait_until,
)
from tests.storage.kernel_keyrings import (
    HOUR,
    add,
    find_key,
    identities,
    is_freed,
    key_names,
    temporary_kernel_keyring,
)

if TYPE_CHECKING:
    from shellvault.storage.kernel_keyring import KernelKeyring

MINUTE = 60
CROWD = 300
UPDATE, SETPERM, LINK, SET_TIMEOUT = 2, 5, 8, 15
ROOT = Path(__file__).parents[2]
READ = (
    "import sys; from shellvault.storage.kernel_keyring import KernelKeyring; "
    "print(KernelKeyring(sys.argv[1]).find('session', 'a'))"
)
ALONE = {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}


def list_keys(kernel: KernelKeyring) -> list[tuple[str, str]]:
    """Return the timeouts and permissions of the two keys of the entry `a`, as the kernel lists them."""
    keys = {find_key(kernel, "a"), find_key(kernel, "a", "note:session")}
    lines = [line.split() for line in Path("/proc/keys").read_text().splitlines()]
    return [(words[3], words[4]) for words in lines if int(words[0], 16) in keys]


def test_entries_with_other_prefixes_are_not_seen(kernel: KernelKeyring) -> None:
    """Neither those of another home, nor the keys of other programs; clearing leaves them alone."""
    stray = keyctl.add_key(b"user", b"shellvault-test-stray", b"x", keyctl.USER_RING)
    with temporary_kernel_keyring() as other:
        add(other, "a")
        assert kernel.entries("session") == []
        kernel.clear()
        assert identities(other) == {"a"}
    assert keyctl.read(stray) == b"x"
    keyctl.unlink(stray, keyctl.USER_RING)


def test_clearing_removes_every_key(kernel: KernelKeyring) -> None:
    """Payloads and notes of all kinds."""
    for kind in ("session", "data-key", "other"):
        add(kernel, "a", kind=kind)
    assert len(key_names(kernel)) == 6
    kernel.clear()
    assert key_names(kernel) == []


def test_an_entry_disappears_when_it_expires(kernel: KernelKeyring) -> None:
    """The kernel forgets both of its keys."""
    add(kernel, "short", life=1)
    add(kernel, "long")
    wait_until(lambda: "short" not in identities(kernel))
    assert kernel.find("session", "short") is None
    assert identities(kernel) == {"long"}


@pytest.mark.parametrize("timeout", [0, -1])
def test_an_entry_without_a_timeout_is_refused(kernel: KernelKeyring, timeout: int) -> None:
    """To the kernel a timeout of 0 means for ever, so it is never passed on."""
    assert not kernel.add("session", "a", b"x", expires_at=1, timeout=timeout)
    assert key_names(kernel) == []


def test_touching_an_entry_prolongs_it(kernel: KernelKeyring) -> None:
    """Touching sets a new timeout on both keys, never none, and reports when there is no entry."""
    assert kernel.add("session", "a", b"x", expires_at=1_999_999_999, timeout=100, note="about a")
    assert kernel.touch("session", "a", 3 * HOUR)
    assert 3 * HOUR - MINUTE <= (kernel.seconds_left("session", "a") or 0) <= 3 * HOUR
    assert {timeout for timeout, _permissions in list_keys(kernel)} <= {"2h", "3h"}
    note = kernel.find_note("session", "a")
    assert note
    assert (note.expires_at, note.note) == (1_999_999_999, "about a")
    kernel.touch("session", "a", 0)
    wait_until(lambda: kernel.find("session", "a") is None)
    assert not kernel.touch("session", "a", HOUR)


def test_an_entry_that_is_replaced_while_it_is_touched_is_the_new_one(
    kernel: KernelKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of the old one comes back, and the new one keeps its note: `lock` finds keys by their notes."""
    add(kernel, "a", b"old")
    update = keyctl.update

    def replace_first(key_id: int, payload: bytes) -> None:
        kernel.remove("session", "a")
        add(kernel, "a", b"new", life=100)
        update(key_id, payload)

    monkeypatch.setattr(keyctl, "update", replace_first)
    kernel.touch("session", "a", HOUR)
    assert (kernel.find("session", "a"), len(kernel.entries("session"))) == (b"new", 1)
    assert (kernel.seconds_left("session", "a") or 0) <= 100
    assert len(key_names(kernel)) == 2


def test_what_is_no_note_is_not_made_one(kernel: KernelKeyring) -> None:
    """It would hide that the entry has none."""
    add(kernel, "a")
    insert(f"{kernel.prefix}note:session:a".encode(), b"damaged", HOUR)
    kernel.touch("session", "a", HOUR)
    assert kernel.find("note:session", "a") == b"damaged"


def test_a_touched_entry_whose_note_cannot_be_replaced_seems_to_end_too_early(kernel: KernelKeyring) -> None:
    """It never seems to live longer than it does."""
    add(kernel, "a", life=100)

    def child() -> tuple[bool, int | None]:
        forbid_keyctl(UPDATE)
        return kernel.touch("session", "a", HOUR), kernel.seconds_left("session", "a")

    touched, left = in_child(child)
    assert touched
    assert (left or 0) <= 100
    assert len(key_names(kernel)) == 2


@pytest.mark.parametrize("operation", [SETPERM, LINK, SET_TIMEOUT])
def test_a_key_enters_the_user_keyring_only_when_it_is_complete(kernel: KernelKeyring, operation: int) -> None:
    """Stopped at any step of adding, no key is left without a timeout or with the wrong permissions."""

    def child() -> bool:
        forbid_keyctl(operation)
        return add(kernel, "a")

    assert not in_child(child)
    assert key_names(kernel) == []


def test_a_key_has_a_timeout_and_is_closed_to_group_and_others(kernel: KernelKeyring) -> None:
    """The kernel's own listing says so, of the payload and of the note."""
    add(kernel, "a", life=MINUTE // 2)
    found = list_keys(kernel)
    assert len(found) == 2
    assert all(timeout in ("30s", "29s", "28s") for timeout, _permissions in found)
    assert all(permissions == "3f3f0000" for _timeout, permissions in found)


def test_a_reader_sees_the_old_or_the_new_entry_but_never_none(kernel: KernelKeyring) -> None:
    """While a writer keeps replacing an entry, every read and every listing finds one."""
    kernel.add("session", "a", b"-1", expires_at=1_999_999_999, timeout=HOUR)

    def write() -> None:
        for number in range(1500):
            assert kernel.add("session", "a", str(number).encode(), expires_at=2_000_000_000 + number, timeout=HOUR)

    writer = FORK.Process(target=write)
    writer.start()
    seen, listed = set(), set()
    while writer.is_alive():
        found = kernel.find("session", "a")
        assert found
        seen.add(found)
        (entry,) = kernel.entries("session")
        listed.add(entry.expires_at)
    writer.join()
    assert len(seen) > 1
    assert len(listed) > 1
    assert writer.exitcode == 0
    assert [entry.expires_at for entry in kernel.entries("session")] == [2_000_001_499]
    assert len(key_names(kernel)) == 2


def test_a_reader_that_is_stopped_still_finds_the_new_entry(kernel: KernelKeyring) -> None:
    """Stopped anywhere while it reads, until the key that it found is replaced and freed, it looks again."""
    for number in range(CROWD):  # so that listing takes long
        add(kernel, str(number), kind="crowd")
    add(kernel, "a")
    end = FORK.Event()

    def read() -> None:
        while not end.is_set():
            assert kernel.find("session", "a") == b"payload"
            assert len(kernel.entries("session")) == 1

    reader = FORK.Process(target=read, daemon=True)
    reader.start()
    for _ in range(40):
        time.sleep(0.003)
        with stopped(reader.pid or 0):
            old = find_key(kernel, "a"), find_key(kernel, "a", "note:session")
            add(kernel, "a")
            wait_until(lambda: all(map(is_freed, old)))  # noqa: B023 - called at once
    end.set()
    reader.join()
    assert reader.exitcode == 0


def test_replacing_an_entry_leaves_the_new_one_only(kernel: KernelKeyring) -> None:
    """Also within one second, with the same expiry."""
    for payload in (b"first", b"second", b"third"):
        assert kernel.add("session", "a", payload, expires_at=2_000_000_000, timeout=HOUR)
        assert kernel.find("session", "a") == payload
        assert len(key_names(kernel)) == 2


def test_concurrent_writers_never_remove_each_others_entry(kernel: KernelKeyring) -> None:
    """Ten processes replacing one entry leave one that is readable and listed."""
    writers = [FORK.Process(target=lambda: [add(kernel, "a") for _ in range(50)]) for _ in range(10)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert kernel.find("session", "a")
    assert len(kernel.entries("session")) == 1


@pytest.mark.parametrize("elsewhere", [["keyctl", "session", "-"], ["setsid", "--wait"], ["env"]])
def test_another_session_of_the_same_user_can_read_it(kernel: KernelKeyring, elsewhere: list[str]) -> None:
    """A shell in another terminal, login or session keyring finds the entry."""
    add(kernel, "a", b"from afar")
    environ = {"PATH": os.environ["PATH"], **ALONE}
    command = [*elsewhere, sys.executable, "-c", READ, kernel.prefix]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
    assert done.stdout == "b'from afar'\n"


def test_another_user_can_neither_read_nor_see_it(kernel: KernelKeyring) -> None:
    """Even with the key's id, another user can neither read, prolong nor remove it."""
    add(kernel, "a")
    keys = find_key(kernel, "a"), find_key(kernel, "a", "note:session")

    def child() -> list[str]:
        become_nobody()
        kernel.remove("session", "a")
        actions = [
            *(lambda key=key: keyctl.read(key) for key in keys),
            *(lambda key=key: keyctl.set_timeout(key, HOUR) for key in keys),
            *(lambda key=key: keyctl.unlink(key, keyctl.USER_RING) for key in keys),
        ]
        return [_outcome(action) for action in actions] + [
            str(kernel.find("session", "a")),
            str(kernel.entries("session")),
            str(kernel.touch("session", "a", HOUR)),
        ]

    *refused, found, entries, touched = in_child(child)
    assert set(refused) <= {"PermissionError", "ENOENT", "ENOKEY"}
    assert (found, entries, touched) == ("None", "[]", "False")
    assert identities(kernel) == {"a"}
    assert kernel.find("session", "a")


def test_a_container_that_forbids_keyrings_is_no_error(kernel: KernelKeyring) -> None:
    """Where the system calls are denied, every method returns and none raises."""

    def child() -> tuple[object, ...]:
        forbid_keyrings()
        kernel.remove("session", "a")
        kernel.clear()
        found = kernel.entries("session"), kernel.find("session", "a"), kernel.find_note("session", "a")
        return (
            kernel.is_available(),
            add(kernel, "a"),
            kernel.touch("session", "a", 1),
            *found,
            kernel.seconds_left("session", "a"),
        )

    assert in_child(child) == (False, False, False, [], None, None, None)


def test_finding_an_entry_takes_no_longer_among_other_keys(kernel: KernelKeyring) -> None:
    """It is found by name: a search for each type of key, and one read, whatever else the user keyring holds."""
    add(kernel, "a")
    before = _count_keyctl_calls(kernel)
    for number in range(CROWD):
        add(kernel, str(number), kind="crowd")
    assert _count_keyctl_calls(kernel) == before <= 3


def test_loading_it_is_cheap() -> None:
    """It imports none of the modules that the warm path cannot afford."""
    modules = "shellvault.storage.kernel_keyring, shellvault.storage.sealed.unlocked_key_cache"
    code = f"import sys; import {modules}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-S", "-c", code], env=ALONE, capture_output=True, text=True, check=True)
    heavy = {"typing", "dataclasses", "pathlib", "re", "json", "logging", "subprocess", "contextlib", "functools"}
    assert (heavy | {"ctypes", "enum", "socket"}) & set(done.stdout.split()) == set()


def _count_keyctl_calls(kernel: KernelKeyring) -> int:
    """Return how many system calls on keys finding an entry takes, traced in another process."""
    command = ["strace", "-f", "-qq", "-e", "trace=keyctl,add_key,request_key", sys.executable, "-c", READ]
    environ = {"PATH": os.environ["PATH"], **ALONE}
    done = subprocess.run([*command, kernel.prefix], env=environ, capture_output=True, text=True, check=True)
    assert done.stdout == "b'payload'\n"
    return done.stderr.count("keyctl(")


def _outcome(action: object) -> str:
    try:
        assert callable(action)
        action()
    except PermissionError:
        return "PermissionError"
    except OSError as error:
        return {2: "ENOENT", 126: "ENOKEY"}.get(error.errno or 0, str(error))
    return "done"
