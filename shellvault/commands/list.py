"""`list`: profiles, key pairs and sessions side by side; it reads no secret and opens no vault."""

from __future__ import annotations

import time

from shellvault.argparser import EVERYWHERE, JSON, Command, Option
from shellvault.commands import Answer
from shellvault.core.chain.links import SignIn
from shellvault.core.durations import format_time_left
from shellvault.core.errors import UsageError
from shellvault.core.record import Record
from shellvault.core.text import sanitize

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.app import App
    from shellvault.argparser import Arguments
    from shellvault.core.model import SessionNote

_COLUMNS = ("--profiles", "--credentials", "--sessions")
COMMAND = Command(
    "list",
    "show profiles, key pairs and sessions",
    options=(
        JSON,
        Option("--profiles", "only the profiles' names, a line each"),
        Option("--credentials", "only the names of stored key pairs"),
        Option("--sessions", "only the sessions"),
        *EVERYWHERE,
    ),
)


class Row(Record):
    """A profile or stored name; `last4` of its key pair's id, or empty; its sessions."""

    name: str
    is_profile: bool
    last4: str
    sessions: tuple[SessionNote, ...]


def run(app: App, arguments: Arguments) -> Answer:
    """Return the table."""
    rows = _rows(app)
    chosen = [column for column in _COLUMNS if arguments.has(column)]
    if len(chosen) + arguments.has("--json") > 1:
        raise UsageError(f"choose one of {', '.join((*_COLUMNS, '--json'))}", "shellvault list --help")
    if arguments.has("--json"):
        return Answer(_json(rows))
    if chosen:
        return Answer("".join(f"{line}\n" for line in _column(rows, chosen[0])))
    if not rows:
        return Answer("Nothing yet. Store an access key: shellvault add dev\n")
    return Answer(_table(rows))


def _rows(app: App) -> list[Row]:
    keys = {entry.name: entry.last4 for entry in app.keypairs().entries()}
    profiles = dict.fromkeys(app.config.names())
    notes = app.sessions().notes()
    names = dict.fromkeys((*profiles, *keys, *(note.profile for note in notes)))
    return [
        Row(name, name in profiles, keys.get(name, ""), tuple(note for note in notes if note.profile == name))
        for name in names
    ]


def _column(rows: list[Row], column: str) -> list[str]:
    if column == "--profiles":
        return [row.name for row in rows if row.is_profile]
    if column == "--credentials":
        return [row.name for row in rows if row.last4]
    return [f"{row.name} {_session(note)}" for row in rows for note in row.sessions]


def _session(note: SessionNote) -> str:
    return f"{note.kind}:{format_time_left(note.expires_at, time.time())}"


def _table(rows: list[Row]) -> str:
    titles = ("Profile", "Credentials", "Sessions")
    cells = [titles, tuple("=" * len(title) for title in titles), *map(_cells, rows)]
    widths = [max(len(row[place]) for row in cells) + 2 for place in range(2)]
    return "".join(f"{first:{widths[0]}}{second:{widths[1]}}{third}\n" for first, second, third in cells)


def _cells(row: Row) -> tuple[str, str, str]:
    sessions = ", ".join(_session(note) for note in row.sessions)
    name = sanitize(row.name)
    if not row.is_profile and not row.last4 and all(note.kind == SignIn.kind for note in row.sessions):
        return (f"(sso-session {name})", "-", sessions)
    return (name if row.is_profile or not row.last4 else "-", name if row.last4 else "-", sessions or "-")


def _json(rows: list[Row]) -> str:
    import json

    document = [
        {
            "name": row.name,
            "profile": row.is_profile,
            "credentials": {"access_key_id": f"…{row.last4}"} if row.last4 else None,
            "sessions": [
                {"kind": note.kind, "expires_at": note.expires_at, "refresh_at": note.refresh_at}
                for note in row.sessions
            ],
        }
        for row in rows
    ]
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
