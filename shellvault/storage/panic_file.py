"""What `panic` has done so far, for a second run: a deactivated key can ask AWS nothing. No secret is in it."""

from __future__ import annotations

import json
import time

from shellvault.core.errors import VaultUnavailableError
from shellvault.core.record import Record
from shellvault.core.revocation.deny_policy import format_moment, is_moment
from shellvault.core.revocation.panic_plan import Stray
from shellvault.core.revocation.principals import Principal, read_principal
from shellvault.system.atomic_file import read_bytes, replace_own
from shellvault.system.paths import find_panic_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from shellvault.core.revocation.panic_plan import PlannedKey
    from shellvault.core.revocation.planned_roles import PlannedRole

_END = 2**33  # epoch seconds; a larger number is no time
LONGEST_SESSION = 43_200
"""Seconds that a session of a role lasts at most."""
LONGEST_USER_SESSION = 129_600
"""Seconds that a session of a user lasts at most."""
_USERS, _DENIED, _INTENDED, _STOPPED = "users", "denied", "intended", "stopped"
_REFUSED, _OPEN = "refused", "open"
_PRINCIPAL = Principal._fields
_PARTS = (_USERS, _DENIED, _INTENDED, _STOPPED, _REFUSED, _OPEN)


class KnownKey(Record):
    """A key pair that signed during an earlier run: what messages called it, its id, and whose it was."""

    title: str
    key_id: str
    user: Principal


