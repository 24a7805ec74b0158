"""Takes the project's Markdown files apart: code, the command lines in it, and tables."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.packaging.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

README = ROOT / "README.md"
DOCUMENTS = (*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("docs/**/*.md")))

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`]+)`")
_COMMAND = re.compile(r"(?<![\w.-])(?<!\buse )shellvault((?: +[^\s|)\"&;>…]+)+)")
_IN_ENVRC = re.compile(r"\buse shellvault((?: +[^\s|)\"&;>…]+)+)")


def blocks(file: Path, language: str) -> list[str]:
    """Return the fenced blocks of one language."""
    return [body for kind, body in _FENCE.findall(file.read_text()) if kind == language]


def code(file: Path) -> list[str]:
    """Return what a person may copy: fenced lines, after their prompt where they have one, and code in running text."""
    lines = [line for kind in ("sh", "ini") for body in blocks(file, kind) for line in body.splitlines()]
    typed = [line[2:] for body in blocks(file, "console") for line in body.splitlines() if line.startswith("$ ")]
    spans = [span.replace("\\|", "|").replace("\n", " ") for span in _SPAN.findall(_FENCE.sub("", file.read_text()))]
    return [*lines, *typed, *spans]


def commands(file: Path) -> list[tuple[str, ...]]:
    """Return the words behind every `shellvault …` in a document's code."""
    return [tuple(found.split()) for text in code(file) for found in _COMMAND.findall(text)]


def envrc_lines(file: Path) -> list[tuple[str, ...]]:
    """Return the words behind every `use shellvault …` in a document's code."""
    return [tuple(found.split()) for text in code(file) for found in _IN_ENVRC.findall(text)]


def table(file: Path, heading: str) -> list[list[str]]:
    """Return the cells of the first table under a heading, without its first two lines."""
    section = file.read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    first = section[section.find("\n|") + 1 :].partition("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in first.splitlines()[2:]]
