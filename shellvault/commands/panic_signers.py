"""The credentials with which `panic` calls IAM; each is obtained when it is first needed."""

from __future__ import annotations

from shellvault.core.chain.links import StoredKey
from shellvault.core.errors import ShellvaultError
from shellvault.core.text import last4

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from shellvault.aws.iam_signer import IamSigner
    from shellvault.commands.revoke_signers import Signers
    from shellvault.core.model import KeyPair
    from shellvault.core.revocation.panic_plan import PlannedKey
    from shellvault.core.revocation.planned_roles import PlannedRole
    from shellvault.storage.opener import Storage


class PanicCredentials:
    """See `shellvault.core.revocation.panic_needs.PanicSigners`.

    Args:
        signers: makes them.
        storage: where key pairs and unfinished rotations are.
    """

    def __init__(self, signers: Signers, storage: Storage) -> None:
        self._signers = signers
        self._storage = storage
        self._pairs: dict[str, IamSigner] = {}

    def of_key(self, key: PlannedKey) -> IamSigner:
        """See `PanicSigners`."""
        if key.fingerprint not in self._pairs:
            (self._pairs[key.fingerprint],) = self._signers.obtained(key.resolved, key.names[0], [key.key])
        return self._pairs[key.fingerprint]

    def of_mfa(self, key: PlannedKey) -> list[IamSigner]:
        """See `PanicSigners`."""
        return self._signers.obtained(key.resolved, key.names[0], [key.mfa]) if key.mfa else []

    def of_kept_mfa(self, key: PlannedKey) -> list[IamSigner]:
        """See `PanicSigners`."""
        return self.of_mfa(key) if key.mfa and self._signers.is_kept(key.mfa) else []

    def of_kept(self, role: PlannedRole) -> list[IamSigner]:
        """See `PanicSigners`."""
        way = role.ways[0]
        return self._signers.kept(way.resolved, way.link, role.names, role.names[0])

    def of_ways(self, role: PlannedRole, fingerprints: Iterable[str]) -> list[IamSigner]:
        """See `PanicSigners`."""
        wanted, name = set(fingerprints), role.names[0]
        ways = [way for way in role.ways if way.fingerprint in wanted]
        return [each for way in ways for each in self._signers.anew(way.resolved, name, way.link)]

    def list_unfinished(self, key: PlannedKey) -> list[PlannedKey]:
        """See `PanicSigners`."""
        try:
            journal = self._storage.rotation_journal()
            found = [journal.get(name) for name in key.names]
        except ShellvaultError:  # the vault is locked, so nothing of this key pair can be done
            return []
        pairs = {pair.fingerprint: pair for each in found if each for pair in (each.old, each.latest)}
        return [self._plan_other(key, pair) for pair in pairs.values() if pair.fingerprint != key.fingerprint]

    def _plan_other(self, key: PlannedKey, pair: KeyPair) -> PlannedKey:
        """Return the plan for a key pair of the same user that only the rotation journal holds."""
        other = StoredKey(key.key.name, pair.fingerprint)
        self._signers.give(other, pair)
        return key.replace(key=other, last4=last4(pair.access_key_id), mfa=None, is_unfinished=True)
