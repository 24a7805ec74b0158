"""aws-vault's own stores as a source of key pairs; they are read, and never written."""

from __future__ import annotations

import sys
from functools import cached_property
from importlib import import_module

from shellvault.compat.awsvault.items import AwsVaultUser
from shellvault.core.errors import NoKeyPairError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Protocol

    from shellvault.core.record import Secret
    from shellvault.import_sources.import_types import FoundKeyPair, ImportScan

    class AwsVaultStore(Protocol):
        """A module that reads one of aws-vault's backends."""

        @property
        def TITLE(self) -> str:  # noqa: N802 - a constant of the module
            """What people call what it reads."""

        def exists(self, person: AwsVaultUser) -> bool:
            """Say whether this backend seems to be in use; opens nothing and asks nobody."""

        def find(self, person: AwsVaultUser, names: Sequence[str]) -> ImportScan:
            """Return the key pairs in it: of these names, or all. May return others too."""


_ANYWHERE = {"pass": "shellvault.compat.awsvault.pass_entries", "file": "shellvault.compat.awsvault.encrypted_files"}
_ON = {"linux": {"secret-service": "shellvault.compat.awsvault.secret_service_collection"}}
STORES = {**_ON.get(sys.platform, {}), **_ANYWHERE}
"""AWS_VAULT_BACKEND -> the module that reads it, imported when it is looked at: what it needs may be absent."""


class AwsVaultKeyPairs:
    """The store that AWS_VAULT_BACKEND names, else the first one that is there. See `Person` for the parameters."""

    kept = "aws-vault remove NAME"

    def __init__(
        self,
        environ: Mapping[str, str],
        profiles: Callable[[], list[str]],
        ask: Callable[[str], Secret] | None,
        notice: Callable[[str], None],
    ) -> None:
        self._person = AwsVaultUser(environ, profiles, ask, notice)

    @property
    def title(self) -> str:
        """See `Source`."""
        return f"aws-vault's {self._store.TITLE}"

    @property
    def hint(self) -> str:
        """See `Source`."""
        return "aws-vault list shows what it has; AWS_VAULT_BACKEND says where it keeps it (secret-service, pass, file)"

    def find(self, names: Sequence[str]) -> ImportScan:
        """See `Source`."""
        self._person.notice(f"reading {self.title}")
        return self._store.find(self._person, names)

    def scrub(self, imported: Sequence[FoundKeyPair]) -> list[str]:
        """Remove nothing: see `kept`."""
        del imported
        return []

    @cached_property
    def _store(self) -> AwsVaultStore:
        if chosen := self._person.environ.get("AWS_VAULT_BACKEND"):
            return _module(chosen)
        for name in STORES:
            if (store := _module(name)).exists(self._person):
                return store
        raise NoKeyPairError(
            f"no store of aws-vault's was found ({', '.join(STORES)})", "set AWS_VAULT_BACKEND to the one that it uses"
        )


def _module(name: str) -> AwsVaultStore:
    if name not in STORES:
        raise UsageError(
            f"aws-vault's backend '{name}' cannot be read; these can: {', '.join(STORES)}",
            "aws-vault exec NAME --no-session -- shellvault add NAME --env",
        )
    store: AwsVaultStore = import_module(STORES[name])
    return store
