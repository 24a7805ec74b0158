"""`sso profiles`: compares the profiles of a config file with the roles that IAM Identity Center gives a user."""

from __future__ import annotations

from shellvault.commands.sso_assignments import OfferedRole, portal_of
from shellvault.commands.sso_patterns import RoleProfile
from shellvault.commands.sso_profile_names import name_profiles
from shellvault.core.chain.identity_center import resolve_sign_in
from shellvault.core.errors import UsageError
from shellvault.core.model import is_account, is_role_name
from shellvault.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from shellvault.awsconfig.profiles import Profiles
    from shellvault.commands.sso_assignments import RoleKey, SsoDirectory
    from shellvault.commands.sso_patterns import Patterns
    from shellvault.commands.sso_profile_names import NameTemplate
    from shellvault.core.chain.sso_links import SignIn
    from shellvault.providers.sso_provider import Assignment

    Notice = Callable[[str], None]


class Comparison(Record):
    """The config file beside the roles that are assigned to the user; only what `--only` selects.

    Attributes:
        missing: new profiles, by name: their settings.
        accounts: new profiles, by name: the name of the account.
        gone: profiles whose role is not assigned any more.
        assigned: roles that are.
    """

    missing: Mapping[str, Mapping[str, str]]
    accounts: Mapping[str, str]
    gone: tuple[RoleProfile, ...]
    assigned: tuple[Assignment, ...]


class Wanted(Record):
    """What is wanted of the profiles.

    Attributes:
        template: makes the names of new ones.
        patterns: which profiles to look at.
        region: the region of new ones, instead of what the config file says; may be empty.
        prunes: whether to remove profiles whose role is gone.
        checks: whether only to say what would change.
    """

    template: NameTemplate
    patterns: Patterns
    region: str
    prunes: bool
    checks: bool


def compare_profiles(
    directories: Sequence[SsoDirectory],
    profiles: Profiles,
    wanted: Wanted,
    accounts: Mapping[str, str],
    notice: Notice,
) -> Comparison:
    """Return which profiles are missing, and which are gone.

    `accounts` are profiles, by name: the name of the account, where it was recorded.

    Raises:
        NoSuchProfileError: nothing matches the patterns.
    """
    found = [OfferedRole(each, directory) for directory in directories for each in directory.assignments]
    offered = {role.key: role for role in sorted(found, key=_sort_key) if _is_usable(role.assignment, notice)}
    existing = find_existing(profiles)
    taken_keys = set(existing.values())
    new = [role for key, role in offered.items() if key not in taken_keys]
    named = name_profiles(new, wanted.template, list(offered.values()), profiles.names())
    planned = {name: _describe(name, role) for name, role in named.items()}
    gone = _find_gone(directories, existing, accounts)
    kept = [_describe(name, offered[key]) for name, key in existing.items() if key in offered]
    wanted.patterns.require_any([*kept, *planned.values(), *gone])
    chosen = {name: named[name] for name, each in planned.items() if wanted.patterns.match(each)}
    selected = [*chosen.values(), *(offered[existing[each.name]] for each in kept if wanted.patterns.match(each))]
    return Comparison(
        missing={name: _compose(role, profiles, wanted.region) for name, role in chosen.items()},
        accounts={name: role.assignment.account_name for name, role in chosen.items()},
        gone=tuple(filter(wanted.patterns.match, gone)),
        assigned=tuple({role.key: role.assignment for role in selected}.values()),
    )


def find_existing(profiles: Profiles) -> dict[str, RoleKey]:
    """Return the profiles that take a role of IAM Identity Center, with its key; parts that they lack are empty."""
    found = {name: _find_role(name, profiles) for name in profiles.config.names()}
    return {name: key for name, key in found.items() if key}


def _find_role(name: str, profiles: Profiles) -> RoleKey | None:
    try:
        profile = profiles.profile(name)
        link = resolve_sign_in(profile, profiles) if profile else None
    except UsageError:  # it has no sign-in, or contradicts itself
        return None
    if profile is None or link is None or profile.settings.get("role_arn"):
        return None
    return portal_of(link), profile.settings.get("sso_account_id", ""), profile.settings.get("sso_role_name", "")


def _find_gone(
    directories: Sequence[SsoDirectory], existing: Mapping[str, RoleKey], accounts: Mapping[str, str]
) -> list[RoleProfile]:
    portals = {portal_of(directory.link) for directory in directories}
    assigned = {OfferedRole(each, directory).key for directory in directories for each in directory.assignments}
    names = {each.account_id: each.account_name for directory in directories for each in directory.assignments}
    return [
        RoleProfile(name, account, accounts.get(name) or names.get(account, ""), role)
        for name, (portal, account, role) in existing.items()
        if portal in portals and account and role and (portal, account, role) not in assigned
    ]


def _is_usable(assignment: Assignment, notice: Notice) -> bool:
    if is_account(assignment.account_id) and is_role_name(assignment.role_name):
        return True
    notice(
        f"left out role '{assignment.role_name}' in '{assignment.account_id}': a config file cannot contain these names"
    )
    return False


def _describe(name: str, role: OfferedRole) -> RoleProfile:
    assignment = role.assignment
    return RoleProfile(name, assignment.account_id, assignment.account_name, assignment.role_name)


def _sort_key(role: OfferedRole) -> tuple[str, str, str]:
    assignment = role.assignment
    return assignment.account_name.lower(), assignment.account_id, assignment.role_name


def _compose(role: OfferedRole, profiles: Profiles, region: str) -> dict[str, str]:
    """Return the settings of a new profile."""
    link, assignment = role.directory.link, role.assignment
    chosen = region or _find_region(role.directory, profiles)
    return {
        **_sign_in_settings(link),
        "sso_account_id": assignment.account_id,
        "sso_role_name": assignment.role_name,
        **({"region": chosen} if chosen else {}),
    }


def _find_region(directory: SsoDirectory, profiles: Profiles) -> str:
    """Return the region to write, if any: a profile inherits none from [default]."""
    name = directory.link.sso_session
    session = profiles.section(f"sso-session {name}") if name else {}
    own = session.get("region") or directory.profile.settings.get("region")
    found = own or profiles.section("profile default").get("region", "")
    if "\n" in found:
        first = found.splitlines()[0]  # what follows may be a secret
        raise UsageError(
            f"a line below 'region = {first}' in the config file is indented, and so a part of that region",
            "remove the spaces at its beginning, or name another region: --region REGION",
        )
    return found


def _sign_in_settings(link: SignIn) -> dict[str, str]:
    if link.sso_session:
        return {"sso_session": link.sso_session}
    return {"sso_start_url": link.spelled_url or link.start_url, "sso_region": link.region}
