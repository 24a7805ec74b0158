"""Finds denials after whose moment sessions could still be obtained, although `panic` counts them as done. Pure."""

from __future__ import annotations

from shellvault.core.errors import SourceRefusedError
from shellvault.core.record import Record
from shellvault.core.revocation.deny_policy import format_moment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from shellvault.core.errors import ShellvaultError
    from shellvault.core.revocation.denial import Caller
    from shellvault.core.revocation.panic_plan import PanicPlan, PlannedRole
    from shellvault.core.revocation.panic_steps import Outcome, PanicRecords
    from shellvault.core.revocation.principals import Principal

_UNKNOWN = 2**33  # epoch seconds: as late as can be


class LateDenial(Record):
    """Of whom it is, under which names, from which key pairs it can be reached, and of which role, if it is one's."""

    principal: Principal
    names: tuple[str, ...]
    fingerprints: tuple[str, ...]
    role: PlannedRole | None = None


class Known(Record):
    """What a run knows at its end.

    Attributes:
        records: what it and earlier runs did, and when.
        outcomes: what is counted as done.
        callers: whose the key pairs are that have signed in this run, by fingerprint.
        failures: why the others have not.
        checked_at: when all key pairs had been tried, in epoch seconds; 0 if that is not known.
    """

    records: PanicRecords
    outcomes: Sequence[Outcome]
    callers: Mapping[str, Caller]
    failures: Mapping[str, ShellvaultError]
    checked_at: int


class LateDenials:
    """An iterable of them, the lowest first, so that each can be denied again before the next is looked for.

    A role's sessions could be obtained as long as a key pair that leads to it was active, and as long as sessions of
    the user or of another role below it were valid.
    """

    def __init__(self, plan: PanicPlan, known: Known) -> None:
        self._plan = plan
        self._known = known

    def __iter__(self) -> Iterator[LateDenial]:
        valid_until: dict[str, int] = {}
        for each in (*self._list_users(), *self._list_roles()):
            last = max(valid_until.get(one) or self._find_last_use(one) for one in each.fingerprints)
            if self._is_counted_before(each.principal, last):
                yield each
            last = max(last, self._known.records.denied_at(each.principal))
            valid_until |= dict.fromkeys(each.fingerprints, last)

    def _list_users(self) -> list[LateDenial]:
        """Return the users that are known, now or since an earlier run, and their key pairs."""
        users: dict[Principal, LateDenial] = {}
        for key in self._plan.keys:
            caller = self._known.callers.get(key.fingerprint)
            if user := caller.principal if caller else self._known.records.user_of(key.fingerprint):
                found = users.get(user, LateDenial(user, (), ()))
                prints = (*found.fingerprints, key.fingerprint)
                users[user] = found.replace(names=(*found.names, *key.names), fingerprints=prints)
        return list(users.values())

    def _list_roles(self) -> list[LateDenial]:
        """Return the roles, the lowest first; last those without a profile, which may be over any of the others."""
        roles = self._plan.roles[::-1]
        found = [*(role for role in roles if role.ways), *(role for role in roles if not role.ways)]
        return [LateDenial(role.principal, role.names[:1], tuple(role.fingerprints), role) for role in found]

    def _find_last_use(self, fingerprint: str) -> int:
        """Return until when a key pair may have signed, in epoch seconds.

        It is 0 if that is said elsewhere: the key pair is still active, or could not be tried.
        """
        stopped = self._known.records.stopped(fingerprint)
        is_refused = isinstance(self._known.failures.get(fingerprint), SourceRefusedError)
        return self._known.checked_at or _UNKNOWN if is_refused and not stopped else stopped

    def _is_counted_before(self, principal: Principal, at: int) -> bool:
        """Return whether a denial counts as done, but its moment is not after this time."""
        found = [each.moment for each in self._known.outcomes if each.principal == principal and each.moment]
        return any(moment <= format_moment(at) for moment in found)
