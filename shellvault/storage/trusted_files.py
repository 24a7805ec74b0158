"""The files that the user trusts, by path and content: certificates whole, config files by what they can do.

One line per file in shellvault's home: `KIND SHA-256 PATH`.
"""

from __future__ import annotations

import hashlib
import os

from shellvault.awsconfig.config_powers import list_powers
from shellvault.awsconfig.reader import Config
from shellvault.core.errors import UsageError
from shellvault.core.record import Record
from shellvault.core.text import count
from shellvault.system.atomic_file import read_text, replace_file
from shellvault.system.file_lock import FileLock
from shellvault.system.file_owner import require_owned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

CONFIG, CERTIFICATES = "config", "certificates"
_WORDS = 3
_CERTIFICATE = "-----BEGIN "


class TrustedFile(Record):
    """One file as it was, or is, when it was looked at."""

    kind: str
    sha256: str
    path: str


class TrustedFiles:
    """The list of trusted files in a home; without one the list is empty."""

    def __init__(self, home: str) -> None:
        self._path = os.path.join(home, "trusted")

    def entries(self) -> tuple[TrustedFile, ...]:
        """Return all of them, the oldest first.

        Raises:
            UsageError: others may write the list.
        """
        require_owned(self._path, "the list of trusted files")
        words = [line.split(" ", _WORDS - 1) for line in read_text(self._path).split("\n")]
        return tuple(TrustedFile(kind, sha, _unescape(path)) for kind, sha, path in filter(_is_entry, words))

    def put(self, file: TrustedFile) -> None:
        """Trust a file as it is now, and no longer as it was."""
        self._change(lambda entries: [*(each for each in entries if each.path != file.path), file])

    def drop(self, path: str) -> None:
        """Trust a file no longer; an unknown one is no error."""
        self._change(lambda entries: [each for each in entries if each.path != path])

    def _change(self, change: Callable[[tuple[TrustedFile, ...]], list[TrustedFile]]) -> None:
        with FileLock(f"{self._path}.lock"):
            lines = [f"{each.kind} {each.sha256} {_escape(each.path)}\n" for each in change(self.entries())]
            replace_file(self._path, "".join(lines).encode("ascii"))


def look_at_file(path: str) -> tuple[TrustedFile, list[str]]:
    """Return a file as it is now, and what it would be trusted with, in words.

    Raises:
        UsageError: it cannot be read, or others may write it.
    """
    require_owned(path, "the file")
    if not os.path.isfile(path):
        raise UsageError(f"there is no file {path}", "shellvault trust FILE")
    text = read_text(path)
    return look_at_certificates(path, text) if _CERTIFICATE in text else look_at_config(path, Config(text, path))


def look_at_config(path: str, config: Config) -> tuple[TrustedFile, list[str]]:
    """Return a config file as it was read, and its settings that name programs, endpoints and certificates."""
    powers = list_powers(config)
    return TrustedFile(CONFIG, _digest("\0".join(powers)), path), powers


def look_at_certificates(path: str, text: str) -> tuple[TrustedFile, list[str]]:
    """Return a file of certificates with this text, and how many there are."""
    return TrustedFile(CERTIFICATES, _digest(text), path), [count(text.count(_CERTIFICATE), "certificate")]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def _is_entry(words: list[str]) -> bool:
    return len(words) == _WORDS and words[0] in (CONFIG, CERTIFICATES)


def _escape(path: str) -> str:
    """Return any path as one line of ASCII."""
    return path.encode("unicode_escape").decode("ascii")


def _unescape(text: str) -> str:
    return text.encode("ascii", "replace").decode("unicode_escape", "replace")
