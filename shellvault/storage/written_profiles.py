"""Which profiles `sso profiles` wrote into which config file, and how each looked: only those may be removed again.

One JSON object in shellvault's home: config file -> profile -> its section's fingerprint and the account's name. A file
that is missing or damaged says that no profile was written, so that none is removed.
"""

from __future__ import annotations

import json
import os

from shellvault.core.record import Record
from shellvault.system.atomic_file import exclusive, read_bytes, replace_own

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


class WrittenProfile(Record):
    """What was known of a profile when it was written; for the fingerprint see `awsconfig.written_sections`."""

    fingerprint: str
    account_name: str


class WrittenProfiles:
    """The profiles that were written into one config file.

    Args:
        home: shellvault's home.
        config_file: the config file; a symbolic link to it means the same file. What was recorded before the file
            was moved behind the link counts, too.
    """

    def __init__(self, home: str, config_file: str) -> None:
        self._path = os.path.join(home, "sso-profiles")
        self._config_file = os.path.realpath(config_file)
        self._link = config_file

    def entries(self) -> dict[str, WrittenProfile]:
        """Return the profiles by name."""
        return self._entries(self._read())

    def update(self, added: Mapping[str, WrittenProfile], removed: Collection[str]) -> None:
        """Add profiles, and drop others.

        Raises:
            VaultUnavailableError: the file could not be written; it is unchanged.
        """
        with exclusive(self._path):
            files = self._read()
            kept = {name: each for name, each in self._entries(files).items() if name not in removed}
            files.pop(self._link, None)
            files[self._config_file] = {**kept, **added}
            replace_own(self._path, json.dumps(_pack(files), indent=1, sort_keys=True).encode() + b"\n")

    def _entries(self, files: Mapping[str, dict[str, WrittenProfile]]) -> dict[str, WrittenProfile]:
        return {**files.get(self._link, {}), **files.get(self._config_file, {})}

    def _read(self) -> dict[str, dict[str, WrittenProfile]]:
        try:
            found = json.loads(read_bytes(self._path, follow=False))
            return {str(file): _unpack(profiles) for file, profiles in found.items()}
        except (OSError, ValueError, TypeError, AttributeError, RecursionError):
            return {}


def _pack(files: Mapping[str, Mapping[str, WrittenProfile]]) -> dict[str, dict[str, list[str]]]:
    return {
        file: {name: [each.fingerprint, each.account_name] for name, each in profiles.items()}
        for file, profiles in files.items()
        if profiles
    }


def _unpack(profiles: Mapping[str, list[str]]) -> dict[str, WrittenProfile]:
    return {name: WrittenProfile(str(fingerprint), str(account)) for name, (fingerprint, account) in profiles.items()}
