"""The real quota of an ordinary user in the kernel keyring: what is evicted when it is used up, and what never is."""

from __future__ import annotations

import base64
import os
from typing import TYPE_CHECKING

from shellvault.doctor.finding import OK, WARN
from shellvault.doctor.vault_check import check_memory
from shellvault.storage.kernel_keyring import FULL, KernelKeyring
from tests.storage.child_processes import become_somebody_new, in_child, wait_until
from tests.storage.kernel_keyrings import HOUR, add, identities, temporary_kernel_keyring

if TYPE_CHECKING:
    from collections.abc import Callable

LARGE = os.urandom(1500)  # as incompressible as a session's content
MORE_THAN_ANY_QUOTA = 260


def as_somebody_new(work: Callable[[KernelKeyring], object]) -> None:
    """Run this as a user with an ordinary quota, and clean up."""

    def child() -> None:
        become_somebody_new()
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

    as_somebody_new(work)


def test_doctor_warns_of_a_quota_that_is_nearly_used_up() -> None:
    """Before that, it says how much is in use."""

    def work(kernel: KernelKeyring) -> None:
        before = check_memory(kernel)
        fill(kernel)
        after = check_memory(kernel)
        assert (before.state, before.message.endswith("; 1% of your quota there is in use")) == (OK, True)
        assert (after.state, after.fix.rpartition("; ")[2]) == (WARN, "shellvault clear removes the sessions")

    as_somebody_new(work)


def test_replacing_an_entry_under_a_used_up_quota_evicts_no_other() -> None:
    """The refresh of one session costs no other."""

    def work(kernel: KernelKeyring) -> None:
        fill(kernel)
        before = identities(kernel)
        last = max(kernel.entries("session"), key=lambda entry: entry.expires_at).identity
        assert add(kernel, last, LARGE, 2 * HOUR)
        assert identities(kernel) == before

    as_somebody_new(work)


def test_expired_keys_are_evicted_before_any_living_one() -> None:
    """After a long sleep expired keys still count against the quota: they are the first to go."""

    def work(kernel: KernelKeyring) -> None:
        fill(kernel, life=2, step=0, kind="filler")
        kernel.remove("filler", kernel.entries("filler")[0].identity)
        assert kernel.add("session", "living", LARGE, expires_at=1, timeout=HOUR)
        wait_until(lambda: identities(kernel) == {"living"})
        assert all(add(kernel, f"new-{number}", LARGE) for number in range(5))
        assert "living" in identities(kernel)

    as_somebody_new(work)


def test_a_quota_used_up_by_what_is_never_evicted_refuses_and_keeps_everything() -> None:
    """Nothing is dropped in vain, and of the refused entry nothing is left."""

    def work(kernel: KernelKeyring) -> None:
        fill(kernel, kind="data-key")
        before = identities(kernel)
        assert not add(kernel, "session", LARGE)
        assert identities(kernel) == before

    as_somebody_new(work)


def test_at_least_twenty_two_sessions_fit_into_the_quota() -> None:
    """Sessions of the usual size, with 800 base64 characters in the token; they are stored in less space."""

    def work(kernel: KernelKeyring) -> None:
        for number in range(22):
            token = base64.b64encode(os.urandom(600))
            assert kernel.add("session", f"{number:032}", token, expires_at=1, timeout=HOUR, note="n" * 40)
        assert len(kernel.entries("session")) == 22
        assert len(kernel.find("session", f"{0:032}") or b"") == 800

    as_somebody_new(work)


def test_the_oldest_session_of_any_home_is_evicted_with_one_notice() -> None:
    """Another home's sessions go first if they expire first; its other entries stay."""

    def work(kernel: KernelKeyring) -> None:
        notices: list[str] = []
        with temporary_kernel_keyring() as other:
            add(other, "precious", kind="data-key")
            add(other, "oldest", LARGE, HOUR // 2)
            fitted = fill(kernel)
            assert identities(other) == {"precious"}
            for number in range(3):
                ours = KernelKeyring(kernel.prefix, notices.append)
                assert add(ours, f"new-{number}", LARGE, 3 * HOUR)
            assert "fill-0" not in identities(kernel)
            assert fitted
        assert notices == [FULL]

    as_somebody_new(work)


def test_a_session_that_cannot_be_replaced_stays() -> None:
    """While it is valid, the old session is better than none. It is put back, with its note."""

    def work(kernel: KernelKeyring) -> None:
        kernel.remove("data-key", fill(kernel, kind="data-key")[0])
        wait_until(lambda: add(kernel, "old", b"old"))
        before = kernel.find_note("session", "old")
        assert not add(kernel, "old", os.urandom(15_000), 2 * HOUR)
        assert (kernel.find("session", "old"), kernel.find_note("session", "old")) == (b"old", before)
        assert 0 < (kernel.seconds_left("session", "old") or 0) <= HOUR

    as_somebody_new(work)
