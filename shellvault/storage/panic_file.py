"""What `panic` has done so far, for a second run: a deactivated key can ask AWS nothing. No secret is in it."""

from __future__ import annotations

import json
import os

from shellvault.core.errors import VaultUnavailableError
from shellvault.core.revocation.deny_policy import format_moment, is_moment
from shellvault.core.revocation.principals import Principal
from shellvault.system.atomic_file import read_bytes, replace_own

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_NAME = "panic"
_USERS, _DENIED, _INTENDED, _STOPPED = "users", "denied", "intended", "stopped"


class PanicFile:
    """See `shellvault.core.revocation.panic_steps.PanicRecords`.

    Args:
        home: the folder that it is in.
        notice: tells the user what cannot be written.
    """

    def __init__(self, home: str, notice: Callable[[str], None]) -> None:
        self._path = os.path.join(home, _NAME)
        self._notice = notice
        self._found = self._read()

    def begin(self, fingerprint: str, user: Principal | None) -> None:
        """See `PanicRecords`."""
        self._found[_STOPPED].pop(fingerprint, None)
        if user:
            self._found[_USERS][fingerprint] = [getattr(user, field) for field in Principal._fields]
            self.drop(user)

    def stop(self, fingerprint: str) -> None:
        """See `PanicRecords`."""
        self._found[_STOPPED][fingerprint] = True
        self._write()

    def was_stopped(self, fingerprint: str) -> bool:
        """See `PanicRecords`."""
        return fingerprint in self._found[_STOPPED]

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

    def confirm(self, principal: Principal, moment: str) -> None:
        """See `PanicRecords`."""
        self._found[_INTENDED].pop(principal.key, None)
        self._found[_DENIED][principal.key] = moment
        self._write()

    def drop(self, principal: Principal) -> None:
        """See `PanicRecords`."""
        self._found[_DENIED].pop(principal.key, None)
        self._write()

    def denied(self, principal: Principal) -> str:
        """See `PanicRecords`."""
        moment = str(self._found[_DENIED].get(principal.key, ""))
        return moment if is_moment(moment) else ""

    def intended(self, principal: Principal) -> int:
        """See `PanicRecords`."""
        at = self._found[_INTENDED].get(principal.key, 0)
        return at if isinstance(at, int) and is_moment(format_moment(at)) else 0

    def _read(self) -> dict[str, dict[str, object]]:
        try:
            found = json.loads(read_bytes(self._path, follow=False))
        except (OSError, ValueError):  # never written, or not by us
            found = {}
        known = found if isinstance(found, dict) else {}
        parts = {name: known.get(name) for name in (_USERS, _DENIED, _INTENDED, _STOPPED)}
        return {name: part if isinstance(part, dict) else {} for name, part in parts.items()}

    def _write(self) -> None:
        try:
            replace_own(self._path, json.dumps(self._found).encode())
        except VaultUnavailableError as error:
            self._notice(f"{error.message}: a second run will not know what was done")
