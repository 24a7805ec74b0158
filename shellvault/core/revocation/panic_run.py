"""What `panic` does at AWS, in order: it denies older sessions of roles and users, then deactivates keys.

A denial has to outlast the deactivation, because until then whoever has the key can obtain new sessions; so its moment
lies some seconds ahead. What is recorded of each step is for a second run: a deactivated key signs nothing any more.
States what it needs, not who provides it.
"""

from __future__ import annotations

from shellvault.core.errors import AwsRefusedError, AwsUnreachableError, ShellvaultError, SourceRefusedError
from shellvault.core.revocation.denial import DenialRequest, deny_older, join_errors
from shellvault.core.revocation.deny_policy import format_moment
from shellvault.core.revocation.panic_clock import MARGIN, PanicClock
from shellvault.core.revocation.panic_steps import Outcome, PanicSteps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Protocol

    from shellvault.core.revocation.denial import Caller, Signer
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


class PanicRun:
    """One run. `outcomes` are those of its steps so far, however it ends."""

    def __init__(self, plan: PanicPlan, signers: PanicSigners, records: PanicRecords, watch: Watch) -> None:
        self._plan = plan
        self._signers = signers
        self._records = records
        self._watch = watch
        self._steps = PanicSteps(records, watch)
        self.outcomes = self._steps.outcomes
        self._callers: dict[str, Caller] = {}
        self._failures: dict[str, ShellvaultError] = {}
        self._mfa: dict[str, Signer] = {}
        self._clock = PanicClock(watch.clock)
        self._stopped: dict[str, int] = {}
        self._left = len(plan.roles) + 2 * len(plan.keys)

    def run(self) -> None:
        """Take all steps."""
        for key in self._plan.keys:
            self._check(key)
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
            self._failures[key.fingerprint] = error
            return
        self._clock.learn(caller)
        self._records.begin(key.fingerprint, caller.principal)
        for signer in self._signers.of_mfa(key):
            if _signs(signer):
                self._mfa[key.fingerprint] = signer

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
            self._steps.count_denied(role.principal, before)
            return
        if alive:
            self._records.drop(role.principal)
        lost = [self._failures[each] for each in prints if each in self._failures]
        is_offline = bool(lost) and all(isinstance(error, AwsUnreachableError) for error in lost)
        signers = [] if is_offline else [*self._signers.of_kept(role), *self._signers.of_ways(role, alive)]
        if signers or not lost:
            self._steps.deny(role.principal, signers, self._clock.find_ahead(self._left), role.names[0])
        else:
            self._steps.fail_to_deny(role.principal, join_errors(lost))

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
        name = keys[0].names[0]
        if user is None or not user.is_user:
            whose = user.title if user else "nobody in IAM"
            self._steps.fail_to_find(keys[0], AwsRefusedError(f"AWS offers no way to deny sessions of {whose}"))
        elif mfa:  # this session signs the deactivation, too: before that, only older ones are denied
            _try_to_deny(DenialRequest(user, at=mfa[0].issued_at), [*mfa, *pairs])
        else:
            asking = [signer for key in keys for signer in self._signers.of_mfa(key)]
            self._steps.deny(user, [*pairs, *asking], self._clock.find_ahead(self._left), name)
        for key, pair in zip(keys, pairs, strict=True):
            self._stop_key(key, user, [*mfa, pair, *([] if mfa else self._signers.of_mfa(key))], pair.key_id)
        if user and user.is_user and mfa:
            self._steps.deny(user, mfa, MARGIN, name)

    def _stop_key(self, key: PlannedKey, user: Principal | None, signers: Sequence[Signer], key_id: str) -> None:
        for signer in self._signers.of_unfinished(key):
            self._steps.deactivate_unfinished(key, signer)
        if self._steps.deactivate(key, user, signers, key_id):
            self._stopped[key.fingerprint] = self._clock.now()

    def _retry(self) -> None:
        """Deny once more what AWS did not answer, or what was put off, with what can sign now."""
        for role in self._plan.roles:
            if not self._callers.keys().isdisjoint(role.fingerprints) and self._steps.is_open(role.principal):
                self._steps.deny(role.principal, self._find_signers(role), MARGIN, role.names[0])

    def _find_signers(self, role: PlannedRole) -> list[Signer]:
        mfa = [self._mfa[each] for each in role.fingerprints if each in self._mfa]
        return [*self._signers.of_kept(role), *self._signers.of_ways(role, self._callers), *mfa]

    def _verify(self) -> None:
        """Deny once more where the moment of a denial had passed when its key was deactivated."""
        for role in self._plan.roles:
            if before := self._find_late(role.principal, role.fingerprints):
                self._steps.deny_again(before, role.principal, self._find_signers(role), role.names[0])
        for user, keys in self._group_by_user().items():
            prints = [key.fingerprint for key in keys]
            if user and (before := self._find_late(user, prints)):
                pairs = [self._signers.of_key(key) for key in keys]
                mfa = [self._mfa[each] for each in prints if each in self._mfa]
                self._steps.deny_again(before, user, [*mfa, *pairs], keys[0].names[0])

    def _find_late(self, principal: Principal, prints: Iterable[str]) -> Outcome | None:
        """Return a denial that lets sessions live that were issued before these key pairs were deactivated."""
        at = max((self._stopped.get(each, 0) for each in prints), default=0)
        denials = [each for each in self.outcomes if each.principal == principal and each.moment]
        return next((each for each in denials if each.moment <= format_moment(at)), None)

    def _finish(self, key: PlannedKey, error: ShellvaultError) -> None:
        """Do what is left for a key pair that does not sign: AWS no longer accepts it, or it could not be tried."""
        user = self._records.user_of(key.fingerprint)
        if isinstance(error, SourceRefusedError) and self._records.was_stopped(key.fingerprint):
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

        If AWS refuses even that one everything now, the denial that the run had asked for is in force.
        """
        signers, intended = self._signers.of_kept_mfa(key), self._records.intended(user)
        try:
            self._records.confirm(user, deny_older(DenialRequest(user), signers).moment)
        except AwsRefusedError as refusal:
            if signers and intended:
                self._records.confirm(user, format_moment(intended))
            else:
                self._steps.fail_to_deny(user, refusal if signers else error)
                return
        except ShellvaultError as other:
            self._steps.fail_to_deny(user, other)
            return
        self._steps.count_denied(user, self._records.denied(user))


def _signs(signer: Signer) -> bool:
    try:
        signer.caller()
    except ShellvaultError:
        return False
    return True


def _try_to_deny(request: DenialRequest, signers: Sequence[Signer]) -> None:
    """Deny what a later denial will deny once more, and which then tells of failures, too."""
    try:
        deny_older(request, signers)
    except ShellvaultError:
        return
