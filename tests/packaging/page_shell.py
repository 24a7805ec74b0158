"""A real shell in a terminal, in which the lines of a page are typed and its questions answered."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from shellvault.core.record import Record
from tests.commands.terminal import PROMPT, Terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.packaging.page_blocks import Typed

_STATUS = {"fish": "$status"}
_END = r"END\. (\d+)\r?\n"
_SEGMENT = re.compile(r"\[([^\]]+)\] $")
_TIME_LEFT = re.compile(r" \d+[hms]$")
_CHANGING = (
    (re.compile(r"…[A-Z0-9]{4}\b"), r"…[A-Z0-9]{4}"),  # the end of a key id
    (re.compile("…"), ".*"),
    (re.compile(r"\b(?:\d+[hms])+\b"), r"(?:\\d+[hms])+"),
    (re.compile(r"\b\d{6}\b"), r"\\d{6}"),  # an MFA code
)


class Result(Record):
    """What a line printed, and its exit status."""

    status: int
    output: str


class PageShell:
    """An interactive shell; `answers` maps the pattern of each question to what is typed then."""

    def __init__(self, terminal: Terminal, name: str, answers: Mapping[str, Callable[[], str]]) -> None:
        self.terminal = terminal
        self._end = f"printf 'END%s %s\\n' . {_STATUS.get(name, '$?')}"
        self._answers = dict(answers)

    def run(self, line: str) -> Result:
        """Type a line, answer what it asks, and return what it printed before the next prompt."""
        start = len(self.terminal.output)
        self.terminal.type(f"{line}; {self._end}")
        patterns = "|".join([_END, *(f"({question})" for question in self._answers)])
        while (match := self.terminal.expect(patterns))[1] is None:
            number = next(number for number in range(2, 2 + len(self._answers)) if match[number] is not None)
            self.terminal.type([*self._answers.values()][number - 2]())
        self.terminal.expect(re.escape(PROMPT))
        printed = self.terminal.output[start:].rpartition(self._end)[2].partition("END.")[0].replace("\r\n", "\n")
        lines = [line.rpartition("\r")[2] for line in printed.splitlines()]  # what went before was overwritten
        return Result(int(match[1]), "\n".join(lines).strip())

    def segment(self) -> str:
        """Return what the prompt says of the session, without the time left."""
        before = self.terminal.output.removesuffix(PROMPT)
        found = _SEGMENT.search(before)
        return _TIME_LEFT.sub("", found[1]) if found else ""


def find_missing(typed: Typed, output: str, home: str) -> str:
    """Return the first line that the page shows and the output lacks; empty if there is none.

    What changes from run to run may differ: ends of key ids, times, codes, and the order of what runs side by side. `…`
    stands for any text.
    """
    printed = output.splitlines()
    return next((line for line in typed.shown if not any(map(_pattern(line, home).fullmatch, printed))), "")


def _pattern(line: str, home: str) -> re.Pattern[str]:
    pattern = re.escape(line.rstrip().replace("/home/you", home)).replace(r"\ ", " ").replace(r"\-", "-")
    for changing, wanted in _CHANGING:
        pattern = changing.sub(wanted, pattern)
    return re.compile(pattern + " *")
