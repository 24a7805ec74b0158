"""Which profiles `sso profiles` wrote into which config file, and how each looked: only those may be removed again.

One JSON object in shellvault's home: config file -> profile -> its section's fingerprint and the account's name. A file
that is missing or unreadable counts as an empty one, so that no profile is removed. A damaged file is kept beside the
new one.
"""

from __future__ import annotations

import errno
import json
import os
from itertools import count

from shellvault.core.record import Record
from shellvault.core.text import quote_word
from shellvault.system.atomic_file import exclusive, read_bytes, replace_own
from shellvault.system.paths import explain_unreadable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_OTHERWISE = "remove those profiles yourself"


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
        return self._entries(self._read()[0])

    def describe_problem(self) -> tuple[str, str]:
        """Return why the file cannot be read, and what to do about it; two empty strings if it can be."""
        return self._read()[1:]

    def update(self, added: Mapping[str, WrittenProfile], removed: Collection[str]) -> str:
        """Add profiles, and drop others; return the path under which an unreadable file was kept, if any.

        Raises:
            VaultUnavailableError: the file could not be written; it is unchanged.
        """
        with exclusive(self._path):
            files, problem, _ = self._read()
            kept = {name: each for name, each in self._entries(files).items() if name not in removed}
            files.pop(self._link, None)
            files[self._config_file] = {**kept, **added}
            aside = self._find_free() if problem else ""
            replace_own(self._path, json.dumps(_pack(files), indent=1, sort_keys=True).encode() + b"\n", backup=aside)
        return aside

    def _entries(self, files: Mapping[str, dict[str, WrittenProfile]]) -> dict[str, WrittenProfile]:
        return {**files.get(self._link, {}), **files.get(self._config_file, {})}

    def _read(self) -> tuple[dict[str, dict[str, WrittenProfile]], str, str]:
        """Return the profiles by config file and name, and the two strings of `describe_problem`."""
        try:
            found = json.loads(read_bytes(self._path, follow=False))
            return {str(file): _unpack(profiles) for file, profiles in found.items()}, "", ""
        except FileNotFoundError:
            return {}, "", ""
        except OSError as error:
            explained = explain_unreadable(self._path, error, _OTHERWISE)
            is_shut = error.errno in (errno.EACCES, errno.EPERM)
            hint = f"chmod 600 {quote_word(self._path)}, or {_OTHERWISE}" if is_shut else explained.hint
            return {}, explained.message, hint
        except (ValueError, TypeError, AttributeError, RecursionError):
            return {}, f"{self._path} is damaged", f"put back a copy of it, or {_OTHERWISE}"

    def _find_free(self) -> str:
        """Return an unused path beside the file: an earlier damaged copy may be the better one."""
        names = (f"{self._path}.damaged{f'-{number}' if number > 1 else ''}" for number in count(1))
        return next(name for name in names if not os.path.lexists(name))


def _pack(files: Mapping[str, Mapping[str, WrittenProfile]]) -> dict[str, dict[str, list[str]]]:
    return {
        file: {name: [each.fingerprint, each.account_name] for name, each in profiles.items()}
        for file, profiles in files.items()
        if profiles
    }


def _unpack(profiles: Mapping[str, list[str]]) -> dict[str, WrittenProfile]:
    return {name: WrittenProfile(str(fingerprint), str(account)) for name, (fingerprint, account) in profiles.items()}
