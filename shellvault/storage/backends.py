"""The vault backends: what each of them offers, and which one is used. Loads no keyring."""

from __future__ import annotations

from shellvault.core.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from shellvault.core.record import Secret

    class Backend(Protocol):
        """A vault of named secrets. Its methods raise `VaultUnavailableError` if it is locked or unreachable."""

        @property
        def name(self) -> str:
            """How `--backend` calls this backend."""

        def get(self, entry: str) -> Secret | None:
            """Return the secret of an entry; None if there is none."""

        def set(self, entry: str, secret: str) -> None:
            """Store or replace a secret; readers find the old one or the new one, never a mix."""

        def delete(self, entry: str) -> None:
            """Delete an entry; an absent one is no error."""


AUTO = "auto"
SEALED = "sealed"
KEYRINGS = {"linux": ("secret-service", "kwallet"), "darwin": ("keychain",), "win32": ("wincred",)}
"""The OS keyrings of each `sys.platform`, the preferred one first."""

_AWS_VAULT_NAMES = {"file": SEALED}
"""aws-vault's name of a backend -> ours, if they differ."""


def choose_backend(wanted: str, recorded: str | None, is_usable: Callable[[str], bool], platform: str) -> str:
    """Return the name of the backend to use.

    Args:
        wanted: what the user asked for; `auto` and the empty string leave it to us.
        recorded: the backend that holds keys already. `auto` stays with it even while it does not answer, so that the
            vault never changes silently.
        is_usable: whether a keyring answers.
        platform: a `sys.platform`.

    Raises:
        UsageError: there is no such backend on this platform.
    """
    keyrings = KEYRINGS.get(platform, ())
    if wanted and wanted != AUTO:
        return _require_known(_AWS_VAULT_NAMES.get(wanted, wanted), keyrings, "--backend: ")
    if recorded:
        return _require_known(recorded, keyrings)
    return next((keyring for keyring in keyrings if is_usable(keyring)), SEALED)


def translate_aws_vault_backend(name: str, platform: str) -> str:
    """Return our name for the backend in AWS_VAULT_BACKEND; the empty string where it is not set.

    Raises:
        UsageError: shellvault has no such backend.
    """
    try:
        return _require_known(_AWS_VAULT_NAMES.get(name, name), KEYRINGS.get(platform, ())) if name else ""
    except UsageError:
        raise UsageError(
            f"AWS_VAULT_BACKEND is '{name}', which is not a backend of shellvault",
            "set SHELLVAULT_BACKEND=auto to use the system's keyring, or a sealed file if there is none",
        ) from None


def _require_known(name: str, keyrings: tuple[str, ...], what: str = "") -> str:
    """Return the name if this platform has such a backend; `what` begins the error."""
    if name in (*keyrings, SEALED):
        return name
    is_elsewhere = any(name in others for others in KEYRINGS.values())
    reason = f"the backend {name} does not exist on this platform" if is_elsewhere else f"there is no backend {name!r}"
    raise UsageError(f"{what}{reason}", f"choose one of: {', '.join((AUTO, *keyrings, SEALED))}")
