"""Writes AWS files to disk: one process at a time changes a file, and a failed write leaves the old one."""

from __future__ import annotations

from contextlib import contextmanager

from shellvault.awsconfig.document import append_profiles, edit_profile, gap_at_end
from shellvault.core.errors import VaultUnavailableError
from shellvault.system.atomic_file import encode_text, exclusive, read_text, replace_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Notice = Callable[[str], None]


class FileEdit:
    """A file that is being edited; `text` is its new content, initially the current one."""

    def __init__(self, text: str) -> None:
        self.text = text


@contextmanager
def edit_file(path: str, notice: Notice | None = None, *, mode: int | None = None) -> Iterator[FileEdit]:
    """Lock a file and yield its text for editing; write the file at the end of the block, unless nothing changed.

    If the block raises, the file stays as it is. `notice` tells the user what we are waiting for; `mode` changes the
    permissions of a file that is written.

    Raises:
        UsageError: the file cannot be read, or a program that ignores the lock changed it in the meantime.
        VaultUnavailableError: the file cannot be written; it is unchanged.
    """
    with exclusive(path, notice):
        before = read_text(path)
        edit = FileEdit(before)
        yield edit
        if edit.text != before:
            _write(path, before, edit.text, mode)


def put_profile(path: str, name: str, settings: Mapping[str, str], notice: Notice | None = None) -> bool:
    """Add a profile, or the settings that it lacks, to the config file; return whether anything was written.

    `notice` tells the user what we are waiting for.

    Raises:
        ShellvaultError: see `edit_file` and `edit_profile`; the file is unchanged.
    """
    with edit_file(path, notice) as edit:
        before = edit.text
        edit.text = edit_profile(before, name, settings, path)
    return edit.text != before


class ProfileAddition:
    """New profiles for the end of a config file, which can be shown before they are written.

    Raises:
        UsageError: the file cannot be read, or the profiles would not be read back as they are meant.
    """

    def __init__(self, path: str, profiles: Mapping[str, Mapping[str, str]]) -> None:
        self._path = path
        self._before = read_text(path)
        self._after = append_profiles(self._before, profiles, path)

    def diff(self) -> list[str]:
        """Return the new lines as a unified diff, without the lines around them, which may hold secrets."""
        start = self._before + gap_at_end(self._before)
        number = start.count("\n")
        added = self._after.removeprefix(start).replace("\r\n", "\n").split("\n")[:-1]
        head = [f"--- {self._path}", f"+++ {self._path}", f"@@ -{number},0 +{number + 1},{len(added)} @@"]
        return [*head, *(f"+{line}" for line in added)]

    def write(self, notice: Notice | None = None) -> None:
        """Write the profiles and reread the file; `notice` tells the user what we are waiting for.

        Raises:
            UsageError: the file has changed meanwhile; it is left as it is.
            VaultUnavailableError: the file could not be written; it is unchanged.
        """
        with exclusive(self._path, notice):
            _write(self._path, self._before, self._after)
        if read_text(self._path) != self._after:
            raise VaultUnavailableError(f"{self._path} does not contain what was written to it", "check the file")


def _write(path: str, before: str, after: str, mode: int | None = None) -> None:
    replace_file(path, encode_text(after), mode=mode, expected=encode_text(before) if before else None)
