"""`sso profiles`: a profile in the config file for every role that a sign-in to IAM Identity Center opens."""

from __future__ import annotations

import os
import re

from shellvault.awsconfig import reader
from shellvault.awsconfig.config_editor import ProfileAddition
from shellvault.commands.sso_assignments import describe_count, sign_in_and_list
from shellvault.commands.sso_profile_names import name_profiles
from shellvault.core.chain.identity_center import resolve_sign_in
from shellvault.core.errors import CancelledError, NotAskedError, UsageError, quote_word
from shellvault.core.text import sanitize

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from shellvault.app import App
    from shellvault.awsconfig.profiles import Profiles
    from shellvault.commands.sso_assignments import SsoDirectory
    from shellvault.core.chain.links import SignIn
    from shellvault.providers.sso_provider import Assignment

_ACCOUNT = re.compile(r"[0-9]{12}", re.ASCII)
_ROLE = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)  # AWS, IAM Identity Center API: a permission set's name
_REGION = re.compile(r"[a-z0-9-]+", re.ASCII)


def write_profiles(app: App, quote_word: str, region: str, *, force: bool) -> str:
    """Write the profiles that are missing, after a question, and return what to tell; `word` names the sign-in.

    Raises:
        ShellvaultError: nobody signed in, or nobody agreed; the file is as it was.
    """
    if region and not _REGION.fullmatch(region):
        raise UsageError(f"'{region}' is not a region", "write it as in --region eu-west-1")
    directory = sign_in_and_list(app, quote_word)
    known = _known(app, directory.link)
    _tell_of_gone(app, directory, known)
    new = [each for each in _usable(app, directory) if _pair(each) not in known.values()]
    if not new:
        return f"Nothing to write: {describe_count(directory.assignments)}, each with a profile already.\n"
    named_new = name_profiles(sorted(new, key=_order), app.book().names())
    shared = _shared(directory, region or _region(app, directory))
    profiles = {name: {**shared, **_role(each)} for name, each in named_new.items()}
    return _write(app, {name: _ordered(settings) for name, settings in profiles.items()}, force=force)


def _write(app: App, profiles: Mapping[str, Mapping[str, str]], *, force: bool) -> str:
    path = reader.path(app.environ)
    addition = ProfileAddition(path, profiles)
    os.write(2, "".join(f"{sanitize(line)}\n" for line in addition.diff()).encode())
    what = f"{len(profiles)} profile{'' if len(profiles) == 1 else 's'}"
    if not force:
        _confirm(app, f"Add {what} to {path}?")
    addition.write()
    return f'Wrote {what} to {path}. To use the first: eval "$(shellvault env {quote_word(next(iter(profiles)))})"\n'


def _confirm(app: App, question: str) -> None:
    if not app.may_ask:
        raise NotAskedError("--no-input forbids to ask, and nothing was written", "say -f to write without a question")
    if not app.confirm(question):
        raise CancelledError("nothing was written")


def _known(app: App, link: SignIn) -> dict[str, tuple[str, str]]:
    """Return which profiles take which role, by this sign-in and by no other."""
    book = app.book()
    found = {name: _taken(name, book, link) for name in app.config.names()}
    return {name: pair for name, pair in found.items() if pair}


def _taken(name: str, book: Profiles, link: SignIn) -> tuple[str, str] | None:
    try:
        profile = book.profile(name)
        own = resolve_sign_in(profile, book) if profile else None
    except UsageError:  # another sign-in, or none, or a profile that contradicts itself
        return None
    if profile is None or own is None or profile.get("role_arn") or _portal(own) != _portal(link):
        return None
    return profile.get("sso_account_id"), profile.get("sso_role_name")


def _portal(link: SignIn) -> tuple[str, str]:
    return link.start_url.rstrip("/#"), link.region


def _tell_of_gone(app: App, directory: SsoDirectory, known: Mapping[str, tuple[str, str]]) -> None:
    there = {_pair(each) for each in directory.assignments}
    for name, (account, role) in known.items():
        if all((account, role)) and (account, role) not in there:
            app.notice(f"profile '{name}' takes the role {role} in {account}, which you may not take; it was left")


def _usable(app: App, directory: SsoDirectory) -> Iterator[Assignment]:
    for each in directory.assignments:
        if _ACCOUNT.fullmatch(each.account_id) and _ROLE.fullmatch(each.role_name):
            yield each
        else:
            app.notice(f"left out, for no config file can say it: role '{each.role_name}' in '{each.account_id}'")


def _pair(assignment: Assignment) -> tuple[str, str]:
    return assignment.account_id, assignment.role_name


def _order(assignment: Assignment) -> tuple[str, str, str]:
    return assignment.account_name.lower(), assignment.account_id, assignment.role_name


def _region(app: App, directory: SsoDirectory) -> str:
    """Return the region to write, if any: a profile inherits none from [default]."""
    session = app.config.section(f"sso-session {directory.link.name}") if directory.link.name else {}
    own = session.get("region", "") or directory.profile.get("region")
    return own or app.config.section("profile default").get("region", "")


def _shared(directory: SsoDirectory, region: str) -> dict[str, str]:
    link = directory.link
    legacy = {"sso_start_url": link.start_url, "sso_region": link.region}
    return {**({"sso_session": link.name} if link.name else legacy), **({"region": region} if region else {})}


def _role(assignment: Assignment) -> dict[str, str]:
    return {"sso_account_id": assignment.account_id, "sso_role_name": assignment.role_name}


def _ordered(settings: Mapping[str, str]) -> dict[str, str]:
    """Return the settings with the region last, as people write them."""
    return {key: settings[key] for key in sorted(settings, key=lambda key: key == "region")}
