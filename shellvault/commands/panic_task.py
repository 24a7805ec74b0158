"""What `panic` is about: the plan for key pairs, and what it can only name."""

from __future__ import annotations

from shellvault.commands.panic_past import find_strays, list_unreached, refuse_reserved
from shellvault.core.chain.links import StoredKey, root_of
from shellvault.core.chain.resolve import ResolvedChain, resolve
from shellvault.core.chain.sso_links import SignIn
from shellvault.core.chain.sts_parameters import SHORTEST
from shellvault.core.errors import AwsRefusedError, NoKeyPairError, ShellvaultError, UsageError, VaultUnavailableError
from shellvault.core.model import Profile
from shellvault.core.partitions import PARTITIONS
from shellvault.core.record import Record
from shellvault.core.revocation.panic_plan import PanicPlan, Stray, make_plan
from shellvault.core.revocation.panic_steps import Outcome
from shellvault.core.revocation.planned_roles import find_print
from shellvault.core.revocation.principals import is_protected
from shellvault.core.revocation.signing_links import explain_identity_center, refuse_protected
from shellvault.core.text import abbreviate_names, quote_word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from shellvault.awsconfig.profiles import Profiles
    from shellvault.settings import Settings
    from shellvault.storage.index import IndexEntry
    from shellvault.storage.opener import Storage
    from shellvault.storage.panic_file import PanicFile


_BY_HAND = "end the role's sessions in the IAM console: Roles, the role, Revoke sessions"


class PanicTask(Record):
    """What is to be done.

    Attributes:
        plan: the key pairs and roles.
        impossible: what cannot be done here.
        left: what is left to the user in any case.
        strays: roles that no profile may lead to, those of other key pairs, too.
        stored: the fingerprints of all key pairs.
        names: those of the key pairs that are meant; None for all.
    """

    plan: PanicPlan
    impossible: tuple[Outcome, ...]
    left: tuple[str, ...]
    strays: tuple[Stray, ...]
    stored: frozenset[str]
    names: tuple[str, ...] | None = None


