"""Finishes the steps for key pairs that cannot sign requests: AWS rejects them, or could not be asked."""

from __future__ import annotations

from shellvault.core.errors import AwsRefusedError, ShellvaultError, SourceRefusedError
from shellvault.core.revocation.denial import DenialRequest, deny_older
from shellvault.core.revocation.deny_policy import format_moment
from shellvault.core.revocation.panic_clock import MARGIN
from shellvault.core.revocation.panic_steps import Outcome

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from shellvault.core.revocation.key_findings import KeyFindings
    from shellvault.core.revocation.panic_needs import PanicRecords, PanicSigners
    from shellvault.core.revocation.panic_plan import PlannedKey
    from shellvault.core.revocation.panic_steps import PanicSteps
    from shellvault.core.revocation.principals import Principal


class DeadKeys:
    """Finishes them. `able` holds the key pairs whose cached session still works, so it is not denied everything."""

    def __init__(self, steps: PanicSteps, signers: PanicSigners, records: PanicRecords, findings: KeyFindings) -> None:
        self.able: set[str] = set()
        self._steps = steps
        self._signers = signers
        self._records = records
        self._findings = findings

    def finish(self, keys: Iterable[PlannedKey]) -> None:
        """Report what became of each key pair, and deny the sessions of users who have no working key pair left."""
        users: dict[Principal, list[PlannedKey]] = {}
        for key in keys:
            if error := self._findings.failures.get(key.fingerprint):
                user = self._records.user_of(key.fingerprint)
                self._finish_key(key, error, user)
                if user:
                    users.setdefault(user, []).append(key)
        done = {caller.principal for caller in self._findings.callers.values()}
        for user, theirs in users.items():
            if user not in done:
                self._finish_user(theirs, user)

    def _finish_key(self, key: PlannedKey, error: ShellvaultError, user: Principal | None) -> None:
        fingerprint, is_refused = key.fingerprint, isinstance(error, SourceRefusedError)
        is_stopped = self._records.was_tried(fingerprint) or self._records.stopped(fingerprint)
        if is_refused and key.is_unfinished and not self._records.was_tried(fingerprint):
            return  # the rotation has deleted it
        if is_refused and (is_stopped or self._records.is_long_refused(fingerprint)):
            self._steps.outcomes.append(Outcome(f"{key.title}: AWS no longer accepts it"))
        elif is_refused:
            self._steps.fail_to_recognize(key, user)
        else:
            self._steps.fail_to_deactivate(key, error, user)
        if user is None and not key.is_unfinished:
            self._steps.fail_to_find(key, error)

    def _finish_user(self, keys: Sequence[PlannedKey], user: Principal) -> None:
        """Deny the user's sessions, signing with one that an interrupted run left in the cache.

        If AWS already denies that session everything, then the denial that the run asked for is in force.
        """
        if before := self._records.denied(user):
            self._steps.count_denied(user, before)
            return
        signers = [each for key in keys for each in self._signers.of_kept_mfa(key)]
        intended = self._records.intended(user)
        try:
            self._steps.confirm_denial(user, deny_older(DenialRequest(user, MARGIN), signers))
        except AwsRefusedError as refusal:
            is_able = not self.able.isdisjoint(key.fingerprint for key in keys)
            if is_able or not (intended and any(each.sees_denial(user) for each in signers)):
                error = self._findings.failures[keys[0].fingerprint]
                self._steps.fail_to_deny(user, refusal if signers else error)
                return
            self._records.confirm(user, format_moment(intended), intended - MARGIN)
        except ShellvaultError as other:
            self._steps.fail_to_deny(user, other)
            return
        self._steps.count_denied(user, self._records.denied(user))
