"""How old the key pairs of the vault in use are. AWS is asked once about each, if nobody has to be asked for that."""

from __future__ import annotations

import time

from shellvault.core.chain.resolve import SessionOptions, resolve
from shellvault.core.errors import AwsUnreachableError, LockedError, NotAskedError, ShellvaultError
from shellvault.core.key_age import describe_key_age
from shellvault.core.rotation.journal import signer
from shellvault.core.text import quote_names, quote_word
from shellvault.doctor.finding import OK, WARN, Finding, from_error
from shellvault.storage.index import group_by_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from shellvault.aws.network import Network
    from shellvault.awsconfig.profiles import Profiles
    from shellvault.core.chain.links import Chain
    from shellvault.core.chain.resolve import ResolvedChain
    from shellvault.core.model import KeyPair, Profile, Session
    from shellvault.storage.index import IndexEntry
    from shellvault.storage.opener import Storage

    Refusals = dict[str, ShellvaultError]

_LIMIT = 5.0  # seconds for all key pairs together; the next run asks about the others
_LOCKED = LockedError("the vault is locked, so AWS was not asked", "shellvault unlock, then shellvault doctor")
_LATE = AwsUnreachableError("AWS did not tell in time", "shellvault doctor asks again")


def check_key_ages(storage: Storage, find_limit: Callable[[], int], creation: CreationDates) -> Iterator[Finding]:
    """Check whether a key pair is older than so many days, unless that limit is 0."""
    try:
        limit = find_limit()
        if limit and storage.index.entries() and not storage.index.problem:  # which another check reports
            refusals = creation.ask()
            yield from _judge(storage, limit, refusals)
    except ShellvaultError as error:
        yield from_error(error)


def _judge(storage: Storage, limit: int, refusals: Refusals) -> Iterator[Finding]:
    now, pairs, ages = time.time(), storage.key_pairs(), storage.key_pairs().ages()
    old = [(names, age) for names, age in ages if age.is_over(limit, now)]
    for names, age in old:
        yield Finding(WARN, describe_key_age(names, age, now), f"shellvault rotate {quote_word(names[0])}")
    if young := ages[len(old) :]:
        told = ", ".join(f"'{names[0]}' is {age.describe(now)}" for names, age in young)
        yield Finding(OK, f"no {'other ' if old else ''}key pair is older than {limit} days: {told}")
    known = {name for names, _age in ages for name in names}
    for group in group_by_key(entry for entry in pairs.entries() if entry.name not in known):
        reason = refusals.get(group[0].fingerprint, _LATE)
        unknown = f"how old the key pair of {quote_names(entry.name for entry in group)} is, is not known"
        yield Finding(WARN, f"{unknown}: {reason.message}", reason.hint)


class CreationDates:
    """When the key pairs of the vault in use were created: only AWS knows, and each key pair asks for itself.

    Args:
        storage: the vault and its index, which remembers the answers.
        can_read: returns whether secrets can be read from the vault without a question.
        load_profiles: returns the profiles.
        find_network: returns how AWS is reached for one; nobody is asked whether they trust it.
    """

    def __init__(
        self,
        storage: Storage,
        can_read: Callable[[], bool],
        load_profiles: Callable[[], Profiles],
        find_network: Callable[[Profile], Network],
    ) -> None:
        self._storage = storage
        self._can_read = can_read
        self._load_profiles = load_profiles
        self._find_network = find_network

    def ask(self) -> Refusals:
        """Ask about what AWS has not told yet, for some seconds; return why it did not tell, by fingerprint."""
        ages, told, refusals = self._storage.index.ages(), dict[str, int](), dict[str, ShellvaultError]()
        known, end = {each for each, age in ages.items() if age.is_told}, time.monotonic() + _LIMIT
        for entry, *_others in group_by_key(self._storage.key_pairs().entries()):
            if entry.fingerprint not in known | told.keys():  # AWS tells of a user's other key, too
                try:
                    told |= self._list_keys(entry, end - time.monotonic())
                except ShellvaultError as error:
                    refusals[entry.fingerprint] = error
        if told:
            self._storage.index.learn_ages(told)
        return refusals

    def _list_keys(self, entry: IndexEntry, seconds: float) -> dict[str, int]:
        """Return when the keys of one user were created: epoch seconds by fingerprint."""
        from shellvault.aws.iam import IamAccessKeys, find_endpoints
        from shellvault.aws.patience import Patience

        if seconds <= 0:
            raise _LATE
        profiles = self._load_profiles()
        resolved = resolve(entry.name, profiles, SessionOptions())
        signing, held = self._find_signer(entry, resolved)
        network = self._find_network(resolved.profile).replace(patience=Patience(seconds))
        iam = IamAccessKeys(find_endpoints(resolved.profile, profiles, network), entry.name, signing)
        iam.keys(held)
        return iam.told

    def _find_signer(self, entry: IndexEntry, resolved: ResolvedChain) -> tuple[Chain, KeyPair | Session]:
        """Return what signs: the key pair, or where that takes an MFA code, its session, if there is one."""
        signing = signer(resolved.chain, no_session=False)
        key = signing.own_key if signing else None
        if signing is None or key is None or key.fingerprint != entry.fingerprint:
            raise NotAskedError(f"profile '{entry.name}' does not use it")
        if not self._can_read():
            raise _LOCKED
        if signing.stored_key:
            return signing, self._storage.key_pairs().load(signing.stored_key)
        if session := self._storage.session_cache().get(signing.identity):
            return signing, session
        first = f'eval "$(shellvault env {quote_word(entry.name)})"'
        raise NotAskedError("asking AWS takes an MFA code", f"{first}, then shellvault doctor")
