"""A sign-in to IAM Identity Center, and the roles that it opens, for `login --sso` and `sso profiles`."""

from __future__ import annotations

import time

from shellvault.argparser import Option
from shellvault.core.chain.identity_center import resolve_sign_in
from shellvault.core.chain.resolve import ResolvedChain
from shellvault.core.chain.sign_in_choice import choose_sign_in
from shellvault.core.chain.sso_links import SsoRole
from shellvault.core.durations import format_time_left
from shellvault.core.model import Session
from shellvault.core.record import Record
from shellvault.core.text import count

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from shellvault.awsconfig.profiles import Profiles
    from shellvault.core.chain.sso_links import SignIn
    from shellvault.core.model import KeyPair, Profile
    from shellvault.core.session_broker import Cache, SessionBroker
    from shellvault.providers import Providers
    from shellvault.providers.sso_provider import Assignment

    RoleKey = tuple[tuple[str, str], str, str]
    """A portal, an account and a role."""

USE_DEVICE_CODE = Option("--use-device-code", "sign in with a code, in the browser of any device")


class SsoPortal(Record):
    """Where roles are listed: the sign-in as a chain, and a link to the portal that names no role."""

    resolved: ResolvedChain
    link: SignIn
    portal: SsoRole


class SsoDirectory(Record):
    """A sign-in that is valid until `expires_at` (epoch seconds), the profile that it was made for, and its roles.

    `was_valid` says that nobody had to sign in for it.
    """

    profile: Profile
    link: SignIn
    expires_at: int
    was_valid: bool
    assignments: tuple[Assignment, ...]


class OfferedRole(Record):
    """A role in an account, and the sign-in that opens it."""

    assignment: Assignment
    directory: SsoDirectory

    @property
    def key(self) -> RoleKey:
        """What no other role has in common with it."""
        return portal_of(self.directory.link), self.assignment.account_id, self.assignment.role_name

    @property
    def session(self) -> str:
        """The name of the sso-session; empty where a profile signs in without one."""
        return self.directory.link.sso_session


def portal_of(link: SignIn) -> tuple[str, str]:
    """Return what tells the portal of a sign-in from others, however it is spelled."""
    return link.start_url, link.region


def resolve_portals(word: str, profiles: Profiles, *, everything: bool) -> list[SsoPortal]:
    """Return the portal that `resolve_portal` finds; or if `everything`, that of every sso-session, each once.

    Raises:
        ShellvaultError: see `resolve_portal`.
    """
    names = profiles.sso_sessions() if everything else []
    portals = [resolve_portal(name, profiles) for name in names or [word]]
    first: dict[tuple[str, str], SsoPortal] = {}
    for portal in portals:
        first.setdefault(portal_of(portal.link), portal)
    return list(first.values())


def resolve_portal(word: str, profiles: Profiles) -> SsoPortal:
    """Return the portal for an sso-session, a profile, or the only sso-session where `word` is empty.

    Raises:
        NoSuchProfileError: the word is neither.
        UsageError: there is no sso-session, or there are several; the profile does not sign in.
    """
    profile = choose_sign_in(word, profiles)
    link = resolve_sign_in(profile, profiles)
    portal = SsoRole(
        profile=link.profile,
        source=link,
        account_id="",
        role_name="",
        region=link.region,
        endpoint=profiles.endpoint(profile, "sso"),
    )
    return SsoPortal(ResolvedChain(profile, (profile.name,), link, ()), link, portal)


def list_assignments(portal: SsoPortal, cache: Cache, broker: SessionBroker, providers: Providers) -> SsoDirectory:
    """Sign in where that is needed, and return the user's roles.

    Raises:
        ShellvaultError: nobody signed in, or AWS did not answer.
    """
    before = cache.get(portal.link.identity)

    def fetch(token: KeyPair | Session | None) -> SsoDirectory:
        assignments = providers.assignments(portal.portal, token)
        expires_at = token.expires_at if isinstance(token, Session) else 0
        return SsoDirectory(portal.resolved.profile, portal.link, expires_at, token == before, assignments)

    return broker.use(portal.link, fetch)


def describe_count(assignments: Sequence[Assignment]) -> str:
    """Return how many roles there are in how many accounts."""
    accounts = {assignment.account_id for assignment in assignments}
    return f"{count(len(assignments), 'role')} in {count(len(accounts), 'account')}"


def describe_sign_in(directory: SsoDirectory) -> str:
    """Describe what the user is signed in to, and until when."""
    how = "Still signed in" if directory.was_valid else "Signed in"
    until = time.strftime("%H:%M", time.localtime(directory.expires_at))
    return (
        f"{how} to '{directory.link.profile}' until {until} ({format_time_left(directory.expires_at, time.time())}), "
        "then renewed without a browser where IAM Identity Center allows it.\n"
        f"{describe_count(directory.assignments)}; shellvault sso profiles writes a profile for each.\n"
    )
