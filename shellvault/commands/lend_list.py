"""Shows what is lent, and takes it back."""

from __future__ import annotations

import json
import time

from shellvault.agent.lends import end_lends, list_lends
from shellvault.agent.places import list_sockets
from shellvault.core.durations import format_clock
from shellvault.core.environment import UTC
from shellvault.core.errors import NoSuchProfileError, UsageError
from shellvault.core.text import quote_word, sanitize
from shellvault.request import Answer
from shellvault.ui.table import Column, format_table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from shellvault.argparser import Arguments
    from shellvault.core.wish import ClaimStatus
    from shellvault.request import Request

_COLUMNS = (
    Column("Profile", least=16, rank=0),
    Column("Scope", least=8, rank=2),
    Column("Lent to", least=16, rank=1),
    Column("Since", least=5, rank=4),
    Column("Until", least=5, rank=0),
    Column("Requests", least=8, rank=3),
)
_UNKNOWN = "-"


def show_or_stop(arguments: Arguments, request: Request, find_names: Callable[[], Collection[str]]) -> Answer:
    """Show what is lent, or end it.

    Raises:
        UsageError: the command line also says what to lend.
        NoSuchProfileError: what is to be ended is not lent, and not among the names that `find_names` returns.
    """
    paths = list_sockets(request.environ)
    if arguments.rest:
        option = "--stop" if arguments.has("--stop") else "--json"
        raise UsageError(f"{option} lends nothing", "leave it out, or the command")
    if arguments.has("--stop"):
        return _stop(paths, arguments, request, find_names)
    if arguments.first and not arguments.has("--json"):
        hint = f"shellvault lend {quote_word(arguments.first)} -- ssh HOST; shellvault lend alone shows what is lent"
        hint = "shellvault lend --stop" if arguments.first == "stop" else hint
        raise UsageError(f"lend '{arguments.first}' to what?", hint)
    lends = [each for path in paths for each in list_lends(path)]
    return _show([each for each in lends if arguments.first in ("", each.profile)], arguments, request)


def _stop(
    paths: Sequence[str], arguments: Arguments, request: Request, find_names: Callable[[], Collection[str]]
) -> Answer:
    if arguments.positionals and not arguments.first:
        raise UsageError("the profile's name is empty", "shellvault lend --stop PROFILE; without a name, it ends all")
    ended = [each for path in paths for each in end_lends(path, arguments.first, request.terminal.write)]
    if arguments.first and not ended and arguments.first not in find_names():
        hint = "shellvault lend shows what is lent; shellvault lend --stop ends all of it"
        raise NoSuchProfileError(f"'{arguments.first}' is not lent, and no profile has that name", hint)
    if arguments.has("--json"):
        return _show(ended, arguments, request)
    nothing = f"'{sanitize(arguments.first)}' is not lent.\n" if arguments.first else "Nothing is lent.\n"
    lines = [f"'{sanitize(each.profile)}' is no longer lent to '{sanitize(each.lent_to)}'.\n" for each in ended]
    return Answer(stdout="".join(lines) or nothing)


def _show(lends: Sequence[ClaimStatus], arguments: Arguments, request: Request) -> Answer:
    lends = sorted(lends, key=lambda each: (each.lent_at, each.profile))
    if arguments.has("--json"):
        return Answer(stdout=json.dumps([_describe(each) for each in lends], indent=2, ensure_ascii=False) + "\n")
    if not lends:
        return Answer(stdout="Nothing is lent.\n")
    return Answer(stdout=format_table(_COLUMNS, [_format_cells(each) for each in lends], request.terminal.columns))


def _format_cells(each: ClaimStatus) -> tuple[str, ...]:
    since, until = (format_clock(at, time.time()) for at in (each.lent_at, each.lent_until))
    texts = (each.profile, each.scope or _UNKNOWN, each.lent_to, since, until, str(each.requests))
    return tuple(map(sanitize, texts))


def _describe(each: ClaimStatus) -> dict[str, object]:
    return {
        "profile": each.profile,
        "scope": each.scope or None,
        "lent_to": each.lent_to,
        "since": _format_time(each.lent_at),
        "until": _format_time(each.lent_until),
        "requests": each.requests,
        "asked_at": _format_time(each.asked_at),
        "pid": each.owner,
    }


def _format_time(at: int | None) -> str | None:
    return time.strftime(UTC, time.gmtime(at)) if at else None
