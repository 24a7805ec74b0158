"""Where key pairs may rest: what every vault backend offers, and which one is chosen; no keyring is loaded here."""

from __future__ import annotations

from shellvault.core.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from shellvault.core.record import Secret

    class Backend(Protocol):
        """A vault of named secrets. Its methods raise `VaultUnavailableError` where it is locked or unreachable."""

        @property
        def name(self) -> str:
            """The word that `--backend` takes for this backend."""

        def get(self, entry: str) -> Secret | None:
            """Return the secret of an entry, or None where there is none."""

        def set(self, entry: str, secret: str) -> None:
            """Keep a secret; a reader meanwhile finds the old one or the new one, whole."""

        def delete(self, entry: str) -> None:
            """Forget an entry; one that is absent is no error."""

    class Entries(Protocol):
        """What the sealed file offers to this module."""

        def get(self, name: str) -> Secret | None:
            """Return the secret, or None."""

        def set(self, name: str, secret: str) -> None:
            """Keep a secret."""

        def delete(self, name: str) -> object:
            """Forget a secret; one that is absent is no error."""


AUTO = "auto"
SEALED = "sealed"
KEYRINGS = {"linux": ("secret-service", "kwallet"), "darwin": ("keychain",), "win32": ("wincred",)}
"""The OS keyrings of each `sys.platform`, the preferred one first."""

_AWS_VAULTS = {"file": SEALED}
"""aws-vault's name of a backend -> ours, where they differ."""


class SealedBackend:
    """The sealed file as a backend."""

    name = SEALED

    def __init__(self, file: Entries) -> None:
        self._file = file

    def get(self, entry: str) -> Secret | None:
        """See `Backend`."""
        return self._file.get(entry)

    def set(self, entry: str, secret: str) -> None:
        """See `Backend`."""
        self._file.set(entry, secret)

    def delete(self, entry: str) -> None:
        """See `Backend`."""
        self._file.delete(entry)


def choose(wanted: str, recorded: str | None, answers: Callable[[str], bool], platform: str) -> str:
    """Return the name of the backend to use.

    `recorded` is the backend that already holds keys: `auto` stays with it even while it does not answer, so that a
    vault never changes silently. `platform` is a `sys.platform`; `answers` is asked about its keyrings only.
    """
    here = KEYRINGS.get(platform, ())
    if wanted and wanted != AUTO:
        return _known(_AWS_VAULTS.get(wanted, wanted), here)
    if recorded:
        return _known(recorded, here)
    return next((keyring for keyring in here if answers(keyring)), SEALED)


def chosen_for_aws_vault(name: str, platform: str) -> str:
    """Return our backend for what AWS_VAULT_BACKEND says, or the empty string where it says nothing.

    Raises:
        UsageError: shellvault has no such backend.
    """
    try:
        return _known(_AWS_VAULTS.get(name, name), KEYRINGS.get(platform, ())) if name else ""
    except UsageError:
        raise UsageError(
            f"AWS_VAULT_BACKEND is '{name}', where shellvault keeps no key pairs",
            "set SHELLVAULT_BACKEND=auto to take the system's keyring, or a sealed file where there is none",
        ) from None


def _known(name: str, here: tuple[str, ...]) -> str:
    """Return the name, if this machine can have such a backend."""
    if name in (*here, SEALED):
        return name
    elsewhere = any(name in keyrings for keyrings in KEYRINGS.values())
    reason = f"the backend {name} does not exist on this platform" if elsewhere else f"there is no backend {name!r}"
    raise UsageError(reason, f"use --backend with one of: {', '.join((AUTO, *here, SEALED))}")
