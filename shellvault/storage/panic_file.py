"""What `panic` has done so far, for a second run: a deactivated key can ask AWS nothing. No secret is in it."""

from __future__ import annotations

import json
import time

from shellvault.core.errors import VaultUnavailableError
from shellvault.core.revocation.deny_policy import format_moment, is_moment
from shellvault.core.revocation.panic_plan import Stray
from shellvault.core.revocation.principals import Principal
from shellvault.system.atomic_file import read_bytes, replace_own
from shellvault.system.paths import find_panic_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from shellvault.core.revocation.panic_plan import PlannedRole

_END = 2**33  # epoch seconds; a larger number is no time
LONGEST_SESSION = 43_200
"""Seconds that a session of a role lasts at most."""
_USERS, _DENIED, _INTENDED, _STOPPED, _OPEN = _PARTS = ("users", "denied", "intended", "stopped", "open")


class PanicFile:
    """See `shellvault.core.revocation.panic_steps.PanicRecords`.

    Args:
        home: the folder that it is in.
        notice: tells the user what cannot be written.
    """

    def __init__(self, home: str, notice: Callable[[str], None]) -> None:
        self._path = find_panic_file(home)
        self._notice = notice
        self._found = self._read()

    def begin(self, fingerprint: str, user: Principal | None) -> None:
        """See `PanicRecords`."""
        was_stopped = self._found[_STOPPED].pop(fingerprint, None)
        if was_stopped and not user:
            self._write()
        if user:
            self._found[_USERS][fingerprint] = [getattr(user, field) for field in Principal._fields]
            self.drop(user)

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
        fields = self._found[_USERS].get(fingerprint)
        is_whole = isinstance(fields, list) and len(fields) == len(Principal._fields)
        return Principal(*map(str, fields)) if isinstance(fields, list) and is_whole else None

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

    def keep_open(self, roles: Iterable[PlannedRole], strays: Iterable[Stray]) -> None:
        """Remember the roles that are not denied, those of other key pairs, too: without caches, nothing tells of them.

        The same goes for a role whose key pair is still active, for newer sessions can be obtained.
        `roles` are those that a run was about, `strays` all that no profile may lead to.
        """
        until, planned = int(time.time()) + LONGEST_SESSION, set()
        for role in roles:
            found = Stray(role.names[0], role.principal.account, role.principal.name, role.fingerprints[0])
            planned.add(found.place)
            self._found[_OPEN].pop(found.place, None)
            if not self.denied(role.principal) or not all(map(self.stopped, role.fingerprints)):
                self._found[_OPEN][found.place] = [*found, until]
        for each in strays:
            if each.place not in planned:
                self._found[_OPEN].setdefault(each.place, [*each, until])
        self._write()

    def open_roles(self) -> list[Stray]:
        """Return the roles that are remembered, as long as a session of theirs can be valid."""
        found = []
        for each in self._found[_OPEN].values():
            match each:
                case [*fields, int(until)] if len(fields) == len(Stray._fields) and time.time() < until:
                    found.append(Stray(*map(str, fields)))
        return found

    def intended(self, principal: Principal) -> int:
        """See `PanicRecords`."""
        return _read_time(self._found[_INTENDED].get(principal.key))

    def _read(self) -> dict[str, dict[str, object]]:
        try:
            found = json.loads(read_bytes(self._path, follow=False))
        except (OSError, ValueError, RecursionError):  # never written, or not by us
            found = {}
        known = found if isinstance(found, dict) else {}
        parts = {name: known.get(name) for name in _PARTS}
        return {name: part if isinstance(part, dict) else {} for name, part in parts.items()}

    def _write(self) -> None:
        try:
            replace_own(self._path, json.dumps(self._found).encode())
        except VaultUnavailableError as error:
            self._notice(f"{error.message}: a second run will not know what was done")


def _read_time(found: object) -> int:
    """Return epoch seconds from the file; 0 for what can be none."""
    return found if type(found) is int and 0 < found < _END and is_moment(format_moment(found)) else 0
