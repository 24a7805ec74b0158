"""The roles whose sessions may be valid although no profile leads to them: the caches, the log and `panic` tell."""

from __future__ import annotations

import time
from contextlib import suppress

from shellvault.core.chain.links import AssumeRole
from shellvault.core.errors import AwsRefusedError
from shellvault.core.revocation.deny_policy import format_moment
from shellvault.core.revocation.panic_plan import Stray
from shellvault.core.revocation.panic_steps import Outcome
from shellvault.storage.log_records import read_log
from shellvault.storage.panic_file import LONGEST_SESSION, PanicFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from shellvault.core.model import SessionNote
    from shellvault.storage.opener import Storage

BY_HAND = "end the sessions of its role in the IAM console: Roles, the role, Revoke sessions"
"""What to do where only the user can find out which role a session is of."""


class StrayFinder:
    """Finds them, and sessions of which nobody knows the role.

    Args:
        storage: the caches, and the folder of the log.
        notice: tells the user something that is not an error.
        names: those of all profiles.
    """

    def __init__(self, storage: Storage, notice: Callable[[str], None], names: Collection[str]) -> None:
        entries = storage.index.entries()
        self._prints = {entry.name: entry.fingerprint for entry in entries if entry.backend == storage.backend_name}
        self._names = names
        self._notes = [note for note in storage.session_cache().notes() if note.kind == AssumeRole.kind]
        self._logged = _read_roles(storage.home) if self._notes else {}
        self._open = PanicFile(storage.home, notice).open_roles()

    def find(self) -> list[Stray]:
        """Return the roles; profiles may lead to some of them."""
        return [*self._open, *[stray for note in self._notes for stray in self._read(note)]]

    def list_unknown(self) -> list[Outcome]:
        """Return what says of a cached session that nobody knows its role, because its profile is gone."""
        gone = [note.profile for note in self._notes if note.profile not in self._names and not self._read(note)]
        error = AwsRefusedError("its profile is gone, and the log does not tell its role")
        return [Outcome(f"a session of '{name}'", error, BY_HAND) for name in dict.fromkeys(gone)]

    def _read(self, note: SessionNote) -> list[Stray]:
        """Return the roles that a cached session may be of: its profile may have had another one before."""
        account, _slash, role = note.profile.partition("/")
        is_named = note.profile not in self._names and account.isdigit() and role
        roles = {(account, role)} if is_named else self._logged.get(note.profile, set())
        print_ = self._prints.get(note.key_name, "")
        return [Stray(note.profile, account, role, print_) for account, role in sorted(roles)]


def _read_roles(home: str) -> dict[str, set[tuple[str, str]]]:
    """Return the accounts and names of the roles that each profile had while sessions that may be valid began."""
    found: dict[str, set[tuple[str, str]]] = {}
    since = format_moment(int(time.time()) - LONGEST_SESSION)
    with suppress(OSError):
        for each in read_log(home):
            if each.time >= since and each.account and each.role:
                found.setdefault(each.profile, set()).add((each.account, each.role))
    return found
