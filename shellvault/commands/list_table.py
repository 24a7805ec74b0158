"""The table of `list`: what its columns hold, and what stands out in colour."""

from __future__ import annotations

import time

from shellvault.core.chain.sso_links import SignIn
from shellvault.core.durations import format_time_left_short
from shellvault.core.text import sanitize
from shellvault.key_reminder import find_limit
from shellvault.ui.table import Column, format_table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from shellvault.commands.list_rows import ListRow
    from shellvault.request import Request
    from shellvault.ui.table import Paint

_COLUMNS = (
    Column("Profile", least=16, rank=0, whole=3),
    Column("Account", least=12, rank=2),
    Column("Role", least=10, rank=3),
    Column("Region", least=14, rank=4),
    Column("Source", least=8, rank=5),
    Column("State", least=12, rank=1),
)
_NAME, _SOURCE, _STATE = 0, len(_COLUMNS) - 2, len(_COLUMNS) - 1
_UNKNOWN = "-"
_FRESH, _DUE, _DANGER = "\x1b[32m", "\x1b[33m", "\x1b[1;97;41m"
"""The prompt's colours: docs/live-shells.md."""


def format_rows(rows: Sequence[ListRow], request: Request) -> str:
    """Return the table; in a terminal it has colours, and its lines are no longer than the terminal is wide."""
    now, limit = time.time(), find_limit(request.environ)
    cells = [_format_cells(row, now) for row in rows]
    if not (joined := "".join(map("".join, cells))).isascii() or not joined.isprintable():
        cells = [tuple(map(sanitize, each)) for each in cells]
    paint = _choose_paint(rows, request.environ, limit, now) if request.terminal.stdout_is_tty else None
    return format_table(_COLUMNS, cells, request.terminal.columns, paint)


def _format_cells(row: ListRow, now: float) -> tuple[str, ...]:
    summary = row.summary
    return (
        f"(sso-session {row.name})" if row.is_sign_in else row.name,
        summary.account or _UNKNOWN,
        summary.role or _UNKNOWN,
        summary.region or _UNKNOWN,
        row.describe_source(_describe_key_age(row, now)) or _UNKNOWN,
        _describe_state(row, now) if row.sessions else _UNKNOWN,
    )


def _describe_key_age(row: ListRow, now: float) -> str:
    """Return the days that a key pair is old; empty on its first day, and if they are unknown."""
    days = row.key_age.days(now) if row.key_age else 0
    return f", {days}d" if days else ""


def _describe_state(row: ListRow, now: float) -> str:
    """Return how long the session lasts, as prompts show it."""
    if (session := row.session) is None:
        return _UNKNOWN
    left = format_time_left_short(session.expires_at, now)
    return f"signed in {left}" if session.kind == SignIn.kind else f"{session.scope} {left}".lstrip()


def _choose_paint(rows: Sequence[ListRow], environ: Mapping[str, str], limit: int, now: float) -> Paint | None:
    """Return what colours names and states as the prompt does, and old key pairs; None if the user wants no colours."""
    if environ.get("NO_COLOR") or environ.get("TERM") == "dumb":
        return None
    from shellvault.core.patterns import DANGER, is_dangerous

    dangers = environ.get("SHELLVAULT_DANGER", DANGER)

    def paint(number: int, column: int) -> str:
        row = rows[number]
        if column == _NAME:
            return _DANGER if row.usable_name and is_dangerous(row.name, dangers) else ""
        if column == _SOURCE and row.key_age and row.key_age.is_over(limit, now):
            return _DUE
        if column == _STATE and row.session:
            return _FRESH if now < row.session.refresh_at else _DUE
        return ""

    return paint
