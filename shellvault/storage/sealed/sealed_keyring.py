"""The sealed file as a real `KeyringBackend`, for code that speaks keyring; keyring's own discovery never picks it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from keyring.backend import KeyringBackend
from keyring.compat import properties
from keyring.errors import KeyringLocked, PasswordDeleteError, PasswordSetError

from shellvault.core.errors import ShellvaultError

if TYPE_CHECKING:
    from shellvault.storage.backends import Entries


class SealedKeyring(KeyringBackend):
    """Passwords in a sealed file, under names of their own beside the key pairs."""

    def __init__(self, file: Entries) -> None:
        self._file = file  # the base class would only let KEYRING_PROPERTY_* overwrite attributes

    @properties.classproperty
    def priority(cls) -> float:  # noqa: N805 - a property of the class
        """Refuse to be discovered: without a file to open it is no backend."""
        raise RuntimeError("shellvault builds this backend itself")

    def __str__(self) -> str:
        return "shellvault sealed file"

    def get_password(self, service: str, username: str) -> str | None:
        """Return a password, or None. Raises `KeyringLocked`."""
        try:
            return self._file.get(_entry(service, username))
        except ShellvaultError as error:
            raise KeyringLocked(error.message) from error

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep a password. Raises `PasswordSetError`."""
        try:
            self._file.set(_entry(service, username), password)
        except ShellvaultError as error:
            raise PasswordSetError(error.message) from error

    def delete_password(self, service: str, username: str) -> None:
        """Forget a password. Raises `PasswordDeleteError`, also where there is none."""
        if self.get_password(service, username) is None:
            raise PasswordDeleteError("no such password")
        try:
            self._file.delete(_entry(service, username))
        except ShellvaultError as error:
            raise PasswordDeleteError(error.message) from error


def _entry(service: str, username: str) -> str:
    """Return one name for the two; quoting leaves no `/` in either, so that no other two share it."""
    return "/".join(("keyring", *(quote(word, safe="", errors="surrogatepass") for word in (service, username))))
