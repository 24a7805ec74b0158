"""`unlock`: asks for the sealed vault's passphrase in advance."""

from __future__ import annotations

import sys

from shellvault.argparser import COMMON, Command
from shellvault.commands import VERBS
from shellvault.core.errors import UsageError, VaultUnavailableError
from shellvault.request import Answer
from shellvault.storage.backends import SEALED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from shellvault.app import App
    from shellvault.argparser import Arguments
    from shellvault.core.secret_memory import SecretMemory

COMMAND = Command(
    "unlock",
    VERBS["unlock"],
    options=COMMON,
    details="Run it before a background job, which cannot prompt; nor can the hook.\n",
)


def run(app: App, _arguments: Arguments) -> Answer:
    """Cache the data key for the next commands."""
    if app.storage.backend_name != SEALED:
        raise UsageError(
            f"the vault in use is {app.storage.backend_name}, which has no shellvault passphrase",
            "unlock the keyring with its own tool",
        )
    vault = app.storage.sealed_file()
    vault.unlock()
    if app.storage.unlocked_keys().find_lock_time(vault.vault_id() or "") is None:
        raise _not_kept(app.storage.memory, app.request.environ)
    return Answer(stdout="The sealed vault is unlocked.\n")


def _not_kept(memory: SecretMemory, environ: Mapping[str, str]) -> VaultUnavailableError:
    """Return why the next command will ask again, although the passphrase was right."""
    again = "the sealed vault is still locked, and each command will ask for its passphrase"
    if memory.is_available():
        return VaultUnavailableError(f"{memory.name} is full, so {again}", "shellvault clear makes room")
    if environ.get("SHELLVAULT_AGENT") == "off" and sys.platform != "win32":
        hint = "let the agent keep it unlocked, without SHELLVAULT_AGENT=off; or set SHELLVAULT_PASSPHRASE_FILE"
        return VaultUnavailableError(f"this system has no kernel keyring, so {again}", hint)
    return VaultUnavailableError(f"this system has no kernel keyring, so {again}", "set SHELLVAULT_PASSPHRASE_FILE")