class PanicTaskMaker:
    """Finds what `panic` is about. No secret is read, and AWS is not asked.

    Args:
        profiles: the config file, and the key pairs of the vault in use.
        storage: what is known of key pairs and sessions.
        settings: the settings of the command.
        records: what earlier runs did.
    """

    def __init__(self, profiles: Profiles, storage: Storage, settings: Settings, records: PanicFile) -> None:
        self._profiles = profiles
        self._storage = storage
        self._options = settings.session_options.replace(role=SHORTEST, is_whole=True)
        held = settings.choice.role if settings.choice else None
        self._names = [*profiles.names(), *([held.name] if held else [])]
        self._records = records
        self._unresolved: list[str] = []

    def make(self, chosen: Sequence[str]) -> PanicTask:
        """Return what is to be done for these profiles or key pairs, or for all.

        Raises:
            NoSuchProfileError: one of them is unknown.
        """
        entries = self._storage.key_pairs().entries()
        chains, problems = self._resolve_all()
        rooted = [*chains, *[self._make_bare_chain(entry) for entry in entries]]
        if chosen:
            return self._make_for(chosen, rooted, entries, problems)
        prints = {entry.fingerprint for entry in entries}
        plan, strays = self._plan(prints, rooted, entries)
        others = [each for each in chains if root_of(each.chain).stored_key is None]
        protected = [*_refuse_protected(plan, rooted), *refuse_reserved(strays)]
        impossible = (*problems, *protected, *self._list_other_vaults(prints), *list_unreached(plan, strays))
        left = (*self._list_rootless(prints), *_list_left(others))
        return PanicTask(plan, impossible, left, tuple(strays), self._list_stored())

    def _make_for(
        self,
        chosen: Sequence[str],
        rooted: Sequence[ResolvedChain],
        entries: Sequence[IndexEntry],
        problems: Sequence[Outcome],
    ) -> PanicTask:
        named = [resolve(name, self._profiles, self._options) for name in chosen]
        prints = {key.fingerprint for each in named if (key := root_of(each.chain).stored_key)}
        others = [each for each in named if root_of(each.chain).stored_key is None]
        plan, strays = self._plan(prints, rooted, entries)
        impossible = (*problems, *_refuse_protected(plan, rooted), *map(_refuse, others))
        keys = tuple(name for key in plan.keys for name in key.names)
        return PanicTask(plan, impossible, (), tuple(strays), self._list_stored(), keys)

    def _list_stored(self) -> frozenset[str]:
        return frozenset(entry.fingerprint for entry in self._storage.index.entries())

    def _plan(
        self, prints: Collection[str], rooted: Sequence[ResolvedChain], entries: Sequence[IndexEntry]
    ) -> tuple[PanicPlan, list[Stray]]:
        strays, located = find_strays(self._storage, self._records), [self._locate(each) for each in rooted]
        return make_plan(prints, located, entries, strays, self._profiles.endpoint), strays

    def _locate(self, resolved: ResolvedChain) -> ResolvedChain:
        """Return a chain with a region: the home region of the partition in which an earlier run found the user."""
        user, profile = self._records.user_of(find_print(resolved.chain)), resolved.profile
        if not user or profile.settings.get("region") or user.partition not in PARTITIONS:
            return resolved
        region = PARTITIONS[user.partition].home_region
        return resolved.replace(profile=profile.replace(settings={**profile.settings, "region": region}))

    def _resolve_all(self) -> tuple[list[ResolvedChain], list[Outcome]]:
        """Return the chains of all profiles, and what is wrong with the others; many have no credentials at all."""
        chains, problems = [], []
        for name in self._names:
            try:
                chains.append(resolve(name, self._profiles, self._options))
            except UsageError as error:
                problems.append(_refuse_unread(name, error))
            except ShellvaultError:
                self._unresolved.append(name)
        return chains, problems

    def _list_rootless(self, prints: set[str]) -> Iterator[str]:
        """Yield a note if there is no key pair at all, and one about profiles whose key pair is missing."""
        if not prints:
            yield "no key pair is stored in this vault, so AWS was asked nothing; is it the right one?"
        names = [name for name in self._unresolved if "role_arn" in self._profiles.section(f"profile {name}")]
        if names:
            whose, how = (
                ("their", _BY_HAND.replace("the role's", "their roles'")) if len(names) > 1 else ("its", _BY_HAND)
            )
            yield f"{abbreviate_names(names)}: {whose} key pair is not in this vault; {how}"

    def _make_bare_chain(self, entry: IndexEntry) -> ResolvedChain:
        """Return a chain for a key pair whose profile, if it has one, cannot be used."""
        profile = Profile(entry.name, (entry.name,), {})
        return ResolvedChain(profile, (entry.name,), StoredKey(entry.name, entry.fingerprint), ())

    def _list_other_vaults(self, prints: set[str]) -> Iterator[Outcome]:
        """Yield the key pairs of vaults that are not in use."""
        for entry in self._storage.index.entries():
            if entry.backend != self._storage.backend_name and entry.fingerprint not in prints:
                error = VaultUnavailableError(f"it is in another vault: {entry.backend}")
                command = f"shellvault panic --backend {entry.backend} {quote_word(entry.name)}"
                yield Outcome(f"access key …{entry.last4} of '{entry.name}'", error, command)


def _refuse_unread(name: str, error: ShellvaultError) -> Outcome:
    """Return what says that sessions of a profile may be left, because nobody knows which role it is of."""
    return Outcome(f"profile '{name}'", AwsRefusedError(f"it was not looked at: {error.message}"), _BY_HAND)


def _refuse_protected(plan: PanicPlan, chains: Iterable[ResolvedChain]) -> Iterator[Outcome]:
    """Yield the profiles over these key pairs whose roles only AWS may modify."""
    prints = {key.fingerprint for key in plan.keys}
    for each in chains:
        if is_protected(each.chain.role_arn) and find_print(each.chain) in prints:
            error = refuse_protected(each.profile.name, each.chain)
            yield Outcome(f"profile '{each.profile.name}'", AwsRefusedError(error.message), error.hint or _BY_HAND)


def _list_left(others: Iterable[ResolvedChain]) -> Iterator[str]:
    """Yield what to do about profiles that no stored key pair leads to."""
    groups: dict[str, list[str]] = {}
    for each in others:
        for how in _explain(each):
            groups.setdefault(how, []).append(each.profile.name)
    for how, names in groups.items():
        yield f"{'profile' if len(names) == 1 else 'profiles'} {abbreviate_names(names)}: {how}"


def _explain(resolved: ResolvedChain) -> list[str]:
    chain, root = resolved.chain, root_of(resolved.chain)
    found = [explain_identity_center(root.region)] if root.kind == SignIn.kind else []
    if chain.role_arn:
        return [*found, "no stored key pair leads to this role; shellvault revoke ends its sessions"]
    return found or ["its sessions come from somewhere else; end them there"]


def _refuse(resolved: ResolvedChain) -> Outcome:
    name = resolved.profile.name
    kind = AwsRefusedError if root_of(resolved.chain).kind == SignIn.kind else NoKeyPairError
    return Outcome(f"profile '{name}'", kind("no stored key pair leads to it"), "; ".join(_explain(resolved)))
