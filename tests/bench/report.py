"""Writes measurements as one table, in Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.bench.measurement import WITH, WITHOUT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tests.bench.measurement import Measurement


def format_report(machine: Sequence[str], measurements: Sequence[Measurement], missing: Sequence[str]) -> str:
    """Return a report with the state of the machine, the table, and what could not be measured."""
    lines = [*(f"- {line}" for line in machine), "", *_format_table(measurements)]
    if missing:
        lines += ["", f"Not measured: {'; '.join(missing)}."]
    return "\n".join(lines) + "\n"


def _format_table(measurements: Sequence[Measurement]) -> Iterable[str]:
    cells = {(each.title, each.column): str(each) for each in measurements}
    rows = [("", WITH, WITHOUT)]
    rows += [
        (title, cells.get((title, WITH), ""), cells.get((title, WITHOUT), ""))
        for title in dict.fromkeys(each.title for each in measurements)
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [_format_row(row, widths) for row in rows]
    return [lines[0], _format_row(["-" * width for width in widths], widths), *lines[1:]]


def _format_row(row: Sequence[str], widths: Sequence[int]) -> str:
    return f"| {' | '.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))} |"
