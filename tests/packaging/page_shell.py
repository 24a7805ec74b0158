"""A real shell in a terminal, in which the lines of a page are typed and its questions answered."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from shellvault.core.record import Record
from tests.commands.terminal import PROMPT, Terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

CTRL_C = "Ctrl-C"
FAR_PROMPT = r"build\$ "
_STATUS = {"fish": "$status"}
_END = r"END\. (\d+)\r?\n"
_SEGMENT = re.compile(r"\[([^\]]+)\] $")
_TIME_LEFT = re.compile(r" \d+[hms]$")
_CHANGING = {
    r"…[A-Z0-9]{4}\b": r"…[A-Z0-9]{4}",  # the end of a key id
    "…": ".*",
    r"\bA[KS]IA[A-Z0-9]{16}\b": r"A[KS]IA[A-Z0-9]{16}",
    r"\b\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?=Z|\b)": r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d",
    r"\b\d\d:\d\d\b": r"(?:\d{4}-\d\d-\d\d )?\d\d:\d\d",  # a day is named before midnight
    r"\b(?:\d+[hms])+\b": r"(?:\d+[hms])+",
    r"\b\d{6}\b": r"\d{6}",  # an MFA code
    r"\b(?:4711|5120)\b": r"\d+",  # a process
    r"\b\d+ MiB": r"\d+ MiB",
    r"(?<=127\.0\.0\.1:)\d+(?:/[\w-]{22}\b)?": r"\d+(?:/[\w-]{22})?",  # an endpoint
    r"\btoken-\d+-[0-9a-f]{8}\b": r"token-\d+-[0-9a-f]{8}",
    r"  +": "  +",  # the columns of a table
    r"===+": "===+",
}
"""What differs from run to run in a line that a page shows, and what may be there instead."""
_DIFFERS = re.compile("|".join(f"({pattern})" for pattern in _CHANGING))


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

    def run(self, line: str, far: Iterable[str] = ()) -> Result:
        """Type a line, answer what it asks, and return what it printed before the next prompt.

        `far` are the lines to type at the prompt of a machine that it logs in to.
        """
        typed = iter(far)
        answers: dict[str, Callable[[], str]] = {**self._answers, FAR_PROMPT: lambda: next(typed)}
        start = len(self.terminal.output)
        self.terminal.type(f"{line}; {self._end}")
        patterns = "|".join([_END, *(f"({question})" for question in answers)])
        while (match := self.terminal.expect(patterns))[1] is None:
            number = next(number for number in range(2, 2 + len(answers)) if match[number] is not None)
            self._answer([*answers.values()][number - 2]())
        self.terminal.expect(re.escape(PROMPT))
        printed = self.terminal.output[start:].rpartition(self._end)[2].partition("END.")[0].replace("\r\n", "\n")
        lines = [line.rpartition("\r")[2] for line in printed.splitlines()]  # what went before was overwritten
        return Result(int(match[1]), "\n".join(lines).strip())

    def _answer(self, answer: str) -> None:
        if answer == CTRL_C:
            self.terminal.interrupt()
        else:
            self.terminal.type(answer)

    def segment(self) -> str:
        """Return what the prompt says of the session, without the time left."""
        before = self.terminal.output.removesuffix(PROMPT)
        found = _SEGMENT.search(before)
        return _TIME_LEFT.sub("", found[1]) if found else ""


def find_missing(shown: Iterable[str], output: str) -> str:
    """Return the first line that the page shows and the output lacks; empty if there is none.

    What changes from run to run may differ: key ids, times, codes, ports, the width of columns, and the order of what
    runs side by side. `…` stands for any text.
    """
    printed = output.splitlines()
    return next((line for line in shown if not any(map(_pattern(line).fullmatch, printed))), "")


def _pattern(line: str) -> re.Pattern[str]:
    line, allowed = line.rstrip(), [*_CHANGING.values()]
    found, end = "", 0
    for match in _DIFFERS.finditer(line):
        assert match.lastindex
        found += re.escape(line[end : match.start()]) + allowed[match.lastindex - 1]
        end = match.end()
    return re.compile(found + re.escape(line[end:]) + " *")
