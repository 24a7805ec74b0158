"""One step of `panic` at a time: each is recorded before and after, and what fails is an outcome, too. Pure."""

from __future__ import annotations

from shellvault.core.errors import AwsRefusedError, AwsUnreachableError, ShellvaultError, SourceRefusedError
from shellvault.core.record import Record
from shellvault.core.revocation.denial import DenialRequest, deny_older, join_errors
from shellvault.core.revocation.panic_clock import MARGIN
from shellvault.core.revocation.principals import explain_keys, explain_refusal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from shellvault.core.revocation.denial import Denial, Signer
    from shellvault.core.revocation.panic_clock import PanicClock
    from shellvault.core.revocation.panic_needs import PanicRecords
    from shellvault.core.revocation.panic_plan import PlannedKey
    from shellvault.core.revocation.principals import Principal


_SILENCE = 5  # seconds
_NOT_ACCEPTED = SourceRefusedError("AWS rejects this key: it was deactivated or deleted elsewhere")


class Outcome(Record):
    """One step: what was done; or, if there is an error, what was not done, and how a person does it instead.

    A denial has a principal, and if it was done, a moment.
    """

    text: str
    error: ShellvaultError | None = None
    instead: str = ""
    principal: Principal | None = None
    moment: str = ""


def find_done(outcomes: Iterable[Outcome]) -> set[Principal]:
    """Return the roles and users for which every denial succeeded."""
    found = list(outcomes)
    failed = {each.principal for each in found if each.error}
    return {each.principal for each in found if each.principal and each.principal not in failed}


class Watch(Record):
    """Who is told what happens.

    Attributes:
        tell: tells the user what is about to be done.
        note: notes in the log what was taken back: a profile's or key pair's name, whose sessions or key it was, and
            the key's id, which is empty for sessions.
        wait: waits for some seconds.
        clock: seconds since boot, including sleep.
        elsewhere: what to type for a key pair that AWS does not know, and whose region nobody has named.
    """

    tell: Callable[[str], None]
    note: Callable[[str, Principal | None, str], None]
    wait: Callable[[float], None]
    clock: Callable[[], float]
    elsewhere: str


