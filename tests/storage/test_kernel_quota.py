"""The kernel keyring's quota, the real one of an ordinary user: what goes when it is used up, and what never does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.storage.sealed_support import HOUR, add, become_nobody, eventually, identities, in_child, own_kernel

if TYPE_CHECKING:
    from collections.abc import Callable

    from shellvault.storage.kernel_keyring import KernelKeyring

LARGE = b"x" * 1500
MORE_THAN_ANY_QUOTA = 260


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
