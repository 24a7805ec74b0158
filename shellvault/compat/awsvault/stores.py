"""aws-vault's own stores as a source of key pairs; they are only read."""

from __future__ import annotations

import sys
from functools import cached_property
from importlib import import_module

from shellvault.core.errors import NoKeyPairError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Protocol

    from shellvault.compat.awsvault.items import AwsVaultUser
    from shellvault.import_sources.import_types import FoundKeyPair, ImportScan

    class AwsVaultStore(Protocol):
        """A module that reads one of aws-vault's backends."""

        @property
        def TITLE(self) -> str:  # noqa: N802 - a constant of the module
            """What messages call the entries that it reads."""

        def exists(self, user: AwsVaultUser) -> bool:
            """Return whether this backend seems to be in use; opens nothing and does not ask."""

        def find(self, user: AwsVaultUser, names: Sequence[str]) -> ImportScan:
            """Return the key pairs with these names, or all; it may return others too."""


_ANYWHERE = {"pass": "shellvault.compat.awsvault.pass_entries", "file": "shellvault.compat.awsvault.encrypted_files"}
_BY_PLATFORM = {"linux": {"secret-service": "shellvault.compat.awsvault.secret_service_collection"}}
STORES = {**_BY_PLATFORM.get(sys.platform, {}), **_ANYWHERE}
"""AWS_VAULT_BACKEND -> the module that reads it, imported only when needed: what it imports may not be installed."""


class AwsVaultKeyPairs:
    """The store that AWS_VAULT_BACKEND names, else the first one that exists; see `ImportSource`."""

    removal_command = "aws-vault remove NAME"
    hint = "aws-vault list shows its key pairs; AWS_VAULT_BACKEND says where they are (secret-service, pass, file)"

    def __init__(self, user: AwsVaultUser) -> None:
        self._user = user

    @property
    def title(self) -> str:
        """See `ImportSource`."""
        return f"aws-vault's {self._store.TITLE}"

    def find(self, names: Sequence[str]) -> ImportScan:
        """See `ImportSource`."""
        self._user.notice(f"reading {self.title}")
        return self._store.find(self._user, names)

    def scrub(self, imported: Sequence[FoundKeyPair]) -> list[str]:
        """Remove nothing: see `removal_command`."""
        del imported
        return []

    @cached_property
    def _store(self) -> AwsVaultStore:
        if chosen := self._user.environ.get("AWS_VAULT_BACKEND"):
            return _import_store(chosen)
        for name in STORES:
            if (store := _import_store(name)).exists(self._user):
                return store
        raise NoKeyPairError(
            f"no aws-vault store found ({', '.join(STORES)})", "set AWS_VAULT_BACKEND to the one that it uses"
        )


def _import_store(name: str) -> AwsVaultStore:
    if name not in STORES:
        raise UsageError(
            f"aws-vault's backend '{name}' cannot be read; these can: {', '.join(STORES)}",
            "aws-vault exec NAME --no-session -- shellvault add NAME --env",
        )
    store: AwsVaultStore = import_module(STORES[name])
    return store
