"""Asks AWS which key pairs still work, and whose they are, before `panic` changes anything."""

from __future__ import annotations

from shellvault.core.errors import AwsUnreachableError, ShellvaultError, SourceRefusedError
from shellvault.core.revocation.planned_roles import add_way

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from shellvault.core.revocation.denial import Caller, Signer
    from shellvault.core.revocation.panic_clock import PanicClock
    from shellvault.core.revocation.panic_needs import PanicRecords, PanicSigners
    from shellvault.core.revocation.panic_plan import PlannedKey
    from shellvault.core.revocation.planned_roles import PlannedRole
    from shellvault.core.revocation.principals import Principal

_STOPPED_BEFORE = "shellvault panic deactivated this access key before"


class KeyFindings:
    """What AWS said about each key pair, by fingerprint.

    Attributes:
        callers: the owners of the key pairs that work.
        failures: why the others do not.
        mfa: MFA sessions of the key pairs that work.
        kept: cached MFA sessions of the others, as an interrupted run leaves them.
        checked_at: AWS's time when all had been tried, in epoch seconds, or slightly later; 0 if unknown.
    """

    def __init__(self, signers: PanicSigners, records: PanicRecords, clock: PanicClock) -> None:
        self.callers: dict[str, Caller] = {}
        self.failures: dict[str, ShellvaultError] = {}
        self.mfa: dict[str, Signer] = {}
        self.kept: dict[str, Signer] = {}
        self.checked_at = 0
        self._signers = signers
        self._records = records
        self._clock = clock

    def check(self, key: PlannedKey) -> None:
        """Ask AWS whose a key pair is, and the user for its MFA code."""
        pair = self._signers.of_key(key)
        try:
            self.callers[key.fingerprint] = caller = pair.caller()
        except ShellvaultError as error:
            is_ours = isinstance(error, SourceRefusedError) and self._records.was_tried(key.fingerprint)
            self.failures[key.fingerprint] = SourceRefusedError(_STOPPED_BEFORE) if is_ours else error
            self.kept |= self._ask(key, self._signers.of_kept_mfa(key))
            return
        self._clock.learn(caller.time)
        self._records.begin(key, caller.principal, pair.key_id)
        self.mfa |= self._ask(key, self._signers.of_mfa(key))

    def finish(self, keys: Collection[PlannedKey]) -> None:
        """Record which of these key pairs AWS rejects; by now AWS's time is known, if any of them works."""
        self.checked_at = self._clock.now()
        for key in keys:
            is_known = key.is_unfinished or self._records.user_of(key.fingerprint)
            if is_known and isinstance(self.failures.get(key.fingerprint), SourceRefusedError):
                self._records.see_refused(key.fingerprint, self.checked_at)

    def find_user(self, fingerprint: str) -> Principal | None:
        """Return the user whose key pair this is, or was in an earlier run."""
        caller = self.callers.get(fingerprint)
        return caller.principal if caller else self._records.user_of(fingerprint)

    def list_alive(self, role: PlannedRole) -> list[str]:
        """Return the working key pairs that lead to a role."""
        return [each for each in role.fingerprints if each in self.callers]

    def add_ways(self, role: PlannedRole, keys: Iterable[PlannedKey]) -> PlannedRole:
        """Return a role with a way added for each working key pair of a user whose own way to it no longer works."""
        for dead in [each for each in role.fingerprints if each in self.failures]:
            user = self._records.user_of(dead)
            for key in keys:
                caller = self.callers.get(key.fingerprint)
                if user and caller and caller.principal == user and key.fingerprint not in role.fingerprints:
                    role = add_way(role, dead, key.key)
        return role

    def list_failures(self, role: PlannedRole) -> list[ShellvaultError]:
        """Return why the other key pairs that lead to a role do not work."""
        return [self.failures[each] for each in role.fingerprints if each in self.failures]

    def list_kept(self, role: PlannedRole) -> list[Signer]:
        """Return the cached MFA sessions of key pairs that lead to a role, as an interrupted run leaves them."""
        return [self.kept[each] for each in role.fingerprints if each in self.kept]

    def _ask(self, key: PlannedKey, signers: Sequence[Signer]) -> dict[str, Signer]:
        """Return the last of these sessions that works."""
        found = {}
        for signer in signers:
            try:
                self._clock.learn(signer.caller().time)
            except ShellvaultError:
                continue
            found[key.fingerprint] = signer
        return found


def is_offline(errors: Sequence[ShellvaultError]) -> bool:
    """Return whether the network is the only reason why key pairs could not be used."""
    return bool(errors) and all(isinstance(error, AwsUnreachableError) for error in errors)