class PanicSteps:
    """Takes single steps. `outcomes` are those of the steps so far, `silences` how many of them AWS did not answer."""

    def __init__(self, records: PanicRecords, watch: Watch, clock: PanicClock) -> None:
        self.outcomes: list[Outcome] = []
        self.silences = 0
        self._records = records
        self._watch = watch
        self._clock = clock

    def deny(self, principal: Principal, signers: Sequence[Signer], ahead: int, names: Sequence[str]) -> None:
        """Deny a role's or user's older sessions; for each of `names` see `Watch.note`."""
        self._watch.tell(f"denying older sessions of {principal.title}")
        request = DenialRequest(principal, ahead, intend=lambda at: self._records.intend(principal, at))
        try:
            denial = self._deny_persistently(request, signers)
        except ShellvaultError as error:
            self.fail_to_deny(principal, error)
            return
        self.confirm_denial(principal, denial)
        for name in names:
            self._watch.note(name, principal, "")
        self.count_denied(principal, denial.moment)

    def confirm_denial(self, principal: Principal, denial: Denial) -> None:
        """Record a denial that AWS has confirmed, and learn AWS's time from its answer."""
        self._clock.learn(denial.time)
        self._records.confirm(principal, denial.moment, self._clock.now())

    def _deny_persistently(self, request: DenialRequest, signers: Sequence[Signer]) -> Denial:
        """Deny; after a lost answer, but no silence, ask once more while the key can sign.

        After a refusal nothing is intended any more; but one that follows a lost answer may be that denial's own.
        """
        started = self._watch.clock()
        try:
            return deny_older(request, signers)
        except AwsUnreachableError:
            if self._watch.clock() - started > _SILENCE:
                self.silences += 1
                raise
            return deny_older(request, signers)
        except AwsRefusedError:
            self._records.give_up(request.principal)
            raise

    def is_open(self, principal: Principal) -> bool:
        """Return whether a denial was not tried, or not answered; then it is no longer counted as failed."""
        found = [each for each in self.outcomes if each.principal == principal]
        unanswered = [each for each in found if isinstance(each.error, AwsUnreachableError)]
        for each in unanswered:
            self.outcomes.remove(each)
        return not found or bool(unanswered)

    def count_denied(self, principal: Principal, moment: str) -> None:
        """Count a denial as done."""
        text = f"{principal.title}: sessions issued before {moment} are denied everything"
        self.outcomes.append(Outcome(text, principal=principal, moment=moment))

    def deny_again(self, principal: Principal, signers: Sequence[Signer], names: Sequence[str]) -> None:
        """Deny a role's or user's sessions until now, too: others could be obtained after the moment of the denial."""
        before = next(each for each in self.outcomes if each.principal == principal and each.moment)
        self.outcomes.remove(before)
        at = self._records.denied_at(principal)
        self._records.drop(principal)
        self.deny(principal, signers, MARGIN, names)
        if (found := self.outcomes[-1]).error:
            self._records.confirm(principal, before.moment, at)
            text = f"{principal.title}: sessions issued after {before.moment}, while others could be obtained"
            self.outcomes[-1] = found.replace(text=text)

    def fail_to_deny(self, principal: Principal, error: ShellvaultError) -> None:
        """Count a denial as not done."""
        instead = explain_refusal(principal, error.message)
        self.outcomes.append(Outcome(f"{principal.title}: older sessions", error, instead, principal))

    def fail_to_find(self, key: PlannedKey, error: ShellvaultError) -> None:
        """Count the denial of an unknown user's sessions as not done."""
        instead = (
            "in the IAM console, add an inline policy to the user with this key that denies * on * where "
            "aws:TokenIssueTime is earlier than now (DateLessThan)"
        )
        self.outcomes.append(Outcome(f"sessions of the user with {key.title}", error, instead))

    def deactivate(self, key: PlannedKey, user: Principal | None, signers: Iterable[Signer], pair: Signer) -> None:
        """Deactivate an access key; `pair` is the key pair, which may be one of those that sign."""
        self._watch.tell(f"deactivating {key.title}")
        errors: list[ShellvaultError] = []
        self._records.stop(key.fingerprint, self._clock.now())
        for signer in signers:
            try:
                self._clock.learn(signer.deactivate(user.name if user and user.is_user else "", pair.key_id))
            except ShellvaultError as error:
                errors.append(error)
                if not (isinstance(error, AwsUnreachableError) and _is_refused(pair)):
                    continue
            self._records.confirm_stop(key.fingerprint, self._clock.now())
            for name in key.names:
                self._watch.note(name, user, pair.key_id)
            self.outcomes.append(Outcome(f"{key.title}: deactivated"))
            return
        if not any(isinstance(error, AwsUnreachableError) for error in errors):
            self._records.give_up_stop(key.fingerprint)
        instead = explain_keys(user, pair.key_id)
        self.outcomes.append(Outcome(f"{key.title}: deactivation", join_errors(errors), instead))

    def fail_to_deactivate(self, key: PlannedKey, error: ShellvaultError, user: Principal | None) -> None:
        """Count a deactivation as not done."""
        key_id = self._records.find_key_id(key.fingerprint) or key.last4
        self.outcomes.append(Outcome(f"{key.title}: deactivation", error, explain_keys(user, key_id)))

    def fail_to_recognize(self, key: PlannedKey, user: Principal | None) -> None:
        """Count a deactivation as not done, of a key that AWS does not know: there, it may be inactive or deleted."""
        self.fail_to_deactivate(key, _NOT_ACCEPTED, user)
        if not key.resolved.profile.settings.get("region"):
            found = self.outcomes[-1]
            self.outcomes[-1] = found.replace(instead=f"{self._watch.elsewhere}; or {found.instead}")


def _is_refused(pair: Signer) -> bool:
    """Return whether AWS no longer accepts a key pair, although an answer that said so was lost."""
    try:
        pair.caller()
    except SourceRefusedError:
        return True
    except ShellvaultError:
        return False
    return False
