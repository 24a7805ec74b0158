"""What `panic` does at AWS, in order: it denies older sessions of roles and users, then deactivates keys.

Until the key is inactive, whoever has it can obtain new sessions, so each denial also covers the next minute or more.
Every step is recorded for a second run, because a deactivated key can no longer ask AWS anything.
"""

from __future__ import annotations

from shellvault.core.errors import AwsRefusedError
from shellvault.core.revocation.dead_keys import DeadKeys
from shellvault.core.revocation.denial import DenialRequest, join_errors, try_to_deny
from shellvault.core.revocation.deny_policy import format_moment
from shellvault.core.revocation.key_findings import KeyFindings, is_offline
from shellvault.core.revocation.late_denials import LateDenials
from shellvault.core.revocation.panic_clock import MARGIN, PanicClock
from shellvault.core.revocation.panic_steps import PanicSteps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from shellvault.core.revocation.denial import Signer
    from shellvault.core.revocation.panic_needs import PanicRecords, PanicSigners
    from shellvault.core.revocation.panic_plan import PanicPlan, PlannedKey
    from shellvault.core.revocation.panic_steps import Watch
    from shellvault.core.revocation.planned_roles import PlannedRole
    from shellvault.core.revocation.principals import Principal

_MOST_SILENCES = 3


