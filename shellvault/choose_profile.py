"""Lets the user choose a profile where the name of one is missing, or is no profile's; it guesses none."""

from __future__ import annotations

import time

from shellvault.core.durations import format_time_left_short
from shellvault.core.errors import (
    CancelledError,
    NoProfileError,
    NoSuchProfileError,
    NotAskedError,
    VaultUnavailableError,
)
from shellvault.core.profile_search import Choices, order_by_use
from shellvault.core.profile_summary import summarize
from shellvault.import_sources.plaintext_hint import name_plaintext
from shellvault.storage.usage_log import read_uses

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from shellvault.argparser import Arguments, Command
    from shellvault.awsconfig.profiles import Profiles
    from shellvault.request import Request
    from shellvault.settings import Settings
    from shellvault.storage.opener import Storage

    class _Stores(Protocol):
        @property
        def profiles(self) -> Profiles: ...

        @property
        def storage(self) -> Storage: ...


_DEFAULT = "default"  # it often holds settings for all profiles, and leads to no credentials
_NEVER = ("--refresh", "--json", "--sso")
"""Options with which nobody chooses: programs use them, or the name is not a profile's."""


def choose_profile(
    error: NoProfileError | NoSuchProfileError,
    command: Command,
    arguments: Arguments,
    request: Request,
    settings: Settings,
    stores: _Stores,
) -> Arguments:
    """Return a command's arguments with the profile that the user has chosen; `stores` are read when needed.

    Raises:
        NoProfileError, NoSuchProfileError: the given error; nobody can be asked, or nothing is like the unknown name.
        CancelledError: the user chose none.
    """
    word = error.name if isinstance(error, NoSuchProfileError) else ""
    was_typed = isinstance(error, NoProfileError) or (word and word in arguments.positionals)
    if not command.offers_profiles or not was_typed or not _may_ask(arguments, request, settings):
        raise error
    request.terminal.expect_person()
    choices = _list_choices(stores, settings.home)
    if not choices.names:
        error.hint = "there is no profile yet; store an access key: shellvault add NAME"
    if name_plaintext(error, settings) or not choices.search(word):
        raise error
    try:
        chosen = request.terminal.choose(choices, word, request.environ, request.cwd)
    except NotAskedError:
        raise error from None
    if chosen is None:
        raise CancelledError("no profile was chosen")
    place = arguments.positionals.index(word) if word else 0
    return arguments.replace(positionals=(*arguments.positionals[:place], chosen, *arguments.positionals[place + 1 :]))


def _may_ask(arguments: Arguments, request: Request, settings: Settings) -> bool:
    """Return whether somebody sees what this command says, and it is theirs: not a program's, nor direnv's."""
    is_for_a_program = "DIRENV_IN_ENVRC" in request.environ or settings.asked_for or any(map(arguments.has, _NEVER))
    return request.terminal.stderr_is_tty and not settings.no_input and not is_for_a_program


def _list_choices(stores: _Stores, home: str) -> Choices:
    now = time.time()
    profiles, ends = stores.profiles, _find_ends(stores.storage)

    def describe(name: str) -> tuple[str, str, str, str]:
        found = summarize(name, profiles)
        return found.account, found.role, found.region, format_time_left_short(ends[name], now) if name in ends else ""

    offered = [name for name in profiles.names() if name != _DEFAULT or summarize(name, profiles).source]
    names, used = order_by_use(offered, read_uses(home), now)
    return Choices(names, describe, used)


def _find_ends(storage: Storage) -> dict[str, int]:
    """Return when each profile's cached session expires, in epoch seconds."""
    try:
        notes = storage.session_cache().notes()
    except VaultUnavailableError:
        return {}
    return {note.profile: note.expires_at for note in sorted(notes, key=lambda note: note.expires_at)}
