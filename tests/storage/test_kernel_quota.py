"""The real quota of an ordinary user in the kernel keyring: what is evicted when it is used up, and what never is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.storage.child_processes import become_nobody, in_child, wait_until
from tests.storage.kernel_keyrings import HOUR, add, identities, temporary_kernel_keyring

if TYPE_CHECKING:
    from collections.abc import Callable

    from shellvault.storage.kernel_keyring import KernelKeyring

LARGE = b"x" * 1500
MORE_THAN_ANY_QUOTA = 260


def as_nobody(work: Callable[[KernelKeyring], object]) -> None:
    """Do something as a user with an ordinary quota, and leave nothing behind."""

    def child() -> None:
        become_nobody()
        with temporary_kernel_keyring() as kernel:
            work(kernel)

    in_child(child)


def fill(kernel: KernelKeyring, life: int = HOUR, step: int = 1, kind: str = "session") -> list[str]:
    """Add entries, each to expire after those before it, until the quota is used up; return those that fitted."""
    fitted: list[str] = []
    for number in range(MORE_THAN_ANY_QUOTA):
        added = add(kernel, f"fill-{number}", LARGE, life + number * step, kind)
        if not added or len(kernel.entries(kind)) <= len(fitted):
            return fitted
        fitted.append(f"fill-{number}")
    raise AssertionError("there is no quota")


def test_a_used_up_quota_evicts_the_session_that_expires_first() -> None:
    """A new session finds room; entries of other kinds stay, and so do sessions that last longer."""

    def work(kernel: KernelKeyring) -> None:
        add(kernel, "precious", life=1, kind="data-key")
        kernel.touch("data-key", "precious", HOUR)
        add(kernel, "token", life=1, kind="refresh-token")
        kernel.touch("refresh-token", "token", HOUR)
        fitted = fill(kernel)
        assert add(kernel, "last", LARGE, 2 * HOUR)
        left = identities(kernel)
        assert {"precious", "token", "last"} <= left
        assert "fill-0" not in left
        assert set(fitted[5:]) <= left
        assert kernel.find("session", "last") == LARGE
        assert (kernel.find("data-key", "precious"), kernel.find("refresh-token", "token")) == (b"payload", b"payload")

    as_nobody(work)


def test_replacing_an_entry_under_a_used_up_quota_evicts_no_other() -> None:
    """The refresh of one session costs no other."""

    def work(kernel: KernelKeyring) -> None:
        fill(kernel)
        before = identities(kernel)
        last = max(kernel.entries("session"), key=lambda entry: entry.expires_at).identity
        assert add(kernel, last, LARGE, 2 * HOUR)
        assert identities(kernel) == before

    as_nobody(work)


def test_expired_keys_are_evicted_before_any_living_one() -> None:
    """After a long sleep expired keys still count against the quota: they are the first to go."""

    def work(kernel: KernelKeyring) -> None:
        fill(kernel, life=2, step=0, kind="filler")
        kernel.remove("filler", kernel.entries("filler")[0].identity)
        assert kernel.add("session", "living", LARGE, expires_at=1, timeout=HOUR)
        wait_until(lambda: identities(kernel) == {"living"})
        assert all(add(kernel, f"new-{number}", LARGE) for number in range(5))
        assert "living" in identities(kernel)

    as_nobody(work)


def test_a_quota_used_up_by_what_is_never_evicted_refuses_and_keeps_everything() -> None:
    """Nothing is dropped in vain, and of the refused entry nothing is left."""

    def work(kernel: KernelKeyring) -> None:
        fill(kernel, kind="data-key")
        before = identities(kernel)
        assert not add(kernel, "session", LARGE)
        assert identities(kernel) == before

    as_nobody(work)
