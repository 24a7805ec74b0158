"""The files that the user trusts, by path and content: certificates whole, config files by what they can do.

One line per file in shellvault's home: `KIND SHA-256 MAC PATH`. An `.envrc`, for one, can
choose another home, but must not bring its own list: a key below the user's own home folder authenticates each line.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets

from shellvault.awsconfig.config_powers import list_powers
from shellvault.awsconfig.reader import Config
from shellvault.core.errors import UsageError
from shellvault.core.record import Record
from shellvault.core.text import count
from shellvault.system.atomic_file import exclusive, replace_file
from shellvault.system.file_lock import FileLock
from shellvault.system.file_owner import read_owned
from shellvault.system.paths import explain_unreadable, personal_folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from shellvault.settings import Settings

CONFIG, CERTIFICATES = "config", "certificates"
_WORDS = 4
_KEY_SIZE = 32  # bytes
_CERTIFICATE = "-----BEGIN "


class TrustedFile(Record):
    """One file as it was, or is, when it was looked at."""

    kind: str
    sha256: str
    path: str


class TrustedFiles:
    """The list of trusted files in the home that the settings name; without one the list is empty."""

    def __init__(self, settings: Settings) -> None:
        self._path = os.path.join(settings.home, "trusted")
        self._key_path = os.path.join(personal_folder(settings.environ, settings.cwd), "trust.key")

    def entries(self) -> tuple[TrustedFile, ...]:
        """Return all that this user has trusted, the oldest first.

        Raises:
            UsageError: others may write the list, or the key that authenticates it.
        """
        lines, key = _read(self._path, "the list of trusted files").split("\n"), self._read_key()
        return tuple(filter(None, [_parse(line, key) for line in lines])) if key else ()

    def put(self, file: TrustedFile) -> None:
        """Trust a file as it is now, and no longer as it was."""
        self._change(lambda entries: [*(each for each in entries if each.path != file.path), file])

    def drop(self, path: str) -> None:
        """Trust a file no longer; an unknown one is no error."""
        self._change(lambda entries: [each for each in entries if each.path != path])

    def _change(self, change: Callable[[tuple[TrustedFile, ...]], list[TrustedFile]]) -> None:
        with FileLock(f"{self._path}.lock"):
            key = self._read_key() or self._create_key()
            lines = [_format(each, key) for each in change(self.entries())]
            replace_file(self._path, "".join(lines).encode("ascii"))

    def _read_key(self) -> bytes:
        return _read(self._key_path, "the key of the list of trusted files").strip().encode()

    def _create_key(self) -> bytes:
        with exclusive(self._key_path):  # another home may be given its first file at the same time
            if not self._read_key():
                replace_file(self._key_path, secrets.token_hex(_KEY_SIZE).encode())
        return self._read_key()


def look_at_file(path: str) -> tuple[TrustedFile, list[str]]:
    """Return a file as it is now, and what it would be trusted with, in words.

    Raises:
        UsageError: it cannot be read, or others may write it.
    """
    if not os.path.isfile(path):
        missing = "is not a file" if os.path.exists(path) else "does not exist"
        raise UsageError(f"{path} {missing}", "shellvault trust FILE")
    text = _read(path, "the file")
    return look_at_certificates(path, text) if _CERTIFICATE in text else look_at_config(path, Config(text, path))


def look_at_config(path: str, config: Config) -> tuple[TrustedFile, list[str]]:
    """Return a config file as it was read, and its settings that name programs, endpoints and certificates."""
    powers = list_powers(config)
    return TrustedFile(CONFIG, _digest("\0".join(powers)), path), powers


def look_at_certificates(path: str, text: str) -> tuple[TrustedFile, list[str]]:
    """Return a file of certificates with this text, and how many there are."""
    found = text.count(_CERTIFICATE)
    return TrustedFile(CERTIFICATES, _digest(text), path), [count(found, "certificate")] if found else []


def _read(path: str, what: str) -> str:
    """Return the content of a file that nobody else may write, empty if there is no file; `what` names it."""
    try:
        return read_owned(path, what).decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise explain_unreadable(path, error, "use another one") from error


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def _format(file: TrustedFile, key: bytes) -> str:
    words = (file.kind, file.sha256, _escape(file.path))
    return " ".join((*words[:2], _authenticate(words, key), words[2])) + "\n"


def _parse(line: str, key: bytes) -> TrustedFile | None:
    """Return the file that one line names, or None if the line was not written with this key."""
    words = line.split(" ", _WORDS - 1)
    if len(words) != _WORDS:
        return None
    kind, sha256, mac, path = words
    is_ours = hmac.compare_digest(_authenticate((kind, sha256, path), key).encode(), mac.encode("utf-8", "replace"))
    return TrustedFile(kind, sha256, _unescape(path)) if is_ours else None


def _authenticate(words: tuple[str, ...], key: bytes) -> str:
    return hmac.new(key, "\0".join(words).encode("utf-8", "replace"), "sha256").hexdigest()


def _escape(path: str) -> str:
    """Return any path as one line of ASCII."""
    return path.encode("unicode_escape").decode("ascii")


def _unescape(text: str) -> str:
    return text.encode("ascii", "replace").decode("unicode_escape", "replace")
