"""Writes docs/commands.md from the tables of the commands: `python -m tests.packaging.commands_page`."""

from __future__ import annotations

import textwrap
from itertools import groupby
from typing import TYPE_CHECKING

from shellvault.argparser import COMMON
from shellvault.commands import ALIASES, VERBS
from tests.packaging.conftest import ROOT
from tests.packaging.program import command

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shellvault.argparser import Command, Option

PAGE = ROOT / "docs" / "commands.md"
RENEW = "python -m tests.packaging.commands_page"
_WIDTH = 120
_START = f"""\
<!-- Made from the commands' own tables by `{RENEW}`. -->

# Commands

Every command with its examples and options, as `--help` shows them. A variable does the same as the option beside it,
for every command that has it; the option wins. [Reference](reference.md) has settings, the variables of a shell, prompt
states and exit statuses.
"""


def write_page() -> str:
    """Return the text of docs/commands.md."""
    sections = [_describe(command(verb)) for verb in VERBS]
    common = f"## Options of every command\n\n{_table(COMMON)}"
    return "\n".join([_START, _contents(), *sections, common])


def _contents() -> str:
    links = ", ".join(f"[{verb}](#{verb})" for verb in VERBS)
    return f"{textwrap.fill(links, _WIDTH, break_on_hyphens=False, break_long_words=False)}\n"


def _describe(found: Command) -> str:
    also = " ".join(f"Alias: `{alias}`." for alias, verb in ALIASES.items() if verb == found.name)
    summary = f"{found.summary[0].upper()}{found.summary[1:]}. {also}".strip()
    parts = [f"## {found.name}", _fill(summary), f"```text\n{found.usage}\n```", *_details(found.details)]
    own = [option for option in found.options if option not in COMMON]
    return "\n\n".join(parts) + "\n" + (f"\n{_table(own)}" if own else "")


def _details(text: str) -> Iterator[str]:
    """Yield the paragraphs as they are, and the indented examples as blocks."""
    for is_example, lines in groupby(text.splitlines(), lambda line: line.startswith(" ")):
        body = "\n".join(lines).strip("\n")
        if is_example:
            yield f"```text\n{textwrap.dedent(body)}\n```"
        elif body:
            yield "\n\n".join(_fill(paragraph) for paragraph in body.split("\n\n"))


def _fill(text: str) -> str:
    return textwrap.fill(" ".join(text.split()), _WIDTH, break_on_hyphens=False, break_long_words=False)


def _table(options: Sequence[Option]) -> str:
    return "| option | variable | what |\n| --- | --- | --- |\n" + "".join(_row(option) for option in options)


def _row(option: Option) -> str:
    name = f"`{option.name} {option.value}`".replace(" `", "`") + (f", `{option.short}`" if option.short else "")
    variable = f"`{option.variable}`" if option.variable else ""
    return f"| {name} | {variable} | {option.help} |\n".replace("|  |", "| |")


if __name__ == "__main__":
    PAGE.write_text(write_page())