class PanicRun:
    """One run. `outcomes` are those of its steps so far, however it ends."""

    def __init__(self, plan: PanicPlan, signers: PanicSigners, records: PanicRecords, watch: Watch) -> None:
        self._plan = plan
        self._signers = signers
        self._records = records
        self._watch = watch
        self._clock = PanicClock(watch.clock)
        self._steps = PanicSteps(records, watch, self._clock)
        self._findings = KeyFindings(signers, records, self._clock)
        self._dead = DeadKeys(self._steps, signers, records, self._findings)
        self.outcomes = self._steps.outcomes
        self._left = 0

    def run(self) -> None:
        """Take all steps."""
        self._plan = plan = self._plan.replace(keys=self._list_keys())
        self._left = len(plan.roles) + 2 * len(plan.keys)
        for key in plan.keys:
            self._watch.tell(f"checking {key.title}")
            self._findings.check(key)
        self._findings.finish(plan.keys)
        self._plan = plan = plan.replace(roles=tuple(self._findings.add_ways(role, plan.keys) for role in plan.roles))
        self._wait_for_interrupted()
        for role in plan.roles:
            if self._steps.silences < _MOST_SILENCES:  # else the keys come first
                self._deny_role(role)
            self._left -= 1
        for user, keys in self._group_by_user().items():
            self._stop_user(user, keys)
        self._dead.finish(plan.keys)
        self._retry()
        self._verify()

    @property
    def fingerprints(self) -> set[str]:
        """The fingerprints of all key pairs in this run, including those of unfinished rotations."""
        return {key.fingerprint for key in self._plan.keys}

    def _list_keys(self) -> tuple[PlannedKey, ...]:
        """Return the planned key pairs, plus the other keys of their unfinished rotations."""
        keys = {key.fingerprint: key for key in self._plan.keys}
        for key in self._plan.keys:
            for other in self._signers.list_unfinished(key):
                keys.setdefault(other.fingerprint, other)
        return tuple(keys.values())

    def _wait_for_interrupted(self) -> None:
        """Wait for denials of an earlier run to pass, because new sessions would be denied too.

        There is no need to wait for one that outlasts this run.
        """
        principals, records = [role.principal for role in self._plan.roles], self._records
        moments = [*map(records.denied, principals), *[format_moment(records.intended(each)) for each in principals]]
        if seconds := max([self._clock.find_wait(each, self._left) for each in moments], default=0):
            self._watch.tell(f"waiting {seconds} s for what an earlier run has denied")
            self._watch.wait(seconds)

    def _deny_role(self, role: PlannedRole) -> None:
        alive, lost = self._findings.list_alive(role), self._findings.list_failures(role)
        before = self._records.denied(role.principal)
        if before and not alive:
            self._steps.count_denied(role.principal, self._deny_anew(role) or before)
            return
        signers = [] if is_offline(lost) and not alive else self._find_signers(role, alive)
        if signers or not lost:
            self._deny_role_by(role, signers)
        else:
            self._steps.fail_to_deny(role.principal, join_errors(lost))

    def _deny_role_by(self, role: PlannedRole, signers: Sequence[Signer]) -> None:
        """Deny a role's sessions. If AWS refuses, fall back on an earlier run's denial that outlasts this run."""
        principal, records = role.principal, self._records
        before, at, intended = records.denied(principal), records.denied_at(principal), records.intended(principal)
        records.drop(principal)
        self._steps.deny(principal, signers, self._clock.find_ahead(self._left), role.names[:1])
        if not isinstance(self.outcomes[-1].error, AwsRefusedError):
            return
        if not before and intended and any(each.sees_denial(principal) for each in signers):
            before, at = format_moment(intended), intended - MARGIN
        if before and self._clock.is_after(before, self._left):
            records.confirm(principal, before, at)
            del self.outcomes[-1]
            self._steps.count_denied(principal, before)

    def _deny_anew(self, role: PlannedRole) -> str:
        """Deny again what an earlier run denied, if any credentials still work, and return the new moment."""
        request = DenialRequest(role.principal, self._clock.find_ahead(self._left))
        callers = self._findings.callers
        near = [key for key in self._plan.keys if key.fingerprint in callers]
        near = [key for key in near if callers[key.fingerprint].account == role.principal.account]
        if denial := try_to_deny(request, [*self._findings.list_kept(role), *map(self._signers.of_key, near)]):
            self._dead.able.update(role.fingerprints)
            self._steps.confirm_denial(role.principal, denial)
        return denial.moment if denial else ""

    def _find_signers(self, role: PlannedRole, alive: Iterable[str]) -> list[Signer]:
        sessions = {**self._findings.kept, **self._findings.mfa}
        with_mfa = [sessions[each] for each in role.fingerprints if each in sessions]
        return [*self._signers.of_kept(role), *self._signers.of_ways(role, alive), *with_mfa]

    def _group_by_user(self) -> dict[Principal | None, list[PlannedKey]]:
        """Return the working key pairs, grouped by user."""
        users: dict[Principal | None, list[PlannedKey]] = {}
        for key in self._plan.keys:
            if caller := self._findings.callers.get(key.fingerprint):
                users.setdefault(caller.principal, []).append(key)
        return users

    def _stop_user(self, user: Principal | None, keys: Sequence[PlannedKey]) -> None:
        """Deny a user's older sessions, and deactivate the key pairs."""
        pairs, with_mfa = [self._signers.of_key(key) for key in keys], self._findings.mfa
        mfa = [with_mfa[key.fingerprint] for key in keys if key.fingerprint in with_mfa][:1]
        names = list(dict.fromkeys(name for key in keys for name in key.names))
        asking = [] if mfa else [signer for key in keys for signer in self._signers.of_mfa(key)]
        if user is None or not user.is_user:
            whose = user.title if user else "nobody in IAM"
            self._steps.fail_to_find(keys[0], AwsRefusedError(f"AWS offers no way to deny sessions of {whose}"))
        elif mfa:  # this session signs the deactivation, too: before that, only older ones are denied
            try_to_deny(DenialRequest(user, at=mfa[0].issued_at), [*mfa, *pairs])
        else:
            self._steps.deny(user, [*pairs, *asking], self._clock.find_ahead(self._left), names)
        for key, pair in zip(keys, pairs, strict=True):
            self._steps.deactivate(key, user, [*mfa, pair, *asking], pair)
        if user and user.is_user and mfa:
            self._steps.deny(user, mfa, MARGIN, names)

    def _retry(self) -> None:
        """Try denials again that AWS did not answer, or that were postponed, with whatever credentials work now."""
        for role in self._plan.roles:
            if self._findings.list_alive(role) and self._steps.is_open(role.principal):
                signers = self._find_signers(role, self._findings.callers)
                self._steps.deny(role.principal, signers, MARGIN, role.names[:1])

    def _verify(self) -> None:
        """Deny again where sessions could be obtained after the moment of a denial."""
        for late in LateDenials(self._plan, self._records, self.outcomes, self._findings):
            if late.role:
                signers = self._find_signers(late.role, self._findings.callers)
            else:
                mfa = self._findings.mfa
                pairs = [self._signers.of_key(key) for key in self._plan.keys if key.fingerprint in late.fingerprints]
                signers = [*[mfa[each] for each in late.fingerprints if each in mfa], *pairs]
            self._steps.deny_again(late.principal, signers, late.names)
