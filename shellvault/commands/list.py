"""`list`: shows profiles, key pairs and sessions side by side; reads no secret and does not open the vault."""

from __future__ import annotations

import time

from shellvault.argparser import COMMON, JSON, Command, Option
from shellvault.core.chain.sso_links import SignIn
from shellvault.core.durations import format_time_left
from shellvault.core.errors import UsageError
from shellvault.core.record import Record
from shellvault.core.text import last4, sanitize
from shellvault.request import Answer
from shellvault.storage.key_pairs import group_by_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from shellvault.app import App
    from shellvault.argparser import Arguments
    from shellvault.core.model import SessionNote
    from shellvault.storage.opener import Storage

_COLUMNS = ("--profiles", "--credentials", "--sessions")
COMMAND = Command(
    "list",
    "show profiles, key pairs and sessions",
    positionals=("[PATTERN …]",),
    options=(
        JSON,
        Option("--profiles", "only the names of profiles, one per line"),
        Option("--credentials", "only the names of stored key pairs"),
        Option("--sessions", "only the sessions"),
        *COMMON,
    ),
    details="""\
  shellvault list 'prod-*' dev      only these: * stands for any text, ? for one character
""",
)


class ListRow(Record):
    """A profile or the name of a key pair; `key_id` is the end of the key pair's id, or empty.

    `same_key` has that key pair's other names.
    """

    name: str
    is_profile: bool
    key_id: str
    sessions: tuple[SessionNote, ...]
    same_key: tuple[str, ...] = ()


def run(app: App, arguments: Arguments) -> Answer:
    """Return the table."""
    rows = _select_rows(_collect_rows(app.profiles.config.names(), app.storage), arguments.positionals)
    chosen = [column for column in _COLUMNS if arguments.has(column)]
    if len(chosen) + arguments.has("--json") > 1:
        raise UsageError(f"choose one of {', '.join((*_COLUMNS, '--json'))}", "shellvault list --help")
    on_terminal = app.request.terminal.stdout_is_tty
    if arguments.has("--json"):
        return Answer(stdout=_format_json(rows, ascii_only=on_terminal))
    if chosen:
        return Answer(stdout=_format_column(rows, chosen[0], as_they_are=not on_terminal))
    if not rows:
        return Answer(stdout="No profiles or key pairs yet. Store an access key: shellvault add dev\n")
    return Answer(stdout=_format_table(rows))


def _collect_rows(profiles: list[str], storage: Storage) -> list[ListRow]:
    entries = storage.key_pairs().entries()
    keys = {entry.name: entry.last4 for entry in entries}
    same = {one.name: tuple(each.name for each in group) for group in group_by_key(entries) for one in group}
    sessions: dict[str, list[SessionNote]] = {name: [] for name in (*profiles, *keys)}
    for note in storage.session_cache().notes():
        sessions.setdefault(note.profile, []).append(note)
    known = set(profiles)
    return [
        ListRow(name, name in known, keys.get(name, ""), tuple(notes), _without(name, same.get(name, ())))
        for name, notes in sessions.items()
    ]


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


def _without(name: str, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(other for other in names if other != name)


def _format_column(rows: list[ListRow], column: str, *, as_they_are: bool) -> str:
    """Return one item per line; completion and scripts pass names back, so they need them unchanged."""
    return "".join(f"{line if as_they_are else sanitize(line)}\n" for line in _select_column(rows, column))


def _select_column(rows: list[ListRow], column: str) -> list[str]:
    if column == "--profiles":
        return [row.name for row in rows if row.is_profile]
    if column == "--credentials":
        return [row.name for row in rows if row.key_id]
    return [f"{row.name} {_format_session(note)}" for row in rows for note in row.sessions]


def _format_session(note: SessionNote) -> str:
    return f"{note.kind}:{format_time_left(note.expires_at, time.time())}"


def _format_table(rows: list[ListRow]) -> str:
    titles = ("Profile", "Credentials", "Sessions")
    cells = [titles, tuple("=" * len(title) for title in titles), *map(_format_cells, rows)]
    widths = [max(len(row[column]) for row in cells) + 2 for column in range(2)]
    return "".join(f"{first:{widths[0]}}{second:{widths[1]}}{third}\n" for first, second, third in cells)


def _format_cells(row: ListRow) -> tuple[str, str, str]:
    sessions = ", ".join(_format_session(note) for note in row.sessions)
    name = sanitize(row.name)
    if not row.is_profile and not row.key_id and all(note.kind == SignIn.kind for note in row.sessions):
        return (f"(sso-session {name})", "-", sessions)
    key = f"{name} (same key as {_abbreviate(row.same_key)})" if row.same_key else name
    return (name if row.is_profile or not row.key_id else "-", key if row.key_id else "-", sessions or "-")


def _abbreviate(names: tuple[str, ...]) -> str:
    """Return the first name and how many more there are, so that the table fits on the screen."""
    return sanitize(names[0]) + (f" +{len(names) - 1}" if names[1:] else "")


def _format_json(rows: list[ListRow], *, ascii_only: bool) -> str:
    import json

    document = [
        {
            "name": row.name,
            "profile": row.is_profile,
            "credentials": {"access_key_id": last4(row.key_id), "same_key": row.same_key} if row.key_id else None,
            "sessions": [
                {"kind": note.kind, "expires_at": note.expires_at, "refresh_at": note.refresh_at}
                for note in row.sessions
            ],
        }
        for row in rows
    ]
    return json.dumps(document, indent=2, ensure_ascii=ascii_only) + "\n"
