"""What to do when the index is missing or damaged: its copy, the sealed vault, or an error, but never "no key pair"."""

from __future__ import annotations

import shlex

from shellvault.core.errors import VaultUnavailableError
from shellvault.storage.key_pairs import KeyPairStore

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from shellvault.storage.index import Index
    from shellvault.storage.sealed.sealed_file import SealedFile


def describe_problem(index: Index) -> tuple[str, str]:
    """Return what is wrong with an index and what to type, or empty strings if it is fine."""
    index.entries()
    if not index.problem:
        return "", ""
    message = f"the index of key pairs is {index.problem}: {index.path}"
    if index.has_copy:
        return message, shlex.join(["cp", index.copy, index.path])
    if index.has_vault:
        return message, "shellvault list"
    return message, "store the key pairs again: shellvault add NAME --backend VAULT"


def repair_index(index: Index, sealed_file: Callable[[], SealedFile], notice: Callable[[str], None]) -> None:
    """Complete the entries of an index that has a problem.

    The copy is just as good, and stays in use until a key pair is stored or removed. The sealed vault knows its names,
    so they are written to a new index. A keyring does not.

    Raises:
        VaultUnavailableError: some names are unknown, or the sealed vault could not be opened.
    """
    message, hint = describe_problem(index)
    if index.has_copy:
        notice(f"{message}; its copy is used; to restore it: {hint}")
        return
    if not index.has_vault:
        raise VaultUnavailableError(message, hint)
    vault = sealed_file()
    key_pairs = KeyPairStore(vault.name, lambda: vault, index)
    secrets = vault.entries()
    try:
        outcome = "it was written anew from the sealed vault" if key_pairs.list_again(secrets) else ""
    except VaultUnavailableError as error:  # at least this command knows them
        outcome = error.message
    if outcome:
        notice(f"{message}; {outcome}")
