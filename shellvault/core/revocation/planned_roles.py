"""The roles whose sessions `panic` denies, and how each key pair reaches them. Pure."""

from __future__ import annotations

from shellvault.core.chain.links import root_of
from shellvault.core.record import Record
from shellvault.core.revocation.principals import Principal, read_principal
from shellvault.core.text import abbreviate_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from shellvault.core.chain.links import Chain, StoredKey
    from shellvault.core.chain.resolve import ResolvedChain


class Way(Record):
    """How one key pair reaches a role: a resolved chain, and the link that assumes the role, without session policies.

    For a role without a profile, the chain is the key pair's own.
    """

    resolved: ResolvedChain
    link: Chain

    @property
    def fingerprint(self) -> str:
        """The fingerprint of the key pair at the root."""
        return find_print(self.link)


class PlannedRole(Record):
    """A role whose sessions are to be denied.

    Attributes:
        principal: the role.
        names: the names under which its sessions are cached.
        ways: how key pairs reach it, one way for each.
        below: what assumes it: keys of roles, and fingerprints of key pairs; empty if no profile leads to it.
    """

    principal: Principal
    names: tuple[str, ...]
    ways: tuple[Way, ...]
    below: tuple[str, ...] = ()

    @property
    def fingerprints(self) -> list[str]:
        """The key pairs that lead to it."""
        return [way.fingerprint for way in self.ways]

    @property
    def arn(self) -> str:
        """The role's ARN."""
        return self.ways[0].link.role_arn

    @property
    def is_stray(self) -> bool:
        """Whether no profile leads to it."""
        return not self.below

    def joined(self, stray: PlannedRole | None) -> PlannedRole:
        """Return the role with a way added for each key pair that has assumed it without a profile."""
        others = [way for way in stray.ways if way.fingerprint not in self.fingerprints] if stray else []
        ways = [Way(way.resolved, self.ways[0].link.replace(source=way.link.source, mfa_serial="")) for way in others]
        return self.replace(ways=(*self.ways, *ways), below=(*self.below, *[way.fingerprint for way in ways]))

    @property
    def title(self) -> str:
        """What messages call it: the role, and the profiles that use it."""
        profiles = f" ({abbreviate_names(self.names[:-1])})" if self.names[:-1] else ""
        return f"{self.principal.title}{profiles}"


def find_print(chain: Chain) -> str:
    """Return the fingerprint of the key pair at the root of a chain; empty if there is none."""
    key = root_of(chain).stored_key
    return key.fingerprint if key else ""


def add_way(role: PlannedRole, fingerprint: str, key: StoredKey) -> PlannedRole:
    """Return a role with a key pair's way repeated for another key pair of the same user."""
    ways = [Way(way.resolved, _put_over(way.link, None, key)) for way in role.ways if way.fingerprint == fingerprint]
    return role.replace(ways=(*role.ways, *ways))


def add_ways_over(roles: Sequence[PlannedRole]) -> list[PlannedRole]:
    """Return the roles, each also with the ways of key pairs that reach it only through the role below it."""
    found: dict[str, PlannedRole] = {}
    for role in reversed(roles):
        ways = {way.fingerprint: way for way in role.ways}
        for way in role.ways:
            below = found.get(find_below(way))
            for other in below.ways if below else ():
                link = _put_over(way.link, below.principal if below else None, other.link)
                ways.setdefault(other.fingerprint, Way(way.resolved, link))
        found[role.principal.key] = role.replace(ways=tuple(ways.values()))
    return [found[role.principal.key] for role in roles]


def _put_over(link: Chain, below: Principal | None, base: Chain) -> Chain:
    """Return a chain rebuilt on another base, which replaces the role below it or the key pair at its root."""
    if link.source is None or (below and read_principal(link.role_arn) == below):
        return base
    return link.replace(source=_put_over(link.source, below, base))


def find_below(way: Way) -> str:
    """Return what assumes a role on one way to it: the key of the role below, or the key pair's fingerprint."""
    link = way.link.source
    while link is not None:
        if principal := read_principal(link.role_arn):
            return principal.key
        link = link.source
    return way.fingerprint
