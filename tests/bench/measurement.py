"""A case to measure, and its result: one cell of the table that the benchmark prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shellvault.core.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable

WITH, WITHOUT = "with agent", "without agent"
FLOOR = "python -c pass"


def do_nothing() -> None:
    """Do nothing before a case."""


class Case(Record):
    """A command to time in one of the stage's shells; `limit` is its target as a multiple of the floor, if any."""

    title: str
    column: str
    line: str
    limit: float | None = None
    shell: str = WITHOUT
    before: Callable[[], None] = do_nothing


class Measurement(Record):
    """A number with its unit, its upper limit, if any, and a note."""

    title: str
    column: str
    value: float
    limit: float | None = None
    unit: str = ""
    note: str = ""

    def __str__(self) -> str:
        """Return the number and whether its target holds, such as `1.04 of 1.15: holds`."""
        target = "" if self.limit is None else f" of {self.limit:g}{self.unit}: {'holds' if self.holds else 'missed'}"
        return f"{_round(self.value)}{self.unit}{target}{f' ({self.note})' if self.note else ''}"

    @property
    def holds(self) -> bool:
        """Whether the number, rounded as it is shown, is within the limit."""
        return self.limit is None or float(_round(self.value)) <= self.limit


def _round(value: float) -> str:
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
