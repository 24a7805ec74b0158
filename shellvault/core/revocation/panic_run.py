"""What `panic` does at AWS, in order: it denies older sessions of roles and users, then deactivates keys.

A denial has to outlast the deactivation, because until then whoever has the key can obtain new sessions; so its moment
lies some seconds ahead. What is recorded of each step is for a second run: a deactivated key signs nothing any more.
States what it needs, not who provides it.
"""

from __future__ import annotations

from shellvault.core.errors import AwsRefusedError, AwsUnreachableError, ShellvaultError, SourceRefusedError
from shellvault.core.revocation.denial import DenialRequest, deny_older, join_errors
from shellvault.core.revocation.deny_policy import format_moment
from shellvault.core.revocation.late_denials import Known, LateDenials
from shellvault.core.revocation.panic_clock import MARGIN, PanicClock
from shellvault.core.revocation.panic_steps import Outcome, PanicSteps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Protocol

    from shellvault.core.revocation.denial import Caller, Denial, Signer
    from shellvault.core.revocation.panic_plan import PanicPlan, PlannedKey, PlannedRole
    from shellvault.core.revocation.panic_steps import PanicRecords, Watch
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

        def of_unfinished(self, key: PlannedKey) -> Sequence[Signer]:
            """Return other key pairs of an unfinished rotation, which may be active, too."""


_MOST_SILENCES = 3
_STOPPED_BEFORE = "shellvault panic deactivated this access key before"


