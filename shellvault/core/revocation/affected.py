"""Which profiles a revocation affects: those of the role or key pair, and those built on them. Pure."""

from __future__ import annotations

from shellvault.core.chain.links import AssumeRole, key_name
from shellvault.core.errors import ShellvaultError
from shellvault.core.record import Record
from shellvault.core.revocation.principals import Principal, read_principal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from shellvault.core.chain.links import Chain
    from shellvault.core.chain.resolve import ResolvedChain
    from shellvault.core.model import SessionNote


class Affected(Record):
    """The names that sessions are obtained for; each name of `over` is that of another role over the one revoked.

    A role without a profile is affected if it was assumed with one of `keys`: nobody knows which profile is below it.
    """

    own: frozenset[str]
    over: frozenset[str]
    keys: frozenset[str]
    known: frozenset[str]

    def has(self, note: SessionNote) -> bool:
        """Return whether a cached session is to be forgotten."""
        is_without_profile = note.kind == AssumeRole.kind and note.profile not in self.known
        return note.profile in self.own | self.over or (is_without_profile and note.key_name in self.keys)

    def with_roles(self, notes: Iterable[SessionNote], revoked: Principal | None) -> Affected:
        """Return the same plus the other roles that cached sessions name, and that no profile leads to (any more)."""
        affected = [note for note in notes if self.has(note) and note.profile not in self.over]
        roles = {read_principal(note.role_arn) for note in affected} - {revoked, None}
        return self.replace(over=self.over | {role.place for role in roles if role})


def is_session_of(role: Principal, note: SessionNote) -> bool:
    """Return whether a cached session belongs to a role."""
    return read_principal(note.role_arn) == role


def find_affected_by_role(role: Principal, chains: Iterable[ResolvedChain], known: Collection[str]) -> Affected:
    """Return whom revoking a role's sessions affects; `chains` has one for each profile."""
    own, over, keys = set(), set(), set()
    for resolved in chains:
        names = list(_list_down_to(resolved.chain, role))
        if names:
            own.add(names[-1])
            over.update(names[:-1])
            keys.add(key_name(resolved.chain))
    own.add(f"{role.account}/{role.name}")
    return Affected(frozenset(own), frozenset(over - own), frozenset(keys - {""}), frozenset(known))


def _list_down_to(chain: Chain, role: Principal) -> Iterator[str]:
    """Yield the profile of each link from the top of a chain down to a role; nothing if the role is not in it."""
    passed = []
    link: Chain | None = chain
    while link is not None:
        passed.append(link.profile)
        if link.role_arn and read_principal(link.role_arn) == role:
            yield from passed
        link = link.source


def find_affected_by_user(keys: Collection[str], chains: Iterable[ResolvedChain], known: Collection[str]) -> Affected:
    """Return whom revoking a user's sessions affects; `keys` are the names of the user's key pair."""
    rooted = [each for each in chains if key_name(each.chain) in keys]
    own = {each.profile.name for each in rooted if not each.chain.role_arn} | set(keys)
    over = {each.profile.name for each in rooted if each.chain.role_arn}
    return Affected(frozenset(own), frozenset(over), frozenset(keys), frozenset(known))


def resolve_all(names: Iterable[str], resolve: Callable[[str], ResolvedChain]) -> list[ResolvedChain]:
    """Return the chain of each profile that has one."""
    found = []
    for name in names:
        try:
            found.append(resolve(name))
        except ShellvaultError:
            continue
    return found