class PanicFile:
    """See `shellvault.core.revocation.panic_needs.PanicRecords`.

    Args:
        home: the folder that it is in.
        notice: tells the user what cannot be written.
    """

    def __init__(self, home: str, notice: Callable[[str], None]) -> None:
        self._path = find_panic_file(home)
        self._notice = notice
        self.read()

    def begin(self, key: PlannedKey, user: Principal | None, key_id: str) -> None:
        """See `PanicRecords`."""
        self.see_active(key.fingerprint)
        if user:
            self._found[_USERS][key.fingerprint] = [key.title, key_id, *[getattr(user, each) for each in _PRINCIPAL]]
            self.drop(user)

    def see_active(self, fingerprint: str) -> None:
        """Record that AWS accepts a key pair: somebody may have activated it again."""
        found = [self._found[part].pop(fingerprint, None) for part in (_STOPPED, _REFUSED)]
        if any(found):
            self._write()

    def forget_key(self, fingerprint: str) -> None:
        """Forget a key pair that has been deleted at AWS."""
        found = [self._found[part].pop(fingerprint, None) for part in (_USERS, _STOPPED, _REFUSED)]
        if any(found):
            self._write()

    def see_refused(self, fingerprint: str, at: int) -> None:
        """See `PanicRecords`."""
        self._found[_REFUSED].setdefault(fingerprint, int(time.time()))
        if at and not self.stopped(fingerprint):
            self._found[_STOPPED][fingerprint] = [self._read_stop(fingerprint)[0], at]
        self._write()

    def is_long_refused(self, fingerprint: str) -> bool:
        """See `PanicRecords`."""
        since = _read_time(self._found[_REFUSED].get(fingerprint))
        return 0 < since < time.time() - LONGEST_USER_SESSION

    def stop(self, fingerprint: str, at: int) -> None:
        """See `PanicRecords`."""
        self._found[_STOPPED][fingerprint] = [at, 0]
        self._write()

    def confirm_stop(self, fingerprint: str, at: int) -> None:
        """See `PanicRecords`."""
        self._found[_STOPPED][fingerprint] = [at, at]
        self._write()

    def give_up_stop(self, fingerprint: str) -> None:
        """See `PanicRecords`."""
        if self._found[_STOPPED].pop(fingerprint, None):
            self._write()

    def stopped(self, fingerprint: str) -> int:
        """See `PanicRecords`."""
        return self._read_stop(fingerprint)[1]

    def was_tried(self, fingerprint: str) -> bool:
        """See `PanicRecords`."""
        return self._read_stop(fingerprint)[0] > 0

    def _read_stop(self, fingerprint: str) -> tuple[int, int]:
        match self._found[_STOPPED].get(fingerprint):
            case [begun, confirmed]:
                return _read_time(begun), _read_time(confirmed)
        return 0, 0

    def user_of(self, fingerprint: str) -> Principal | None:
        """See `PanicRecords`."""
        known = self._read_key(fingerprint)
        return known.user if known else None

    def list_active(self, without: Collection[str]) -> list[KnownKey]:
        """Return the key pairs that were not deactivated, without those with these fingerprints."""
        prints = [each for each in self._found[_USERS] if each not in without and not self.stopped(each)]
        return [known for each in prints if (known := self._read_key(each))]

    def _read_key(self, fingerprint: str) -> KnownKey | None:
        match self._found[_USERS].get(fingerprint):
            case [title, key_id, *fields] if len(fields) == len(_PRINCIPAL):
                return KnownKey(str(title), str(key_id), Principal(*map(str, fields)))
        return None

    def intend(self, principal: Principal, at: int) -> None:
        """See `PanicRecords`."""
        self._found[_INTENDED][principal.key] = at
        self._found[_DENIED].pop(principal.key, None)
        self._write()

    def confirm(self, principal: Principal, moment: str, at: int) -> None:
        """See `PanicRecords`."""
        self._found[_INTENDED].pop(principal.key, None)
        self._found[_DENIED][principal.key] = [moment, at]
        self._write()

    def give_up(self, principal: Principal) -> None:
        """See `PanicRecords`."""
        if self._found[_INTENDED].pop(principal.key, None):
            self._write()

    def drop(self, principal: Principal) -> None:
        """See `PanicRecords`."""
        self._found[_DENIED].pop(principal.key, None)
        self._write()

    def denied(self, principal: Principal) -> str:
        """See `PanicRecords`."""
        return self._read_denial(principal)[0]

    def denied_at(self, principal: Principal) -> int:
        """See `PanicRecords`."""
        return self._read_denial(principal)[1]

    def _read_denial(self, principal: Principal) -> tuple[str, int]:
        match self._found[_DENIED].get(principal.key):
            case [str(moment), at] if is_moment(moment) and _read_time(at):
                return moment, _read_time(at)
        return "", 0

    def keep_open(self, roles: Iterable[PlannedRole], strays: Iterable[Stray], done: Collection[Principal]) -> None:
        """Remember the roles that are not done, those of other key pairs, too: without caches, nothing tells of them.

        The same goes for a role whose key pair is still active, for newer sessions can be obtained.
        `roles` are those that a run was about, `strays` all that no profile may lead to.
        """
        stray, until = self._group_strays(strays), int(time.time()) + LONGEST_SESSION
        planned = {role.principal.arn: role for role in roles}
        for arn, role in planned.items():
            is_done = role.principal in done and all(map(self.stopped, role.fingerprints))
            others = [each for each in stray.pop(arn, [])[1:] if each not in role.fingerprints]
            stray[arn] = [role.names[0], *([] if is_done else role.fingerprints), *others]
        ends = {arn: end for arn, end, *_rest in self._read_open() if arn not in planned}
        self._found[_OPEN] = {arn: [ends.get(arn, until), *found] for arn, found in stray.items() if found[1:]}
        self._write()

    def _group_strays(self, strays: Iterable[Stray]) -> dict[str, list[str]]:
        """Return the name and the key pairs of each role, by its ARN without a path."""
        found: dict[str, list[str]] = {}
        for each in strays:
            if principal := read_principal(each.arn):
                known = found.setdefault(principal.arn, [each.name])
                known += [each.fingerprint] if each.fingerprint not in known[1:] else []
        return found

    def open_roles(self) -> list[Stray]:
        """Return the roles that are remembered, as long as a session of theirs can be valid."""
        return [Stray(name, arn, each) for arn, _end, name, prints in self._read_open() for each in prints]

    def _read_open(self) -> Iterator[tuple[str, int, str, list[str]]]:
        """Yield a role's ARN, until when it is remembered, the name of its sessions, and its key pairs."""
        for arn, entry in self._found[_OPEN].items():
            match entry:
                case [int(end), name, *prints] if time.time() < end:
                    yield arn, end, str(name), list(map(str, prints))

    def intended(self, principal: Principal) -> int:
        """See `PanicRecords`."""
        return _read_time(self._found[_INTENDED].get(principal.key))

    def read(self) -> None:
        """Read the file again."""
        try:
            found = json.loads(read_bytes(self._path, follow=False))
        except (OSError, ValueError, RecursionError):  # never written, or not by us
            found = {}
        known = found if isinstance(found, dict) else {}
        parts = {name: known.get(name) for name in _PARTS}
        self._found: dict[str, dict[str, object]] = {
            name: part if isinstance(part, dict) else {} for name, part in parts.items()
        }

    def _write(self) -> None:
        try:
            replace_own(self._path, json.dumps(self._found).encode())
        except VaultUnavailableError as error:
            self._notice(f"{error.message}: a second run will not know what was done")


def _read_time(found: object) -> int:
    """Return epoch seconds from the file; 0 for what can be none."""
    return found if type(found) is int and 0 < found < _END and is_moment(format_moment(found)) else 0
