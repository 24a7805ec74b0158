"""The CSV file that the AWS console offers for a new access key, as a source of key pairs."""

from __future__ import annotations

import csv
import os
from io import StringIO

from shellvault.core.errors import UsageError
from shellvault.core.model import KeyPair
from shellvault.core.record import Record, Secret
from shellvault.core.text import quote_names, quote_word
from shellvault.import_sources.import_types import FoundKeyPair, ImportScan
from shellvault.system.atomic_file import read_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_ID, _SECRET, _USER = "access key id", "secret access key", "user name"
_WRONG_FILE = "use the file that the AWS console downloaded"


class ConsoleCsv(Record):
    """One file. Newer ones have the id and secret of one key; older ones also user names, and several rows.

    `path` is how the file is opened, `title` what messages call it.
    """

    path: str
    title: str
    removal_command: str = ""
    hint: str = "use the file that the console downloaded: shellvault import --from csv FILE NAME"

    def find(self, names: Sequence[str]) -> ImportScan:
        """See `ImportSource`. A single key takes the given name; several are chosen by their user names."""
        if not os.path.exists(self.path):
            raise UsageError(f"there is no file {self.title}", self.hint)
        rows = self._read()
        if len(rows) == 1 and len(names) == 1:
            return ImportScan((self._found(names[0], rows[0]),))
        if any(not row.get(_USER) for row in rows):
            raise UsageError(f"{self.title} has no user name to store the key pair under", f"{self._command} NAME")
        return ImportScan(tuple(self._found(row[_USER], row) for row in rows))

    def scrub(self, imported: Sequence[FoundKeyPair]) -> list[str]:
        """See `ImportSource`. The file is deleted, unless it has key pairs that were not imported."""
        pairs = {item.pair for item in imported}
        if any(_pair(row) not in pairs for row in self._read()):
            raise UsageError(
                f"{self.title} also has other key pairs, so it was not deleted", f"import all of them: {self._command}"
            )
        try:
            os.unlink(os.path.realpath(self.path))
            if os.path.islink(self.path):
                os.unlink(self.path)
        except OSError as error:
            raise UsageError(f"cannot delete {self.title}: {error.strerror}", "delete it by hand") from error
        return [f"Deleted {self.title}, which had the key pairs of {quote_names(item.name for item in imported)}."]

    @property
    def _command(self) -> str:
        return f"shellvault import --from csv {quote_word(self.title)}"

    def _found(self, name: str, row: dict[str, str]) -> FoundKeyPair:
        return FoundKeyPair(name, _pair(row), self.title)

    def _read(self) -> list[dict[str, str]]:
        """Return the rows, by the names of their columns in lower case."""
        text = read_text(self.path).removeprefix("\ufeff")
        try:
            rows = [[cell.strip() for cell in row] for row in csv.reader(StringIO(text)) if row]
        except csv.Error as error:
            raise UsageError(f"{self.title} is not a CSV file", _WRONG_FILE) from error
        columns = [column.lower() for column in rows[0]] if rows else []
        found = [dict(zip(columns, row, strict=False)) for row in rows[1:] if any(row)]
        if not found or any(not row.get(_ID) or not row.get(_SECRET) for row in found):
            raise UsageError(
                f"{self.title} has no access key: its first line needs the columns Access key ID and Secret access key",
                _WRONG_FILE,
            )
        return found


def _pair(row: dict[str, str]) -> KeyPair:
    return KeyPair(row[_ID], Secret(row[_SECRET]))
