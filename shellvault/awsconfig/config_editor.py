"""Writes AWS files to disk: one process at a time changes a file, and a failed write leaves the old one."""

from __future__ import annotations

from contextlib import contextmanager

from shellvault.awsconfig.document import append_profiles, edit_profile, gap_at_end
from shellvault.awsconfig.line_kinds import split_lines
from shellvault.awsconfig.written_sections import find_sections, remove_sections
from shellvault.core.environment import NOTHING
from shellvault.core.errors import UsageError, VaultUnavailableError
from shellvault.system.atomic_file import encode_text, exclusive, read_text, replace_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from shellvault.awsconfig.written_sections import Section

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


class ProfileChange:
    """New profiles for the end of a config file, and profiles to remove, which can be shown before they are written.

    `removed` has for each name the fingerprint that the section must still have: see `written_sections`. `before` is
    the file's text if it was read already.

    Raises:
        UsageError: the file cannot be read, or a section has changed, or the file would not be read back as it is
            meant.
    """

    def __init__(
        self,
        path: str,
        added: Mapping[str, Mapping[str, str]],
        removed: Mapping[str, str] = NOTHING,
        before: str | None = None,
    ) -> None:
        self._path = path
        self._before = read_text(path) if before is None else before
        self._sections = _require_sections(self._before, removed, path) if removed else []
        kept, self._gone = remove_sections(self._before, self._sections, path) if removed else (self._before, [])
        self._kept = kept
        self._after = append_profiles(kept, added, path) if added else kept

    def diff(self) -> list[str]:
        """Return the lines that go and the new ones as a unified diff, without any others, which may hold secrets."""
        head = [f"--- {self._path}", f"+++ {self._path}"]
        return [*head, *self._diff_removal(), *(self._diff_addition() if self._after != self._kept else ())]

    def _diff_removal(self) -> Iterator[str]:
        lines = split_lines(self._before)
        for section in self._sections:
            place = section.start - sum(number < section.start for number in self._gone)
            yield f"@@ -{section.start + 1},{section.end - section.start} +{place},0 @@"
            yield from (f"-{line}".rstrip("\r\n") for line in lines[section.start : section.end])

    def _diff_addition(self) -> list[str]:
        start = self._kept + gap_at_end(self._kept)
        number = len(split_lines(start))
        added = split_lines(self._after.removeprefix(start))
        head = f"@@ -{number + len(self._gone)},0 +{number + 1},{len(added)} @@"
        return [head, *(f"+{line}".rstrip("\r\n") for line in added)]

    def fingerprints(self, names: Collection[str]) -> dict[str, str]:
        """Return the fingerprints of these profiles as they will be written."""
        found = find_sections(self._after)
        return {name: found[name].fingerprint for name in names}

    @property
    def is_current(self) -> bool:
        """Whether the file is still the one that was compared."""
        return read_text(self._path) == self._before

    def write(self) -> None:
        """Write the file and reread it; the caller holds its lock, `exclusive`.

        Raises:
            UsageError: the file has changed meanwhile; it is left as it is.
            VaultUnavailableError: the file could not be written; it is unchanged.
        """
        _write(self._path, self._before, self._after)
        if read_text(self._path) != self._after:
            raise VaultUnavailableError(f"{self._path} does not contain what was written to it", "check the file")


def _require_sections(text: str, removed: Mapping[str, str], path: str) -> list[Section]:
    """Return these sections in the file's order."""
    found = find_sections(text)
    for name, fingerprint in removed.items():
        if name not in found or found[name].fingerprint != fingerprint:
            raise UsageError(f"{path} was modified meanwhile; it was left unchanged", "run the same command again")
    return sorted((found[name] for name in removed), key=lambda section: section.start)


def _write(path: str, before: str, after: str, mode: int | None = None) -> None:
    replace_file(path, encode_text(after), mode=mode, expected=encode_text(before) if before else None)
