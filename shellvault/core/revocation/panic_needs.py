"""The interfaces that `panic` depends on: credentials that can sign, and a record of what was done."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Protocol

    from shellvault.core.revocation.denial import Signer
    from shellvault.core.revocation.panic_plan import PlannedKey
    from shellvault.core.revocation.planned_roles import PlannedRole
    from shellvault.core.revocation.principals import Principal

    class PanicSigners(Protocol):
        """Provides the credentials that sign each step."""

        def of_key(self, key: PlannedKey) -> Signer:
            """Return the signer of a key pair."""

        def of_mfa(self, key: PlannedKey) -> Sequence[Signer]:
            """Return the signer of a key pair's MFA session, which may ask for a code; none if no device is known."""

        def of_kept_mfa(self, key: PlannedKey) -> Sequence[Signer]:
            """Return the same, but only if that session is cached."""

        def of_kept(self, role: PlannedRole) -> Sequence[Signer]:
            """Return signers for a role's cached sessions."""

        def of_ways(self, role: PlannedRole, fingerprints: Iterable[str]) -> Sequence[Signer]:
            """Return signers for new sessions of a role, and for what is below it, starting from these key pairs."""

        def list_unfinished(self, key: PlannedKey) -> Sequence[PlannedKey]:
            """Return the other key pairs of an unfinished rotation, which may still be active."""

    class PanicRecords(Protocol):
        """Remembers what earlier runs did. If it cannot be saved, the user is told."""

        def begin(self, key: PlannedKey, user: Principal | None, key_id: str) -> None:
            """Record that a key pair works, and whose it is."""

        def see_refused(self, fingerprint: str, at: int) -> None:
            """Record that AWS has rejected a key pair since `at` at the latest (epoch seconds; 0 if unknown)."""

        def is_long_refused(self, fingerprint: str) -> bool:
            """Return whether AWS has rejected a key pair for longer than any session lasts."""

        def user_of(self, fingerprint: str) -> Principal | None:
            """Return the user whose key pair this was."""

        def find_key_id(self, fingerprint: str) -> str:
            """Return a key pair's access key id if an earlier run saw it, else the empty string."""

        def intend(self, principal: Principal, at: int) -> None:
            """Record that AWS is about to be asked to deny sessions issued before `at` (epoch seconds)."""

        def confirm(self, principal: Principal, moment: str, at: int) -> None:
            """Record that AWS denies sessions issued before `moment`, since `at` at the latest (epoch seconds)."""

        def give_up(self, principal: Principal) -> None:
            """Record that AWS refused to deny them."""

        def stop(self, fingerprint: str, at: int) -> None:
            """Record that AWS is about to be asked to deactivate a key pair."""

        def confirm_stop(self, fingerprint: str, at: int) -> None:
            """Record that a key pair is inactive, since `at` at the latest (epoch seconds)."""

        def give_up_stop(self, fingerprint: str) -> None:
            """Record that AWS refused to deactivate a key pair."""

        def stopped(self, fingerprint: str) -> int:
            """Return the latest time at which a key pair may have worked, in epoch seconds; 0 if unknown."""

        def drop(self, principal: Principal) -> None:
            """Forget a recorded denial, because a later one is about to replace it."""

        def was_tried(self, fingerprint: str) -> bool:
            """Return whether a run has deactivated a key pair, or asked AWS to and got no answer."""

        def denied(self, principal: Principal) -> str:
            """Return the moment before which sessions are denied; empty if they are not."""

        def denied_at(self, principal: Principal) -> int:
            """Return the latest time at which denied sessions may have worked, in epoch seconds; else 0."""

        def intended(self, principal: Principal) -> int:
            """Return the moment of a denial that AWS never confirmed, in epoch seconds; 0 if there is none."""
