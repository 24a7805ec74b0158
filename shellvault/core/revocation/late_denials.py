"""Finds denials that came too early: sessions could still be obtained after the moment they name. Pure."""

from __future__ import annotations

from shellvault.core.errors import SourceRefusedError
from shellvault.core.record import Record
from shellvault.core.revocation.deny_policy import format_moment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shellvault.core.revocation.key_findings import KeyFindings
    from shellvault.core.revocation.panic_needs import PanicRecords
    from shellvault.core.revocation.panic_plan import PanicPlan
    from shellvault.core.revocation.panic_steps import Outcome
    from shellvault.core.revocation.planned_roles import PlannedRole
    from shellvault.core.revocation.principals import Principal

_UNKNOWN = 2**33  # epoch seconds: as late as can be


class LateDenial(Record):
    """A denial that came too early: a role's, or that of a user with these key pairs."""

    principal: Principal
    names: tuple[str, ...]
    fingerprints: tuple[str, ...]
    role: PlannedRole | None = None


class LateDenials:
    """Iterates over them from the bottom of the chains up, so that each can be denied again before the next is judged.

    A user's sessions could be obtained while one of the user's key pairs was active, and a role's while sessions of the
    user or role below it were valid.

    Args:
        plan: the roles, and the key pairs, those of unfinished rotations included.
        records: what this run and earlier ones did, and when.
        outcomes: the steps reported as done.
        findings: which key pairs work.
    """

    def __init__(
        self, plan: PanicPlan, records: PanicRecords, outcomes: Sequence[Outcome], findings: KeyFindings
    ) -> None:
        self._plan = plan
        self._records = records
        self._outcomes = outcomes
        self._findings = findings

    def __iter__(self) -> Iterator[LateDenial]:
        ends = {key.fingerprint: self._find_last_use(key.fingerprint) for key in self._plan.keys}
        for user in self._list_users():
            last = max(ends[one] for one in user.fingerprints)
            if self._is_counted_before(user.principal, last):
                yield user
            ends |= dict.fromkeys(user.fingerprints, max(last, self._records.denied_at(user.principal)))
        highest = dict(ends)  # of what each key pair leads to
        for role in self._list_roles():
            below = [ends[each] for each in role.below if each in ends]
            last = max(below or [highest.get(one, 0) for one in role.fingerprints])
            if self._is_counted_before(role.principal, last):
                yield LateDenial(role.principal, role.names[:1], tuple(role.fingerprints), role)
            ends[role.principal.key] = end = max(last, self._records.denied_at(role.principal))
            highest |= {one: max(end, highest.get(one, 0)) for one in role.fingerprints}

    def _list_roles(self) -> list[PlannedRole]:
        """Return the roles, the lowest first; last those without a profile, which may be over any of the others."""
        roles = self._plan.roles[::-1]
        return [*(role for role in roles if not role.is_stray), *(role for role in roles if role.is_stray)]

    def _list_users(self) -> list[LateDenial]:
        """Return each user known from this run or an earlier one, with their key pairs."""
        users: dict[Principal, LateDenial] = {}
        for key in self._plan.keys:
            if user := self._findings.find_user(key.fingerprint):
                found = users.get(user, LateDenial(user, (), ()))
                prints = (*found.fingerprints, key.fingerprint)
                users[user] = found.replace(names=(*found.names, *key.names), fingerprints=prints)
        return list(users.values())

    def _find_last_use(self, fingerprint: str) -> int:
        """Return the latest time at which a key pair may have worked, in epoch seconds.

        0 means that it does not matter here: the key pair is still active or could not be tried, which is reported
        anyway, or it was so long ago that no session can still be valid.
        """
        stopped = self._records.stopped(fingerprint)
        is_refused = isinstance(self._findings.failures.get(fingerprint), SourceRefusedError)
        if stopped or not is_refused or self._records.is_long_refused(fingerprint):
            return stopped
        return self._findings.checked_at or _UNKNOWN

    def _is_counted_before(self, principal: Principal, at: int) -> bool:
        """Return whether a denial counts as done, but its moment is not after this time."""
        found = [each.moment for each in self._outcomes if each.principal == principal and each.moment]
        return any(moment <= format_moment(at) for moment in found)
