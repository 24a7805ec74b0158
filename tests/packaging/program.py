"""What the program has, for the documents to be compared with: its commands, their options, and its variables."""

from __future__ import annotations

import re
from importlib import import_module
from typing import TYPE_CHECKING

from shellvault.commands import ALIASES
from tests.packaging.conftest import ROOT

if TYPE_CHECKING:
    from shellvault.argparser import Command

VARIABLE = re.compile(r"SHELLVAULT_[A-Z_]+")


def command(word: str) -> Command:
    """Return the grammar of a verb or its alias."""
    found: Command = import_module(f"shellvault.commands.{ALIASES.get(word, word)}").COMMAND
    return found


def variables_of_the_program(further: str = "") -> set[str]:
    """Return every variable of shellvault's own that its code names, or that `further` code does."""
    package = "".join(path.read_text() for path in (ROOT / "shellvault").rglob("*.py"))
    return set(VARIABLE.findall(package + further))
