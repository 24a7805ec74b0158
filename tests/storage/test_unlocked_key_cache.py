"""How long a sealed vault stays unlocked: its data key in the real kernel keyring, and in an agent."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from shellvault.storage.sealed.unlocked_key_cache import DATA_KEY, LOCK_AFTER, LONGEST, UnlockedKeyCache
from tests.agent.without_kernel_keyring import forbid_keyrings
from tests.storage.child_processes import in_child, wait_until
from tests.storage.kernel_keyrings import add

if TYPE_CHECKING:
    from shellvault.core.secret_memory import SecretMemory
    from shellvault.storage.kernel_keyring import KernelKeyring

KEY = bytes(range(32))
MINUTE = 60


def seconds_left(memory: SecretMemory) -> int:
    """Return how many seconds the data key will be kept."""
    return memory.seconds_left(DATA_KEY, "vault") or 0


def test_a_kept_key_is_there_for_the_next_process(kernel: KernelKeyring) -> None:
    """Another process, in a session keyring of its own, finds what this one kept."""
    assert UnlockedKeyCache(kernel).keep_key("vault", KEY)
    assert UnlockedKeyCache(kernel).use_key("vault") == KEY
    code = (
        "import sys; from shellvault.storage.kernel_keyring import KernelKeyring; "
        "from shellvault.storage.sealed.unlocked_key_cache import UnlockedKeyCache as Cache;"
        "print(Cache(KernelKeyring(sys.argv[1])).use_key('vault').hex())"
    )
    command = ["keyctl", "session", "-", sys.executable, "-c", code, kernel.prefix]
    environ = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == KEY.hex()


def test_a_vault_that_nobody_unlocked_is_locked(memory: SecretMemory) -> None:
    """It has no key and no lock time, and locking it again is fine."""
    UnlockedKeyCache(memory).keep_key("another", KEY)
    assert UnlockedKeyCache(memory).use_key("vault") is None
    assert UnlockedKeyCache(memory).find_lock_time("vault") is None
    UnlockedKeyCache(memory).lock("vault")


def test_an_idle_vault_locks(memory: SecretMemory) -> None:
    """The memory forgets the key after the idle time. The kernel does so even if none of our processes is running."""
    cache = UnlockedKeyCache(memory, lock_after=1)
    cache.keep_key("vault", KEY)
    wait_until(lambda: not memory.entries(DATA_KEY))
    assert cache.use_key("vault") is None


def test_each_use_restarts_the_idle_time(memory: SecretMemory) -> None:
    """A vault in use stays unlocked."""
    UnlockedKeyCache(memory, lock_after=10 * MINUTE).keep_key("vault", KEY)
    assert seconds_left(memory) <= 10 * MINUTE
    UnlockedKeyCache(memory, lock_after=50 * MINUTE).use_key("vault")
    assert seconds_left(memory) > 40 * MINUTE


def test_looking_at_the_lock_time_does_not_count_as_use(memory: SecretMemory) -> None:
    """It does not prolong the idle time."""
    UnlockedKeyCache(memory, lock_after=10 * MINUTE).keep_key("vault", KEY)
    UnlockedKeyCache(memory, lock_after=50 * MINUTE).find_lock_time("vault")
    assert seconds_left(memory) <= 10 * MINUTE


def test_a_vault_in_use_locks_after_twelve_hours(memory: SecretMemory) -> None:
    """Shortly before that, use prolongs the idle time up to it and no further; after it the key is removed."""
    created = time.time()
    UnlockedKeyCache(memory, clock=lambda: created).keep_key("vault", KEY)
    late = UnlockedKeyCache(memory, clock=lambda: created + LONGEST - 30)
    assert late.use_key("vault") == KEY
    assert seconds_left(memory) <= 30
    assert (late.find_lock_time("vault") or 0) <= created + LONGEST
    assert UnlockedKeyCache(memory, clock=lambda: created + LONGEST).use_key("vault") is None
    assert memory.entries(DATA_KEY) == []


def test_an_idle_time_of_more_than_twelve_hours_is_shortened_to_twelve(memory: SecretMemory) -> None:
    """No setting keeps a vault unlocked for days."""
    UnlockedKeyCache(memory, lock_after=30 * LONGEST).keep_key("vault", KEY)
    assert seconds_left(memory) <= LONGEST


def test_an_idle_time_of_zero_keeps_nothing(memory: SecretMemory) -> None:
    """Zero means never, and not for ever."""
    assert not UnlockedKeyCache(memory, lock_after=0).keep_key("vault", KEY)
    assert memory.entries(DATA_KEY) == []


def test_the_lock_time_is_reported_to_the_minute(memory: SecretMemory) -> None:
    """And never too late."""
    cache = UnlockedKeyCache(memory)
    before = int(time.time())
    cache.keep_key("vault", KEY)
    lock_time = cache.find_lock_time("vault") or 0
    assert before + LOCK_AFTER - 2 * MINUTE <= lock_time <= int(time.time()) + LOCK_AFTER


def test_locking_one_vault_leaves_the_others_unlocked(memory: SecretMemory) -> None:
    """Each vault has a key of its own; all can be locked at once, and sessions stay."""
    cache = UnlockedKeyCache(memory)
    cache.keep_key("one", KEY)
    cache.keep_key("other", KEY[::-1])
    add(memory, "one")
    cache.lock("one")
    assert (cache.use_key("one"), cache.use_key("other")) == (None, KEY[::-1])
    cache.lock_all()
    assert cache.use_key("other") is None
    assert memory.entries(DATA_KEY) == []
    assert memory.find("session", "one")


def test_where_the_kernel_refuses_nothing_is_kept_and_nothing_raises(kernel: KernelKeyring) -> None:
    """In a container without keyrings the vault is locked for each new process."""

    def child() -> tuple[object, ...]:
        forbid_keyrings()
        cache = UnlockedKeyCache(kernel)
        cache.lock("vault")
        cache.lock_all()
        return cache.keep_key("vault", KEY), cache.use_key("vault"), cache.find_lock_time("vault")

    assert in_child(child) == (False, None, None)
