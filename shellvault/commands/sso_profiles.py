"""`sso profiles`: a profile in the config file for every role that a sign-in to IAM Identity Center opens."""

from __future__ import annotations

import re

from shellvault.awsconfig.config_editor import ProfileAddition
from shellvault.commands.sso_profile_names import name_profiles
from shellvault.core.chain.identity_center import resolve_sign_in
from shellvault.core.errors import DeclinedError, NotAskedError, UsageError
from shellvault.core.text import count, quote_word, sanitize

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from shellvault.awsconfig.profiles import Profiles
    from shellvault.commands.sso_assignments import SsoDirectory
    from shellvault.core.chain.links import SignIn
    from shellvault.providers.sso_provider import Assignment
    from shellvault.ui.user_interface import Ui

    AccountAndRole = tuple[str, str]
    Notice = Callable[[str], None]

_ACCOUNT = re.compile(r"[0-9]{12}", re.ASCII)
_FORCE = "use --force to write without asking"
_ROLE = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)  # AWS, IAM Identity Center API: a permission set's name


def compose_profiles(
    directory: SsoDirectory, profiles: Profiles, region: str, notice: Notice
) -> dict[str, dict[str, str]]:
    """Return the profiles that are missing, and report those whose role is gone; `region` overrides the config file."""
    existing = _find_existing(profiles, directory.link)
    _report_gone(directory.assignments, existing, notice)
    new = [each for each in _select_usable(directory.assignments, notice) if _pair(each) not in existing.values()]
    named = name_profiles(sorted(new, key=_sort_key), profiles.names())
    sign_in = _sign_in_settings(directory.link)
    last = {"region": chosen} if (chosen := region or _find_region(directory, profiles)) else {}
    return {
        name: {**sign_in, "sso_account_id": each.account_id, "sso_role_name": each.role_name, **last}
        for name, each in named.items()
    }


def write_profiles(profiles: Mapping[str, Mapping[str, str]], config_file: str, ui: Ui, *, force: bool) -> str:
    """Show the new profiles, ask, write them, and return what was done.

    Raises:
        ShellvaultError: the user said no, could not be asked, or the file could not be written; it is as it was.
    """
    addition = ProfileAddition(config_file, profiles)
    ui.terminal.write("".join(f"{sanitize(line)}\n" for line in addition.diff()))
    what = count(len(profiles), "profile")
    if not force:
        _confirm(f"Add {what} to {config_file}?", ui)
    addition.write(ui.notice)
    first = quote_word(next(iter(profiles)))
    return f'Wrote {what} to {config_file}. To use the first: eval "$(shellvault env {first})"\n'


def _confirm(question: str, ui: Ui) -> None:
    if not ui.may_ask:
        raise NotAskedError("prompting is disabled (--no-input), so nothing was written", _FORCE)
    if not ui.confirm(question, otherwise=_FORCE):
        raise DeclinedError("nothing was written")


def _find_existing(profiles: Profiles, link: SignIn) -> dict[str, AccountAndRole]:
    """Return the profiles that sign in like this, with the role that each has."""
    found = {name: _find_role(name, profiles, link) for name in profiles.config.names()}
    return {name: pair for name, pair in found.items() if pair}


def _find_role(name: str, profiles: Profiles, link: SignIn) -> AccountAndRole | None:
    """Return a profile's account and role, or None where it does not use this sign-in."""
    try:
        profile = profiles.profile(name)
        own = resolve_sign_in(profile, profiles) if profile else None
    except UsageError:  # it has no sign-in, or contradicts itself
        return None
    if profile is None or own is None or profile.settings.get("role_arn") or _portal(own) != _portal(link):
        return None
    return profile.settings.get("sso_account_id", ""), profile.settings.get("sso_role_name", "")


def _portal(link: SignIn) -> tuple[str, str]:
    return link.start_url, link.region


def _report_gone(assignments: Sequence[Assignment], existing: Mapping[str, AccountAndRole], notice: Notice) -> None:
    assigned = {_pair(each) for each in assignments}
    for name, (account, role) in existing.items():
        if account and role and (account, role) not in assigned:
            notice(f"profile '{name}' has the role {role} in {account}, which is not assigned to you; it was kept")


def _select_usable(assignments: Sequence[Assignment], notice: Notice) -> Iterator[Assignment]:
    for each in assignments:
        if _ACCOUNT.fullmatch(each.account_id) and _ROLE.fullmatch(each.role_name):
            yield each
        else:
            notice(f"left out role '{each.role_name}' in '{each.account_id}': a config file cannot contain these names")


def _pair(assignment: Assignment) -> AccountAndRole:
    return assignment.account_id, assignment.role_name


def _sort_key(assignment: Assignment) -> tuple[str, str, str]:
    return assignment.account_name.lower(), assignment.account_id, assignment.role_name


def _find_region(directory: SsoDirectory, profiles: Profiles) -> str:
    """Return the region to write, if any: a profile inherits none from [default]."""
    session = profiles.section(f"sso-session {directory.link.sso_session}") if directory.link.sso_session else {}
    own = session.get("region") or directory.profile.settings.get("region")
    return own or profiles.section("profile default").get("region", "")


def _sign_in_settings(link: SignIn) -> dict[str, str]:
    if link.sso_session:
        return {"sso_session": link.sso_session}
    return {"sso_start_url": link.spelled_url or link.start_url, "sso_region": link.region}
