"""The table of `list`: what its columns hold, and what stands out in colour."""

from __future__ import annotations

import time

from shellvault.core.chain.links import SignIn
from shellvault.core.durations import format_time_left_short
from shellvault.core.text import sanitize
from shellvault.ui.table import Column, format_table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from shellvault.commands.list_rows import ListRow
    from shellvault.request import Request
    from shellvault.ui.table import Paint

_COLUMNS = (
    Column("Profile", least=16, rank=0),
    Column("Account", least=12, rank=2),
    Column("Role", least=10, rank=3),
    Column("Region", least=14, rank=4),
    Column("Source", least=8, rank=5),
    Column("State", least=12, rank=1),
)
_NAME, _STATE = 0, len(_COLUMNS) - 1
_UNKNOWN = "-"


def format_rows(rows: Sequence[ListRow], request: Request) -> str:
    """Return the table; in a terminal it has colours, and its lines are no longer than the terminal is wide."""
    now = time.time()
    cells = [_format_cells(row, now) for row in rows]
    if not (joined := "".join(map("".join, cells))).isascii() or not joined.isprintable():
        cells = [tuple(map(sanitize, each)) for each in cells]
    paint = _choose_paint(rows, request.environ, now) if request.terminal.stdout_is_tty else None
    return format_table(_COLUMNS, cells, request.terminal.columns, paint)


def _format_cells(row: ListRow, now: float) -> tuple[str, ...]:
    summary = row.summary
    return (
        f"(sso-session {row.name})" if row.is_sign_in else row.name,
        summary.account or _UNKNOWN,
        summary.role or _UNKNOWN,
        summary.region or _UNKNOWN,
        row.source or _UNKNOWN,
        _describe_state(row, now) if row.sessions else _UNKNOWN,
    )


def _describe_state(row: ListRow, now: float) -> str:
    """Return how long the session lasts, as prompts show it."""
    if (session := row.session) is None:
        return _UNKNOWN
    left = format_time_left_short(session.expires_at, now)
    return f"signed in {left}" if session.kind == SignIn.kind else left


def _choose_paint(rows: Sequence[ListRow], environ: Mapping[str, str], now: float) -> Paint | None:
    """Return what colours names and states as the prompt does; None if the user wants no colours."""
    from shellvault.ui.colors import DANGER, DUE, FRESH, allows_color, is_dangerous, split_patterns  # not in a pipe

    if not allows_color(environ):
        return None
    dangers = split_patterns(environ.get("SHELLVAULT_DANGER", "*prod*"))

    def paint(number: int, column: int) -> str:
        row = rows[number]
        if column == _NAME:
            return DANGER if row.usable_name and is_dangerous(row.name, dangers) else ""
        if column == _STATE and row.session:
            return FRESH if now < row.session.refresh_at else DUE
        return ""

    return paint
