"""Adds new profiles at the end of the AWS config file, and leaves what is there as it is, to the byte."""

from __future__ import annotations

from shellvault.awsconfig.document import profile_header, read_config
from shellvault.awsconfig.reader import Config
from shellvault.core.errors import UsageError, VaultUnavailableError
from shellvault.system.atomic_file import encode_text, exclusive, replace_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class ProfileAddition:
    """New profiles for a config file: `lines` are those that come at its end, without their ends.

    Raises:
        UsageError: they would not be read there as they are meant.
    """

    def __init__(self, path: str, profiles: Mapping[str, Mapping[str, str]]) -> None:
        self._path = path
        self._before = read_config(path)
        self._newline = "\r\n" if "\r\n" in self._before else "\n"
        self.lines = [line for name, settings in profiles.items() for line in _section(name, settings)]
        self._after = self._before + self._gap() + "".join(f"{line}{self._newline}" for line in self.lines[1:])
        read = Config(self._after)
        there = read.names() == [*Config(self._before).names(), *profiles]
        if not there or any(read.section(f"profile {name}") != settings for name, settings in profiles.items()):
            raise UsageError(f"profiles at the end of {path} would not be read", "mend the end of the file")

    def write(self) -> None:
        """Write them, and read the file again.

        Raises:
            UsageError: the file has changed since; it is left as it is.
            VaultUnavailableError: the file could not be written; it is as it was.
        """
        with exclusive(self._path):
            replace_file(self._path, encode_text(self._after), expected=encode_text(self._before))
        if read_config(self._path) != self._after:
            raise VaultUnavailableError(f"{self._path} does not hold what was written into it", "look at the file")

    def diff(self) -> list[str]:
        """Return them as a unified diff, which shows nothing else of the file: it may hold secrets."""
        line = len((self._before + self._gap()).splitlines()) if self._before else 0
        head = [f"--- {self._path}", f"+++ {self._path}", f"@@ -{line},0 +{line + 1},{len(self.lines) - 1} @@"]
        return [*head, *(f"+{line}" for line in self.lines[1:])]

    def _gap(self) -> str:
        """Return what ends the last line, and leaves a blank one, where there is any line at all."""
        ends = self._before.replace("\r\n", "\n")
        return self._newline * (bool(ends) + (not ends.endswith("\n")) - ends.endswith("\n\n")) if ends else ""


def _section(name: str, settings: Mapping[str, str]) -> list[str]:
    return ["", profile_header(name), *(f"{key} = {value}" for key, value in settings.items())]
