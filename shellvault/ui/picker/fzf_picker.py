"""The picker with fzf: it gets the profiles on its stdin, each behind its number, and prints the chosen line."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from shellvault.core.environment import child_environ
from shellvault.core.text import sanitize
from shellvault.system import child_program
from shellvault.system.paths import read_file
from shellvault.ui.picker.profile_rows import Layout
from shellvault.ui.table import measure_width

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from shellvault.core.profile_search import Choices

_BESIDE = 5  # columns of fzf's own beside a row: its mark, a scrollbar, and two dots where a row goes on
_OPTIONS = (
    *("--delimiter=\t", "--with-nth=2..", "--nth=.."),
    *("--prompt=Profile: ", "--tiebreak=index", "--header-lines=0", "--bind=enter:accept,ctrl-z:ignore"),
    *map("--no-{}".format, ("multi", "expect", "print-query", "select-1", "exit-0", "print0", "read0")),
    *map("--no-{}".format, ("tac", "phony", "preview", "hscroll")),
)
"""They come after the user's own in FZF_DEFAULT_OPTS, and so before them wherever the two disagree."""
_OPTION_VARIABLES = ("FZF_DEFAULT_OPTS", "FZF_DEFAULT_OPTS_FILE")
_CHOOSES_BY_ITSELF = re.compile(
    r"(^|\s)[\"']?(-f|--filter)"
    r"|\b(start|load|one|zero|result|change|focus|resize|multi|backward-eof|jump(-cancel)?|click-\w+|every)\s*[:,(]",
    re.IGNORECASE,
)
"""Options that choose without a list, and bindings of events: what these do is not known, and none is a key."""
_LONGEST = 1 << 20  # bytes of the file with the user's options
_LONGEST_ROW = 16384  # bytes
_LONGEST_HIDDEN = 1000  # characters
_FIRST_ROWS = 200
_MEASURED = 1000  # profiles; to look at all of ten thousand before the first row would take longer than all else
_UNLIMITED = float("inf")
_CHOSEN, _NO_MATCH, _CANCELLED = 0, 1, 130  # exit statuses


def find_fzf(environ: Mapping[str, str]) -> str:
    """Return the path of fzf, or the empty string if it is not on PATH."""
    paths = (os.path.join(folder, "fzf") for folder in environ.get("PATH", "").split(os.pathsep) if folder)
    return next((path for path in paths if os.access(path, os.X_OK) and os.path.isfile(path)), "")


def run_fzf(
    fzf: str, choices: Choices, query: str, environ: Mapping[str, str], cwd: str, columns: int
) -> tuple[bool, int | None]:
    """Return whether fzf worked, and the index of the profile that was chosen; None if none was.

    `columns` is how wide the terminal is.
    """
    rows: list[str] = []
    colours = ["--color=bw"] if environ.get("NO_COLOR") else []
    try:
        output = child_program.run(
            [fzf, *_OPTIONS, *colours, f"--query={sanitize(query)}"],
            environ=_fzf_environ(environ),
            cwd=cwd,
            patience=_UNLIMITED,
            most=_LONGEST_ROW,
            stdin=_make_rows(choices, rows, columns),
        )
    except (OSError, child_program.TooMuchError):
        return False, None
    if output.status in (_NO_MATCH, _CANCELLED):
        return True, None
    line = output.stdout.decode(errors="replace").removesuffix("\n")
    number = line.partition("\t")[0]
    is_row = number.isascii() and number.isdigit() and line in rows
    return (True, int(number)) if output.status == _CHOSEN and is_row else (False, None)


def _make_rows(choices: Choices, rows: list[str], columns: int) -> Iterator[str]:
    """Make a row for each profile and append it to `rows`; yield them in portions, the first ones soon."""
    layout, portion, total = Layout(choices, columns - _BESIDE), _FIRST_ROWS, len(choices.names)
    layout.make_room(range(min(total, _MEASURED)))
    if total > _MEASURED:
        layout.make_usual_room()
    while len(rows) < total:
        begin = len(rows)
        indexes = range(begin, min(begin + portion, total))
        for index, line in zip(indexes, layout.format(indexes), strict=True):
            rows.append(f"{index}\t{_add_hidden(line, layout.cells(index), columns)}")
        portion *= 4
        yield "".join(f"{row}\n" for row in rows[begin:])


def _add_hidden(line: str, cells: Sequence[str], columns: int) -> str:
    """Return a line with what was cut from it added beyond the terminal's edge, where fzf still searches it."""
    whole = " ".join(" ".join(cells).split())
    if " ".join(line.split()) == whole:
        return line
    return line + " " * (columns - measure_width(line)) + whole[:_LONGEST_HIDDEN]


def _fzf_environ(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of fzf, without the user's options if they would choose before anybody sees the list."""
    found = child_environ(environ)
    options = found.get(_OPTION_VARIABLES[0], "") + "\n" + _read(found.get(_OPTION_VARIABLES[1], ""))
    if _CHOOSES_BY_ITSELF.search(options):
        found = {name: value for name, value in found.items() if name not in _OPTION_VARIABLES}
    return found


def _read(path: str) -> str:
    try:
        return read_file(path, limit=_LONGEST).decode(errors="replace") if path else ""
    except OSError:
        return ""
