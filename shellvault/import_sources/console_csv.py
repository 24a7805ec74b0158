"""The CSV file that the AWS console offers with a new access key, as a source of key pairs."""

from __future__ import annotations

import csv
import os
from io import StringIO

from shellvault.core.errors import UsageError
from shellvault.core.model import KeyPair
from shellvault.core.record import Record, Secret
from shellvault.import_sources.aws_files import quote_names
from shellvault.import_sources.import_types import FoundKeyPair, ImportScan
from shellvault.system.atomic_file import read_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_ID, _SECRET, _USER = "access key id", "secret access key", "user name"


class ConsoleCsv(Record):
    """One file. Newer ones have the id and the secret of one key; older ones the user's name too, and several rows."""

    title: str
    kept: str = ""
    hint: str = "name the file that the console downloaded: shellvault import --from csv FILE NAME"

    def find(self, names: Sequence[str]) -> ImportScan:
        """See `Source`. A single key takes any name that is given; of several, users' names choose."""
        if not os.path.exists(self.title):
            raise UsageError(f"there is no file {self.title}", self.hint)
        rows = _rows(self.title, read_text(self.title))
        if len(rows) == 1 and len(names) == 1:
            return ImportScan((self._found(names[0], rows[0]),))
        if any(not row.get(_USER) for row in rows):
            raise UsageError(f"{self.title} does not say whose key it is", f"{self._again} NAME")
        return ImportScan(tuple(self._found(row[_USER], row) for row in rows))

    def scrub(self, imported: Sequence[FoundKeyPair]) -> list[str]:
        """See `Source`: the file itself is deleted, unless it holds more than was imported."""
        before = {item.pair for item in imported}
        others = [row for row in _rows(self.title, read_text(self.title)) if _pair(row) not in before]
        if others:
            raise UsageError(
                f"{self.title} holds other key pairs too, so it was not deleted", f"import all of it: {self._again}"
            )
        try:
            os.unlink(os.path.realpath(self.title))
            if os.path.islink(self.title):
                os.unlink(self.title)
        except OSError as error:
            raise UsageError(f"cannot delete {self.title}: {error.strerror}", "delete it by hand") from error
        return [f"Deleted {self.title}, which held {quote_names(item.name for item in imported)}."]

    @property
    def _again(self) -> str:
        from shlex import quote

        return f"shellvault import --from csv {quote(self.title)}"

    def _found(self, name: str, row: dict[str, str]) -> FoundKeyPair:
        return FoundKeyPair(name, _pair(row), self.title)


def _pair(row: dict[str, str]) -> KeyPair:
    return KeyPair(row[_ID], Secret(row[_SECRET]))


def _rows(path: str, text: str) -> list[dict[str, str]]:
    """Return the rows by the names of their columns, in lower case."""
    try:
        rows = [[cell.strip() for cell in row] for row in csv.reader(StringIO(text.removeprefix("\ufeff"))) if row]
    except csv.Error as error:
        raise UsageError(f"{path} is no CSV file", "name the file that the console downloaded") from error
    titles = [title.lower() for title in rows[0]] if rows else []
    found = [dict(zip(titles, row, strict=False)) for row in rows[1:] if any(row)]
    if not found or any(not row.get(_ID) or not row.get(_SECRET) for row in found):
        raise UsageError(
            f"{path} has no access key in it: its first line should name Access key ID and Secret access key",
            "name the file that the console downloaded",
        )
    return found
