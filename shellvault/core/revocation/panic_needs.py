"""What `panic` needs of others: credentials that sign, and a record of what was done."""

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
        """The credentials that may sign the steps."""

        def of_key(self, key: PlannedKey) -> Signer:
            """Return a key pair itself."""

        def of_mfa(self, key: PlannedKey) -> Sequence[Signer]:
            """Return a key pair's session with MFA, for which somebody may be asked; none if no device is known."""

        def of_kept_mfa(self, key: PlannedKey) -> Sequence[Signer]:
            """Return it only if it is cached."""

        def of_kept(self, role: PlannedRole) -> Sequence[Signer]:
            """Return cached sessions of a role."""

        def of_ways(self, role: PlannedRole, fingerprints: Iterable[str]) -> Sequence[Signer]:
            """Return new sessions of a role, and what is below it, by the ways from these key pairs."""

        def list_unfinished(self, key: PlannedKey) -> Sequence[PlannedKey]:
            """Return other key pairs of an unfinished rotation, which may be active, too."""

    class PanicRecords(Protocol):
        """What earlier runs did; whatever cannot be written is told to the user."""

        def begin(self, key: PlannedKey, user: Principal | None, key_id: str) -> None:
            """Record whose key pair this is, and that it signs."""

        def see_refused(self, fingerprint: str, at: int) -> None:
            """Record that AWS does not accept a key pair, since `at` (epoch seconds, 0 if unknown) at the latest."""

        def is_long_refused(self, fingerprint: str) -> bool:
            """Return whether AWS has not accepted it for longer than any session lasts."""

        def user_of(self, fingerprint: str) -> Principal | None:
            """Return the user whose key pair this was."""

        def find_key_id(self, fingerprint: str) -> str:
            """Return the key pair's id if an earlier run knew it, else nothing."""

        def intend(self, principal: Principal, at: int) -> None:
            """Record that sessions older than this (epoch seconds) are about to be denied."""

        def confirm(self, principal: Principal, moment: str, at: int) -> None:
            """Record that they are, since `at` (epoch seconds) at the latest."""

        def give_up(self, principal: Principal) -> None:
            """Record that they are not: AWS has refused it."""

        def stop(self, fingerprint: str, at: int) -> None:
            """Record that this key pair is about to be deactivated."""

        def confirm_stop(self, fingerprint: str, at: int) -> None:
            """Record that it is, since `at` (epoch seconds) at the latest."""

        def give_up_stop(self, fingerprint: str) -> None:
            """Record that it is not: AWS has refused it."""

        def stopped(self, fingerprint: str) -> int:
            """Return until when the key pair may have signed, in epoch seconds; 0 if no run knows that."""

        def drop(self, principal: Principal) -> None:
            """Drop what is recorded: newer sessions are about to be denied."""

        def was_tried(self, fingerprint: str) -> bool:
            """Return whether a run has deactivated it, or has asked AWS to and got no answer."""

        def denied(self, principal: Principal) -> str:
            """Return the moment before which sessions are denied; empty if they are not."""

        def denied_at(self, principal: Principal) -> int:
            """Return until when they may have been valid, in epoch seconds; 0 if they are not denied."""

        def intended(self, principal: Principal) -> int:
            """Return what was intended, if it was never confirmed; else 0."""
