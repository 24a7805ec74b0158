"""What `panic` takes back: key pairs, the roles reached from them, and what it can only name. Pure.

Roles are in the order in which they are denied: one that is assumed over another comes before it, because sessions of
the one below sign for it.
"""

from __future__ import annotations

from shellvault.core.chain.links import AssumeRole, StoredKey
from shellvault.core.chain.sts_parameters import SHORTEST, sts_region
from shellvault.core.partitions import partition_of_arn
from shellvault.core.record import Record
from shellvault.core.revocation.planned_roles import PlannedRole, Way, add_ways_over, find_below, find_print
from shellvault.core.revocation.principals import Principal, is_protected, read_principal
from shellvault.core.revocation.signing_links import widen
from shellvault.core.rotation.journal import signer
from shellvault.core.text import quote_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from typing import Protocol

    from shellvault.core.chain.links import Chain
    from shellvault.core.chain.resolve import ResolvedChain
    from shellvault.core.model import Profile

    class KeyEntry(Protocol):
        """What is known of a stored key pair without opening the vault."""

        @property
        def name(self) -> str:
            """Its name."""

        @property
        def fingerprint(self) -> str:
            """What tells it from other key pairs."""

        @property
        def last4(self) -> str:
            """The end of its id."""


class PlannedKey(Record):
    """A key pair.

    Attributes:
        key: one of its names.
        names: all of them.
        last4: how its id is shown.
        mfa: its session with MFA, if a profile names a device.
        resolved: the chain by which it is obtained.
        is_unfinished: whether it is the other key pair of a rotation that was interrupted.
    """

    key: StoredKey
    names: tuple[str, ...]
    last4: str
    mfa: Chain | None
    resolved: ResolvedChain
    is_unfinished: bool = False

    @property
    def fingerprint(self) -> str:
        """What tells it from other key pairs."""
        return self.key.fingerprint

    @property
    def title(self) -> str:
        """What messages call it."""
        found = f"access key {self.last4} of {quote_names(self.names)}"
        return f"{found}, a key of its unfinished rotation" if self.is_unfinished else found


class Stray(Record):
    """A role that no profile leads to, and whose sessions may be valid.

    `name` is the one under which they are cached, `fingerprint` that of the key pair below.
    """

    name: str
    arn: str
    fingerprint: str


class PanicPlan(Record):
    """Key pairs and roles in the order of their steps."""

    keys: tuple[PlannedKey, ...]
    roles: tuple[PlannedRole, ...]


def make_plan(
    chosen: Collection[str],
    chains: Iterable[ResolvedChain],
    entries: Sequence[KeyEntry],
    strays: Iterable[Stray],
    find_endpoint: Callable[[Profile], str],
) -> PanicPlan:
    """Return the plan for key pairs.

    Args:
        chosen: the fingerprints of the key pairs.
        chains: those of all profiles, with short sessions; at least one is rooted in each key pair.
        entries: what is known of stored key pairs.
        strays: roles that no chain may lead to.
        find_endpoint: returns the endpoint of STS that is chosen for a profile; empty for AWS's own.
    """
    own = [each for each in chains if find_print(each.chain) in chosen]
    prints = dict.fromkeys(entry.fingerprint for entry in entries if entry.fingerprint in chosen)
    keys = [_plan_key([entry for entry in entries if entry.fingerprint == each], own) for each in prints]
    roles = _plan_roles(own)
    stored = {entry.fingerprint for entry in entries}
    first = next(iter(prints), "")  # for those of a key pair that has been replaced
    owned = [each.replace(fingerprint=each.fingerprint if each.fingerprint in stored else first) for each in strays]
    further = {each.principal: each for each in _plan_strays(keys, owned, find_endpoint)}
    known = add_ways_over([role.joined(further.pop(role.principal, None)) for role in roles])
    return PanicPlan(tuple(keys), (*known, *further.values()))


def _plan_key(entries: Sequence[KeyEntry], own: Iterable[ResolvedChain]) -> PlannedKey:
    fingerprint = entries[0].fingerprint
    rooted = [each for each in own if find_print(each.chain) == fingerprint]
    signers = [(each, signer(each.chain, no_session=False)) for each in rooted]
    with_mfa = [(each, found) for each, found in signers if found and found.mfa_serial]
    located = [each for each in rooted if each.profile.settings.get("region")]  # else, an ARN tells the partition
    located += [each for each in rooted if partition_of_arn(each.chain.role_arn) != "aws"]
    resolved, mfa = with_mfa[0] if with_mfa else ([*located, rooted[0]][0], None)
    names = tuple([entry.name for entry in entries])
    return PlannedKey(StoredKey(names[0], fingerprint), names, f"…{entries[0].last4}", mfa, resolved)


def _plan_roles(own: Iterable[ResolvedChain]) -> list[PlannedRole]:
    """Return the roles, those with the most roles below them first."""
    found: dict[Principal, list[tuple[int, Way]]] = {}
    for resolved in own:
        for depth, link in enumerate(_list_roles(resolved.chain)):
            principal = read_principal(link.role_arn)
            if principal and not is_protected(link.role_arn):
                found.setdefault(principal, []).append((depth, Way(resolved, widen(link))))
    ordered = sorted(found, key=lambda each: -max(depth for depth, _ in found[each]))
    return [_plan_role(each, [way for _, way in found[each]]) for each in ordered]


def _plan_role(principal: Principal, ways: Sequence[Way]) -> PlannedRole:
    by_key = {way.fingerprint: way for way in reversed(ways)}
    names = dict.fromkeys([*[way.link.profile for way in ways], principal.place])
    below = dict.fromkeys(find_below(way) for way in ways)
    return PlannedRole(principal, tuple(names), tuple(by_key.values()), tuple(below))


def _list_roles(chain: Chain) -> list[Chain]:
    """Return the links of a chain that assume a role, the lowest first."""
    links = []
    link: Chain | None = chain
    while link is not None:
        links += [link] if link.role_arn else []
        link = link.source
    return links[::-1]


def _plan_strays(
    keys: Iterable[PlannedKey], strays: Iterable[Stray], find_endpoint: Callable[[Profile], str]
) -> Iterator[PlannedRole]:
    by_print = {key.fingerprint: key for key in keys}
    found: dict[Principal, dict[str, Stray]] = {}
    for stray in strays:
        principal = read_principal(stray.arn)
        if principal and stray.fingerprint in by_print and not is_protected(stray.arn):
            found.setdefault(principal, {}).setdefault(stray.fingerprint, stray)
    for principal, by_key in found.items():
        names = dict.fromkeys([*[stray.name for stray in by_key.values()], principal.place])
        ways = [_plan_way(by_print[each], stray, find_endpoint) for each, stray in by_key.items()]
        yield PlannedRole(principal, tuple(names), tuple(ways))


def _plan_way(key: PlannedKey, stray: Stray, find_endpoint: Callable[[Profile], str]) -> Way:
    """Return the way from a key pair to a role without a profile."""
    profile = key.resolved.profile
    endpoint = find_endpoint(profile)
    link = AssumeRole(
        profile=stray.name,
        source=key.mfa or key.key,
        role_arn=stray.arn,
        role_session_name="",
        external_id="",
        mfa_serial="",
        duration=SHORTEST,
        session_tags=(),
        transitive_session_tags=(),
        source_identity="",
        region=sts_region(profile, stray.arn, endpoint),
        endpoint=endpoint,
    )
    return Way(key.resolved, link)
