"""Takes the project's Markdown files apart: code and the command lines in it, tables, headings and links."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.packaging.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

README = ROOT / "README.md"
REFERENCE = ROOT / "docs" / "reference.md"
LIVE_SHELLS = ROOT / "docs" / "live-shells.md"
DOCUMENTS = (*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("docs/**/*.md")))

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
_COMMAND = re.compile(r"(?<![\w.-])(?<!\buse )shellvault((?: +[^\s|)\"&;>…]+)+)")
_IN_ENVRC = re.compile(r"\buse shellvault((?: +[^\s|)\"&;>…]+)+)")
_COMMENT = re.compile(r"\s# .*$")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_TABLE = re.compile(r"(?:^\|.*\|\n)+", re.MULTILINE)
_CELL_END = re.compile(r"(?<!\\)\|")


def blocks(file: Path, language: str) -> list[str]:
    """Return the fenced blocks of one language."""
    return [body for kind, body in _FENCE.findall(file.read_text()) if kind == language]


def prose(file: Path) -> str:
    """Return a document without its fenced blocks."""
    return _FENCE.sub("", file.read_text())


def code(file: Path) -> list[str]:
    """Return what a reader may copy: fenced lines without prompt and comment, and code in running text."""
    lines = [
        line
        for kind in ("sh", "bash", "fish", "ini", "yaml")
        for body in blocks(file, kind)
        for line in body.splitlines()
    ]
    typed = [line[2:] for body in blocks(file, "console") for line in body.splitlines() if line.startswith("$ ")]
    spans = [span.replace("\\|", "|").replace("\n", " ") for _ticks, span in _SPAN.findall(prose(file))]
    return [*(_COMMENT.sub("", line) for line in (*lines, *typed)), *spans]


def commands(file: Path) -> list[tuple[str, ...]]:
    """Return the words after every `shellvault …` in a document's code."""
    return [tuple(found.split()) for text in code(file) for found in _COMMAND.findall(text)]


def envrc_lines(file: Path) -> list[tuple[str, ...]]:
    """Return the words after every `use shellvault …` in a document's code."""
    return [tuple(found.split()) for text in code(file) for found in _IN_ENVRC.findall(text)]


def tables(file: Path) -> list[list[list[str]]]:
    """Return every table of a document as rows of cells, with its header and the line below that."""
    return [[_cells(line) for line in found.splitlines()] for found in _TABLE.findall(prose(file) + "\n")]


def table(file: Path, heading: str) -> list[list[str]]:
    """Return the cells of the first table under a heading, without its first two lines."""
    section = file.read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    found = _TABLE.search(f"{section}\n")
    return [_cells(line) for line in found.group().splitlines()[2:]] if found else []


def anchors(file: Path) -> set[str]:
    """Return the names by which a link can lead to a heading, as GitHub makes them."""
    headings = _HEADING.findall(prose(file))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(file: Path) -> list[tuple[str, str]]:
    """Return (path, anchor) of each link within the repository; the path is empty for the document itself."""
    targets = [target.partition("#") for target in _LINK.findall(prose(file)) if "://" not in target]
    return [(path, anchor) for path, _hash, anchor in targets]


def spans(cell: str) -> list[str]:
    """Return the pieces of code in a cell."""
    return [span for _ticks, span in _SPAN.findall(cell)]


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in _CELL_END.split(line.strip()[1:-1])]
