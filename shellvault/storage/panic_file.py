"""What `panic` has done so far, for a second run: a deactivated key can ask AWS nothing. No secret is in it."""

from __future__ import annotations

import json
import time

from shellvault.core.errors import VaultUnavailableError
from shellvault.core.revocation.deny_policy import format_moment, is_moment
from shellvault.core.revocation.panic_plan import Stray
from shellvault.core.revocation.principals import Principal, read_principal
from shellvault.storage.panic_entries import (
    PARTS,
    KnownKey,
    group_strays,
    list_open,
    read_key,
    read_parts,
    read_time,
    write_key,
)
from shellvault.system.atomic_file import replace_own
from shellvault.system.paths import find_panic_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from shellvault.core.model import SessionNote
    from shellvault.core.revocation.panic_plan import PlannedKey
    from shellvault.core.revocation.planned_roles import PlannedRole

LONGEST_SESSION = 43_200
"""Seconds that a session of a role lasts at most."""
LONGEST_USER_SESSION = 129_600
"""Seconds that a session of a user lasts at most."""
_USERS, _DENIED, _INTENDED, _STOPPED, _REFUSED, _OPEN = PARTS


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
            self._found[_USERS][key.fingerprint] = write_key(KnownKey(key.title, key.names, key_id, user))
            self.drop(user)

    def see_active(self, fingerprint: str) -> None:
        """Record that a key pair works (again)."""
        found = [self._found[part].pop(fingerprint, None) for part in (_STOPPED, _REFUSED)]
        if any(found):
            self._write()

    def see_deleted(self, fingerprint: str) -> None:
        """Record that a key pair has just been deleted at AWS."""
        if fingerprint in self._found[_USERS]:
            self._found[_STOPPED][fingerprint] = [0, int(time.time())]
            self._write()

    def see_refused(self, fingerprint: str, at: int) -> None:
        """See `PanicRecords`."""
        self._found[_REFUSED].setdefault(fingerprint, int(time.time()))
        if at and not self.stopped(fingerprint):
            self._found[_STOPPED][fingerprint] = [self._read_stop(fingerprint)[0], at]
        self._write()

    def is_long_refused(self, fingerprint: str) -> bool:
        """See `PanicRecords`."""
        since = read_time(self._found[_REFUSED].get(fingerprint))
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
                return read_time(begun), read_time(confirmed)
        return 0, 0

    def user_of(self, fingerprint: str) -> Principal | None:
        """See `PanicRecords`."""
        known = read_key(self._found[_USERS].get(fingerprint))
        return known.user if known else None

    def find_key_id(self, fingerprint: str) -> str:
        """See `PanicRecords`."""
        known = read_key(self._found[_USERS].get(fingerprint))
        return known.key_id if known else ""

    def list_gone(
        self, stored: Collection[str], names: Collection[str] | None
    ) -> tuple[list[KnownKey], list[Principal]]:
        """Return the key pairs that may still be active, and the users whose sessions may still be valid.

        Args:
            stored: the fingerprints of stored key pairs, which a run can deal with; they and their users are left out.
            names: only key pairs that had one of these names count; None for all.
        """
        known = {each: key for each in self._found[_USERS] if (key := read_key(self._found[_USERS][each]))}
        here = {key.user for each, key in known.items() if each in stored}
        gone = {each: key for each, key in known.items() if each not in stored}
        gone = {each: key for each, key in gone.items() if names is None or not set(names).isdisjoint(key.names)}
        users = [key.user for each, key in gone.items() if key.user not in here and self._may_have_sessions(each, key)]
        return [key for each, key in gone.items() if not self.stopped(each)], list(dict.fromkeys(users))

    def _may_have_sessions(self, fingerprint: str, key: KnownKey) -> bool:
        last = self.stopped(fingerprint)
        if not key.user.is_user or (last and last < time.time() - LONGEST_USER_SESSION):
            return False
        return self.denied(key.user) <= (format_moment(last) if last else "")

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
            case [str(moment), at] if is_moment(moment) and read_time(at):
                return moment, read_time(at)
        return "", 0

    def keep_open(self, roles: Iterable[PlannedRole], strays: Iterable[Stray], done: Collection[Principal]) -> None:
        """Remember the roles that are not done, including those of other key pairs: the caches no longer show them.

        A role whose key pair is still active is not done either, because new sessions can be obtained.

        Args:
            roles: the roles of this run.
            strays: all roles that may have no profile.
            done: the roles whose sessions are denied.
        """
        stray, until = group_strays(strays), int(time.time()) + LONGEST_SESSION
        planned = {role.principal: role for role in roles}
        for principal, role in planned.items():
            is_done = principal in done and all(map(self.stopped, role.fingerprints))
            others = [each for each in stray.pop(principal, [])[2:] if each not in role.fingerprints]
            stray[principal] = [role.arn, role.names[0], *([] if is_done else role.fingerprints), *others]
        ends = {arn: end for end, arn, *_rest in self._list_open()}
        ends = {arn: end for arn, end in ends.items() if read_principal(arn) not in planned}
        self._found[_OPEN] = {
            principal.key: [ends.get(found[0], until), *found] for principal, found in stray.items() if found[2:]
        }
        self._write()

    def remember(self, notes: Iterable[SessionNote], prints: Mapping[str, str]) -> None:
        """Remember the roles of sessions that are dropped from the cache while they may still be valid.

        `prints` has the fingerprint of each key pair, by name.
        """
        for note in notes:
            if principal := read_principal(note.role_arn):
                known = [each for each in self._list_open() if read_principal(each[1]) == principal]
                end, arn, name, before = known[0] if known else (0, note.role_arn, note.profile, [])
                below = dict.fromkeys([*before, prints.get(note.key_name, "")])
                self._found[_OPEN][principal.key] = [max(end, note.expires_at), arn, name, *below]
        self._write()

    def _list_open(self) -> Iterator[tuple[int, str, str, list[str]]]:
        return list_open(self._found[_OPEN].values(), self._may_sign)

    def _may_sign(self, fingerprint: str) -> bool:
        """Return whether a known key pair may still be active."""
        return fingerprint in self._found[_USERS] and not self.stopped(fingerprint)

    def open_roles(self) -> list[Stray]:
        """Return the roles that are remembered, as long as a session of theirs can be valid."""
        return [Stray(name, arn, each) for _end, arn, name, prints in self._list_open() for each in prints]

    def intended(self, principal: Principal) -> int:
        """See `PanicRecords`."""
        return read_time(self._found[_INTENDED].get(principal.key))

    def read(self) -> None:
        """Read the file again."""
        self._found = read_parts(self._path)

    def _write(self) -> None:
        try:
            replace_own(self._path, json.dumps(self._found).encode())
        except VaultUnavailableError as error:
            self._notice(f"{error.message}: a second run will not know what was done")
