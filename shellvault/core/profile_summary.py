"""Profile -> its account, role, region and source as the settings tell them, for lists of many profiles. Pure.

Nothing is resolved, and what is wrong with a profile is no error here: `core.chain` says that when it is used.
"""

from __future__ import annotations

from shellvault.core.chain.root_credentials import (
    CONTAINER,
    ENVIRONMENT,
    INSTANCE,
    LOGIN,
    STORED,
    WEB_IDENTITY,
    find_source,
)
from shellvault.core.chain.source_profiles import MOST, source_name
from shellvault.core.errors import ShellvaultError, UsageError
from shellvault.core.model import account_in, is_account, role_in
from shellvault.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from shellvault.core.model import Profile, ProfileLookup

    _Ends = dict[str, tuple[Profile, str]]

KEY_PAIR = "key pair"
_AMBIENT_SOURCE, _LOGIN_SESSION, _SSO = "credential_source", "login_session", ("sso_session", "sso_start_url")
_AMBIENT = {ENVIRONMENT: "environment", INSTANCE: "instance", CONTAINER: "container"}
_WORDS = {
    STORED: KEY_PAIR,
    **dict.fromkeys(WEB_IDENTITY, "web identity"),
    "credential_process": "process",
    _LOGIN_SESSION: LOGIN,
}
_PROFILE = "profile"


class ProfileSummary(Record):
    """What a profile leads to; each field is empty where it is unknown.

    `account` has 12 digits, and `role` is a role's name without its path. `source` is where the credentials come from,
    in people's words: `key pair`, the name of the source profile, `sso` and the name of the sso-session or the host of
    the start URL, `web identity`, `process`, `aws login`, `environment`, `instance` or `container`.
    """

    name: str
    account: str = ""
    role: str = ""
    region: str = ""
    source: str = ""


def summarize(name: str, lookup: ProfileLookup) -> ProfileSummary:
    """Return what is known of a profile, a key pair, or a session that is called `account/role`.

    Little is known of a profile that cannot be used: if its credentials come from nowhere, `source` is empty.
    """
    return _summarize(name, lookup, {})


def summarize_all(names: Iterable[str], lookup: ProfileLookup) -> list[ProfileSummary]:
    """Return the summary of each name."""
    ends: _Ends = {}
    return [_summarize(name, lookup, ends) for name in names]


def _summarize(name: str, lookup: ProfileLookup, ends: _Ends) -> ProfileSummary:
    profile = _find_profile(name, lookup)
    if profile is None:
        account, slash, role = name.partition("/")
        return ProfileSummary(name, account, role) if slash and is_account(account) else ProfileSummary(name)
    path, root = _follow_sources(profile, lookup, ends)
    account, role = _find_role(path, root, lookup)
    source = (path[1].name if path[1:] else _describe_root(root, profile.settings)) if root else ""
    return ProfileSummary(name, account, role, profile.settings.get("region", ""), source)


def _find_profile(name: str, lookup: ProfileLookup) -> Profile | None:
    """Return a profile; None if there is none, or if one that it includes is missing."""
    if lookup.section(f"{_PROFILE} {name}").get("include_profile") and not _may_include(name, lookup):
        return None
    try:
        return lookup.profile(name)
    except ShellvaultError:
        return None


def _may_include(name: str, lookup: ProfileLookup) -> bool:
    """Return whether the included profiles may all exist: the error about a missing one takes long, as it explains."""
    seen = [name]
    while included := lookup.section(f"{_PROFILE} {seen[-1]}").get("include_profile"):
        if included in seen:
            return False
        seen.append(included)
    return bool(lookup.section(f"{_PROFILE} {seen[-1]}")) or any(seen[-1] in header for header in lookup.headers())


def _follow_sources(profile: Profile, lookup: ProfileLookup, ends: _Ends) -> tuple[list[Profile], str]:
    """Return a profile and those below it, as far as they exist, and which setting gives the last one credentials.

    The setting is that of `find_source`; empty if the credentials come from nowhere. `ends` keeps what was found about
    profiles with credentials of their own, because many profiles lead to the same one.
    """
    path = [profile]
    try:
        while source := source_name(path[-1], lookup):
            if len(path) >= MOST or [each for each in path if each.name == source]:
                return path, ""
            if source in ends:
                return [*path, ends[source][0]], ends[source][1]
            if (found := _find_profile(source, lookup)) is None:
                return path, ""
            path.append(found)
            if source in lookup.fingerprints:
                break
    except UsageError:  # a profile names two sources
        return path, ""
    end = path[-1]
    root = find_source(end, lookup)
    root = root if _is_complete(root, end.settings, lookup) else ""
    if path[1:]:
        ends[end.name] = end, root
    return path, root


def _is_complete(root: str, settings: Mapping[str, str], lookup: ProfileLookup) -> bool:
    """Return whether a profile has what the source of its credentials needs beside that one setting."""
    if root == _AMBIENT_SOURCE:
        return bool(settings.get("role_arn")) and settings[root] in _AMBIENT
    if root in WEB_IDENTITY:
        return bool(settings.get("role_arn"))
    if root in _SSO:
        is_known = root != _SSO[0] or lookup.section(f"sso-session {settings[root]}")
        return bool(is_known and settings.get("sso_account_id") and settings.get("sso_role_name"))
    return True


def _find_role(path: Sequence[Profile], root: str, lookup: ProfileLookup) -> tuple[str, str]:
    """Return account and role of the session, as far as the settings tell them."""
    last = path[-1]
    for profile in path:
        uses_key = profile is last and path[1:] and profile.name in lookup.fingerprints  # instead of its role
        if (arn := profile.settings.get("role_arn")) and not uses_key:
            return account_in(arn), role_in(arn)
    if root in _SSO:
        account = last.settings["sso_account_id"]
        return account if is_account(account) else "", last.settings["sso_role_name"]
    if root == _LOGIN_SESSION:
        return account_in(last.settings[root]), role_in(last.settings[root])
    serials = [profile.settings["mfa_serial"] for profile in path if profile.settings.get("mfa_serial")]
    return account_in(serials[0]) if root == STORED and serials else "", ""


def _describe_root(root: str, settings: Mapping[str, str]) -> str:
    if root == _AMBIENT_SOURCE:
        return _AMBIENT[settings[root]]
    if root in _SSO:
        value = settings[root]
        return f"sso {value.partition('://')[2].partition('/')[0] or value}"
    return _WORDS[root]