class PanicRun:
    """One run. `outcomes` are those of its steps so far, however it ends."""

    def __init__(self, plan: PanicPlan, signers: PanicSigners, records: PanicRecords, watch: Watch) -> None:
        self._plan = plan
        self._signers = signers
        self._records = records
        self._watch = watch
        self._callers: dict[str, Caller] = {}
        self._failures: dict[str, ShellvaultError] = {}
        self._mfa: dict[str, Signer] = {}
        self._kept: dict[str, Signer] = {}
        self._able: set[str] = set()  # key pairs whose kept session has just signed, so it is not denied everything
        self._clock = PanicClock(watch.clock)
        self._steps = PanicSteps(records, watch, self._clock.now)
        self.outcomes = self._steps.outcomes
        self._checked_at = 0
        self._left = len(plan.roles) + 2 * len(plan.keys)

    def run(self) -> None:
        """Take all steps."""
        for key in self._plan.keys:
            self._check(key)
        self._checked_at = self._clock.now()
        self._wait_for_interrupted()
        for role in self._plan.roles:
            if self._steps.silences < _MOST_SILENCES:  # else the keys come first
                self._deny_role(role)
            self._left -= 1
        for user, keys in self._group_by_user().items():
            self._stop_user(user, keys)
        for key in self._plan.keys:
            if key.fingerprint in self._failures:
                self._finish(key, self._failures[key.fingerprint])
        self._retry()
        self._verify()

    def _check(self, key: PlannedKey) -> None:
        """Ask AWS whose a key pair is, and the user for its MFA code, before anything is denied."""
        self._watch.tell(f"checking {key.title}")
        try:
            self._callers[key.fingerprint] = caller = self._signers.of_key(key).caller()
        except ShellvaultError as error:
            is_ours = isinstance(error, SourceRefusedError) and self._records.was_tried(key.fingerprint)
            self._failures[key.fingerprint] = SourceRefusedError(_STOPPED_BEFORE) if is_ours else error
            self._check_kept(key)
            return
        self._clock.learn(caller)
        self._records.begin(key.fingerprint, caller.principal)
        for signer in self._signers.of_mfa(key):
            if _ask(signer):
                self._mfa[key.fingerprint] = signer

    def _check_kept(self, key: PlannedKey) -> None:
        """See whether an interrupted run left a session that may still sign where the key pair does not any more."""
        for signer in self._signers.of_kept_mfa(key):
            if caller := _ask(signer):
                self._clock.learn(caller)
                self._kept[key.fingerprint] = signer

    def _wait_for_interrupted(self) -> None:
        """Wait until sessions are obtained that no denial of an earlier run, confirmed or not, makes useless."""
        principals, records = [role.principal for role in self._plan.roles], self._records
        moments = [format_moment(records.intended(each)) for each in principals] + list(map(records.denied, principals))
        if seconds := max(map(self._clock.find_wait, moments), default=0):
            self._watch.tell(f"waiting {seconds} s for what an earlier run has denied")
            self._watch.wait(seconds)

    def _deny_role(self, role: PlannedRole) -> None:
        prints = role.fingerprints
        alive = [each for each in prints if each in self._callers]
        before = self._records.denied(role.principal)
        if before and not alive:
            self._steps.count_denied(role.principal, self._deny_anew(role) or before)
            return
        if alive:
            self._records.drop(role.principal)
        lost = [self._failures[each] for each in prints if each in self._failures]
        is_offline = bool(lost) and all(isinstance(error, AwsUnreachableError) for error in lost)
        signers = [] if is_offline else [*self._signers.of_kept(role), *self._signers.of_ways(role, alive)]
        if signers or not lost:
            self._steps.deny(role.principal, signers, self._clock.find_ahead(self._left), role.names[:1])
        else:
            self._steps.fail_to_deny(role.principal, join_errors(lost))

    def _deny_anew(self, role: PlannedRole) -> str:
        """Move an earlier run's denial on to now, if a session that it left can still sign; return the new moment."""
        kept = [self._kept[each] for each in role.fingerprints if each in self._kept]
        denial = _try_to_deny(DenialRequest(role.principal, self._clock.find_ahead(self._left)), kept)
        if denial:
            self._able.update(role.fingerprints)
            self._records.confirm(role.principal, denial.moment, self._clock.now())
        return denial.moment if denial else ""

    def _group_by_user(self) -> dict[Principal | None, list[PlannedKey]]:
        """Return the key pairs that sign, by the user to whom they belong."""
        users: dict[Principal | None, list[PlannedKey]] = {}
        for key in self._plan.keys:
            if caller := self._callers.get(key.fingerprint):
                users.setdefault(caller.principal, []).append(key)
        return users

    def _stop_user(self, user: Principal | None, keys: Sequence[PlannedKey]) -> None:
        """Deny a user's older sessions, and deactivate the key pairs."""
        pairs = [self._signers.of_key(key) for key in keys]
        mfa = [self._mfa[key.fingerprint] for key in keys if key.fingerprint in self._mfa][:1]
        names = [name for key in keys for name in key.names]
        if user is None or not user.is_user:
            whose = user.title if user else "nobody in IAM"
            self._steps.fail_to_find(keys[0], AwsRefusedError(f"AWS offers no way to deny sessions of {whose}"))
        elif mfa:  # this session signs the deactivation, too: before that, only older ones are denied
            _try_to_deny(DenialRequest(user, at=mfa[0].issued_at), [*mfa, *pairs])
        else:
            asking = [signer for key in keys for signer in self._signers.of_mfa(key)]
            self._steps.deny(user, [*pairs, *asking], self._clock.find_ahead(self._left), names)
        for key, pair in zip(keys, pairs, strict=True):
            for signer in self._signers.of_unfinished(key):
                self._steps.deactivate_unfinished(key, signer)
            signers = [*mfa, pair, *([] if mfa else self._signers.of_mfa(key))]
            self._steps.deactivate(key, user, signers, pair)
        if user and user.is_user and mfa:
            self._steps.deny(user, mfa, MARGIN, names)

    def _retry(self) -> None:
        """Deny once more what AWS did not answer, or what was put off, with what can sign now."""
        for role in self._plan.roles:
            if not self._callers.keys().isdisjoint(role.fingerprints) and self._steps.is_open(role.principal):
                self._steps.deny(role.principal, self._find_signers(role), MARGIN, role.names[:1])

    def _find_signers(self, role: PlannedRole) -> list[Signer]:
        kept = {**self._kept, **self._mfa}
        mfa = [kept[each] for each in role.fingerprints if each in kept]
        return [*self._signers.of_kept(role), *self._signers.of_ways(role, self._callers), *mfa]

    def _verify(self) -> None:
        """Deny once more where sessions could be obtained after the moment of a denial."""
        known = Known(self._records, self.outcomes, self._callers, self._failures, self._checked_at)
        for late in LateDenials(self._plan, known):
            if late.role:
                signers = self._find_signers(late.role)
            else:
                pairs = [self._signers.of_key(key) for key in self._plan.keys if key.fingerprint in late.fingerprints]
                signers = [*[self._mfa[each] for each in late.fingerprints if each in self._mfa], *pairs]
            self._steps.deny_again(late.principal, signers, late.names)

    def _finish(self, key: PlannedKey, error: ShellvaultError) -> None:
        """Do what is left for a key pair that does not sign: AWS no longer accepts it, or it could not be tried."""
        user = self._records.user_of(key.fingerprint)
        if isinstance(error, SourceRefusedError) and self._records.was_tried(key.fingerprint):
            self._steps.outcomes.append(Outcome(f"{key.title}: AWS no longer accepts it"))
        elif isinstance(error, SourceRefusedError):
            self._steps.fail_to_recognize(key, error, user)
        else:
            self._steps.fail_to_deactivate(key, error, user)
        if isinstance(error, SourceRefusedError):
            for signer in self._signers.of_unfinished(key):
                self._steps.deactivate_unfinished(key, signer)
        if user is None:
            self._steps.fail_to_find(key, error)
        elif before := self._records.denied(user):
            self._steps.count_denied(user, before)
        else:
            self._finish_user(key, user, error)

    def _finish_user(self, key: PlannedKey, user: Principal, error: ShellvaultError) -> None:
        """Deny the user's sessions with one that an interrupted run left in the cache.

        If AWS denies even that one everything now, the denial that the run had asked for is in force.
        """
        signers, intended = self._signers.of_kept_mfa(key), self._records.intended(user)
        try:
            moment = deny_older(DenialRequest(user), signers).moment
            self._records.confirm(user, moment, self._clock.now())
        except AwsRefusedError as refusal:
            is_able = key.fingerprint in self._able
            if is_able or not (intended and any(each.sees_denial(user) for each in signers)):
                self._steps.fail_to_deny(user, refusal if signers else error)
                return
            self._records.confirm(user, format_moment(intended), intended - MARGIN)
        except ShellvaultError as other:
            self._steps.fail_to_deny(user, other)
            return
        self._steps.count_denied(user, self._records.denied(user))


def _ask(signer: Signer) -> Caller | None:
    try:
        return signer.caller()
    except ShellvaultError:
        return None


def _try_to_deny(request: DenialRequest, signers: Sequence[Signer]) -> Denial | None:
    """Deny what a later step tells of if it fails."""
    try:
        return deny_older(request, signers)
    except ShellvaultError:
        return None
