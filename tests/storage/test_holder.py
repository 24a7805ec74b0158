"""How long a sealed vault stays unlocked: the data key in the real kernel keyring."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from shellvault.storage.sealed.unlocked_key_cache import LOCK_AFTER, LONGEST, UnlockedKeyCache
from tests.storage.sealed_support import forbid_keyrings, in_child, own_kernel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shellvault.storage.kernel_keyring import KernelKeyring

KEY = bytes(range(32))
MINUTE = 60


@pytest.fixture
def kernel() -> Iterator[KernelKeyring]:
    """Give a kernel keyring under a prefix of its own."""
    with own_kernel() as kernel:
        yield kernel


def left(kernel: KernelKeyring) -> int:
    """Return how many seconds the kernel will keep the one key there is."""
    (entry,) = kernel.entries()
    return kernel.seconds_left(entry.key_id) or 0


def test_a_kept_key_is_there_for_the_next_process(kernel: KernelKeyring) -> None:
    """Another process, in a session keyring of its own, finds what this one kept."""
    assert UnlockedKeyCache(kernel).keep("vault", KEY)
    assert UnlockedKeyCache(kernel).load("vault") == KEY
    code = (
        "import sys; from shellvault.storage.kernel_keyring import KernelKeyring; "
        "from shellvault.storage.sealed.unlocked_key_cache import UnlockedKeyCache as Holder;"
        "print(Holder(KernelKeyring(sys.argv[1])).load('vault').hex())"
    )
    command = ["keyctl", "session", "-", sys.executable, "-c", code, kernel._prefix]  # noqa: SLF001 - it needs the same
    environ = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == KEY.hex()


def test_a_vault_that_nobody_unlocked_is_locked(kernel: KernelKeyring) -> None:
    """No key, no end, and locking it again is fine."""
    UnlockedKeyCache(kernel).keep("another", KEY)
    assert UnlockedKeyCache(kernel).load("vault") is None
    assert UnlockedKeyCache(kernel).until("vault") is None
    UnlockedKeyCache(kernel).forget("vault")


def test_a_vault_locks_by_itself_when_idle(kernel: KernelKeyring) -> None:
    """The kernel forgets the key after the idle time, whether or not any of us still runs."""
    holder = UnlockedKeyCache(kernel, lock_after=1)
    holder.keep("vault", KEY)
    for _ in range(500):
        if not kernel.entries():
            break
        time.sleep(0.02)
    assert holder.load("vault") is None


def test_each_use_starts_the_idle_time_anew(kernel: KernelKeyring) -> None:
    """A vault in use stays unlocked."""
    UnlockedKeyCache(kernel, lock_after=10 * MINUTE).keep("vault", KEY)
    assert left(kernel) <= 10 * MINUTE
    UnlockedKeyCache(kernel, lock_after=50 * MINUTE).load("vault")
    assert left(kernel) > 40 * MINUTE


def test_asking_how_long_is_no_use(kernel: KernelKeyring) -> None:
    """Looking at the time left does not prolong it."""
    UnlockedKeyCache(kernel, lock_after=10 * MINUTE).keep("vault", KEY)
    UnlockedKeyCache(kernel, lock_after=50 * MINUTE).until("vault")
    assert left(kernel) <= 10 * MINUTE


def test_no_use_prolongs_it_past_twelve_hours(kernel: KernelKeyring) -> None:
    """Shortly before the end, use prolongs to the end and no further; after it the key is dropped."""
    born = time.time()
    UnlockedKeyCache(kernel, now=lambda: born).keep("vault", KEY)
    late = UnlockedKeyCache(kernel, now=lambda: born + LONGEST - 30)
    assert late.load("vault") == KEY
    assert left(kernel) <= 30
    assert (late.until("vault") or 0) <= born + LONGEST
    assert UnlockedKeyCache(kernel, now=lambda: born + LONGEST).load("vault") is None
    assert kernel.entries() == []


def test_an_idle_time_longer_than_twelve_hours_is_twelve_hours(kernel: KernelKeyring) -> None:
    """No setting keeps a vault unlocked for days."""
    UnlockedKeyCache(kernel, lock_after=30 * LONGEST).keep("vault", KEY)
    assert left(kernel) <= LONGEST


def test_no_idle_time_at_all_means_that_nothing_is_kept(kernel: KernelKeyring) -> None:
    """Zero is never, and not for ever."""
    assert not UnlockedKeyCache(kernel, lock_after=0).keep("vault", KEY)
    assert kernel.entries() == []


def test_it_tells_until_when_a_vault_is_unlocked(kernel: KernelKeyring) -> None:
    """The end is told to the minute, and never too late."""
    holder = UnlockedKeyCache(kernel)
    before = int(time.time())
    holder.keep("vault", KEY)
    until = holder.until("vault") or 0
    assert before + LOCK_AFTER - 2 * MINUTE <= until <= int(time.time()) + LOCK_AFTER


def test_locking_one_vault_leaves_the_others(kernel: KernelKeyring) -> None:
    """Each vault has a key of its own; without a name all are locked, and sessions stay."""
    holder = UnlockedKeyCache(kernel)
    holder.keep("one", KEY)
    holder.keep("other", KEY[::-1])
    kernel.add("session", "one", b"session", expires_at=2_000_000_000, timeout=MINUTE)
    holder.forget("one")
    assert (holder.load("one"), holder.load("other")) == (None, KEY[::-1])
    holder.forget()
    assert holder.load("other") is None
    assert [entry.kind for entry in kernel.entries()] == ["session"]


def test_where_the_kernel_refuses_it_holds_nothing_and_raises_nothing(kernel: KernelKeyring) -> None:
    """In a container without keyrings the vault is simply locked for each process anew."""

    def child() -> tuple[object, ...]:
        forbid_keyrings()
        holder = UnlockedKeyCache(kernel)
        holder.forget("vault")
        return holder.keep("vault", KEY), holder.load("vault"), holder.until("vault")

    assert in_child(child) == (False, None, None)
