"""`list`: shows profiles, key pairs and sessions; reads no secret and does not open the vault."""

from __future__ import annotations

import time

from shellvault.argparser import COMMON, JSON, Command, Option
from shellvault.commands import VERBS
from shellvault.core.durations import format_time_left
from shellvault.core.errors import UsageError
from shellvault.core.text import sanitize
from shellvault.request import Answer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from shellvault.app import App
    from shellvault.argparser import Arguments
    from shellvault.awsconfig.profiles import Profiles
    from shellvault.commands.list_rows import ListRow
    from shellvault.core.model import SessionNote
    from shellvault.settings import Settings

_COLUMNS = ("--profiles", "--credentials", "--sessions")
_NAMES = (["--profiles"], ["--credentials"])
COMMAND = Command(
    "list",
    VERBS["list"],
    positionals=("[PATTERN …]",),
    options=(
        JSON,
        Option("--profiles", "only the names of profiles, one per line"),
        Option("--credentials", "only the names of stored key pairs"),
        Option("--sessions", "only the sessions"),
        Option(
            "--sort",
            "sort by name, account, role, region, source or state",
            value="COLUMN",
            offers="name|account|role|region|source|state",
        ),
        *COMMON,
    ),
    details="""\
  shellvault list 'prod-*' dev      only these: * stands for any text, ? for one character
  shellvault list --sort account    by account, then in the order of the config file
""",
)


def run(app: App, arguments: Arguments) -> Answer:
    """Return the table."""
    chosen = [column for column in _COLUMNS if arguments.has(column)]
    if len(chosen) + arguments.has("--json") > 1:
        raise UsageError(f"choose one of {', '.join((*_COLUMNS, '--json'))}", "shellvault list --help")
    on_terminal = app.request.terminal.stdout_is_tty
    if chosen in _NAMES and not arguments.positionals and "--sort" not in arguments.options:
        return Answer(stdout=_format_lines(_list_names(app.profiles, chosen[0]), as_they_are=not on_terminal))
    from shellvault.commands.list_rows import collect_rows  # not for completions

    rows = _arrange_rows(collect_rows(app.profiles, app.storage), arguments)
    if arguments.has("--json"):
        return Answer(stdout=_format_json(rows, ascii_only=on_terminal))
    if chosen:
        return Answer(stdout=_format_lines(_select_column(rows, chosen[0]), as_they_are=not on_terminal))
    if not rows:
        return Answer(stdout=_describe_nothing(app.settings))
    from shellvault.commands.list_table import format_rows  # only a table needs a layout

    return Answer(stdout=format_rows(rows, app.request))


def _describe_nothing(settings: Settings) -> str:
    """Return what to do first: import the key pairs that are in plaintext, or store one."""
    from shellvault.import_sources.plaintext_hint import describe_plaintext

    if found := describe_plaintext("*", settings):
        return f"No profiles or key pairs yet, but {found[0]}. To import: {found[1]}\n"
    return "No profiles or key pairs yet. Store an access key: shellvault add dev\n"


def _list_names(profiles: Profiles, column: str) -> list[str]:
    """Return what completions ask for at each Tab, without looking at anything else."""
    if column == _COLUMNS[0]:
        return profiles.config.names()
    return [name for name in profiles.names() if name in profiles.fingerprints]


def _arrange_rows(rows: list[ListRow], arguments: Arguments) -> list[ListRow]:
    """Return the rows that were asked for, in the order that was asked for."""
    from shellvault.commands.list_rows import SORTS, sort_rows

    order = arguments.options.get("--sort")
    if order is not None and order not in SORTS:
        raise _unknown_order(order, SORTS)
    rows = _select_rows(rows, arguments.positionals)
    return sort_rows(rows, order) if order else rows


def _unknown_order(order: str, known: Iterable[str]) -> UsageError:
    from difflib import get_close_matches

    near = get_close_matches(order.lower(), known, n=1)
    hint = f"did you mean --sort {near[0]}?" if near else f"choose one of: {', '.join(known)}"
    return UsageError(f"list: nothing can be sorted by '{order}'", hint)


def _select_rows(rows: list[ListRow], patterns: Sequence[str]) -> list[ListRow]:
    """Return the rows whose name matches one of the patterns; all rows if there is no pattern.

    Raises:
        NoSuchProfileError: a pattern matches nothing.
    """
    if not patterns:
        return rows
    from shellvault.core.patterns import select_matching

    matching = set(select_matching([row.name for row in rows], patterns))
    return [row for row in rows if row.name in matching]


def _format_lines(lines: Iterable[str], *, as_they_are: bool) -> str:
    """Return one item per line; completion and scripts pass names back, so they need them unchanged."""
    return "".join([f"{line if as_they_are else sanitize(line)}\n" for line in lines])


def _select_column(rows: list[ListRow], column: str) -> list[str]:
    if column == "--profiles":
        return [row.name for row in rows if row.is_profile]
    if column == "--credentials":
        return [row.name for row in rows if row.key_id]
    return [f"{row.name} {_format_session(note)}" for row in rows for note in row.sessions]


def _format_session(note: SessionNote) -> str:
    return f"{note.kind}:{format_time_left(note.expires_at, time.time())}"


def _format_json(rows: list[ListRow], *, ascii_only: bool) -> str:
    """Return an array with a row per line: with an indent, Python takes several times as long."""
    import json

    from shellvault.commands.list_rows import describe_row

    start = '{"profile": '  # the first key of a row; within a string, its quotes would be escaped
    document = json.dumps([describe_row(row) for row in rows], ensure_ascii=ascii_only)
    return document.replace(f"}}, {start}", f"}},\n {start}") + "\n"
