"""Makes shellvault(1) from what --help is made from, which is all that is written: `python packaging/man_page.py`."""

from __future__ import annotations

import re
import sys
from importlib import import_module
from itertools import groupby
from typing import TYPE_CHECKING

import shellvault
from shellvault.argparser import COMMON
from shellvault.commands import ALIASES, VERBS
from shellvault.help import describe_program, wrap

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from shellvault.argparser import Command, Option

COLUMNS = 71  # of an example on a page of 80
SPECIAL = {"\\": r"\e", "-": r"\-", "'": r"\(aq", "`": r"\(ga", "^": r"\(ha", "~": r"\(ti", '"': r"\(dq"}
"""What groff would replace with a typographic sign, or take for its own."""
FILES = {
    "~/.aws/config": "profiles, roles and MFA devices, as the AWS CLI reads them.",
    "~/.local/share/shellvault": "the sealed vault and the index of names, unless SHELLVAULT_HOME says otherwise.",
}
MORE = "All settings are in docs/reference.md of shellvault's source."
SEE_ALSO = {"aws": ",", "direnv": ",", "secret-tool": ",", "ssh": ""}


def make_page() -> str:
    """Return the whole page as groff source."""
    commands: list[Command] = [import_module(f"shellvault.commands.{verb}").COMMAND for verb in VERBS]
    title, sections = _split(describe_program())
    name, _dash, purpose = title.partition(" - ")
    parts = [
        [f'.TH SHELLVAULT 1 "" "shellvault {shellvault.__version__}" "User Commands"', ".nr HY 0", ".nh", ".ad l"],
        [".SH NAME", rf"{name} \- {_escape(purpose)}"],
        [".SH SYNOPSIS", ".B shellvault", ".I COMMAND", "[options]", ".br", r".B shellvault \-\-version"],
        [".SH DESCRIPTION", *_description(sections["More"])],
        [".SH EXAMPLES", *_example([line for line in sections["Start"] if line])],
        [".SH COMMANDS", "Each command also takes the options under", ".BR OPTIONS ."],
        *(_command(command) for command in commands),
        [".SH OPTIONS", "These belong to every command.", *_options(COMMON)],
        [".SH ENVIRONMENT", *_environment(commands)],
        [".SH EXIT STATUS", *_statuses(sections["Exit status"])],
        [".SH FILES", *_terms(FILES.items())],
        [".SH SEE ALSO", *(f".BR {_escape(page)} (1){comma}" for page, comma in SEE_ALSO.items())],
    ]
    return "".join(f"{line}\n" for part in parts for line in part)


def _split(text: str) -> tuple[str, dict[str, list[str]]]:
    """Return the first line of the program's help, and the lines below each of its headings."""
    title, *lines = text.splitlines()
    sections: dict[str, list[str]] = {}
    heading = ""
    for line in lines:
        if line[:1].strip():
            heading = line
        sections.setdefault(heading, []).append(line)
    return title, {heading: lines[1:] for heading, lines in sections.items()}


def _escape(text: str) -> str:
    """Return a text that groff shows as it is."""
    escaped = "".join(SPECIAL.get(sign, sign if sign.isascii() else rf"\[u{ord(sign):04X}]") for sign in text)
    return rf"\&{escaped}" if escaped.startswith(".") else escaped


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _description(more: Sequence[str]) -> list[str]:
    """Return what the package's docstring says, and the sentences and lines of the help's last part."""
    lines = [line.strip() for line in more if line.strip()]
    sentences = [line for line in lines if line.endswith(".")]
    rows = [re.split(r" {2,}", line) for line in lines if line not in sentences]
    text = [_escape(line) for line in (f"{shellvault.__doc__}", *sentences)]
    return [*text, *_terms((line, _sentence(what)) for line, what in rows)]


def _command(command: Command) -> list[str]:
    """Return a command's subsection: its usage, what it does, examples, and the options that not every command has."""
    also = [alias for alias, verb in ALIASES.items() if verb == command.name]
    own = [option for option in command.options if option not in COMMON]
    return [
        f".SS {_escape(command.usage)}",
        _escape(_sentence(command.summary)),
        *([_escape(f"Alias: {', '.join(also)}.")] if also else []),
        *_details(command.details),
        *_options(own),
    ]


def _details(text: str) -> list[str]:
    """Return a command's details: paragraphs are filled, and what is indented stays as it is."""
    blocks = [(kind, list(lines)) for kind, lines in groupby(text.splitlines(), _kind_of_line)]
    return [line for kind, lines in blocks if kind for line in (_example if kind == "example" else _paragraph)(lines)]


def _kind_of_line(line: str) -> str:
    if not line:
        return ""
    return "example" if line.startswith(" ") else "paragraph"


def _paragraph(lines: Sequence[str]) -> list[str]:
    return [".PP", *map(_escape, lines)]


def _example(lines: Sequence[str]) -> list[str]:
    wrapped = wrap("".join(f"{line}\n" for line in lines), COLUMNS).splitlines()
    return [".PP", ".EX", *(_escape(line) for line in wrapped), ".EE"]


def _options(options: Sequence[Option]) -> list[str]:
    return [line for option in options for line in (".TP", _spell(option), _escape(_describe(option)))]


def _spell(option: Option) -> str:
    names = ", ".join(rf"\fB{_escape(name)}\fR" for name in (option.short, option.name) if name)
    return rf"{names} \fI{_escape(option.value)}\fR" if option.value else names


def _describe(option: Option) -> str:
    return f"{_sentence(option.help)} [{option.variable}]" if option.variable else _sentence(option.help)


def _environment(commands: Sequence[Command]) -> list[str]:
    """Return each variable that stands for an option, and where the others are explained."""
    names = {option.variable: option.name for command in commands for option in command.options if option.variable}
    return [*_terms((name, f"Stands for {names[name]}.") for name in sorted(names)), ".PP", _escape(MORE)]


def _statuses(lines: Sequence[str]) -> list[str]:
    rows = [line.split(maxsplit=1) for line in lines if line]
    return _terms((number, _sentence(what)) for number, what in rows)


def _terms(rows: Iterable[tuple[str, str]]) -> list[str]:
    return [line for term, what in rows for line in (".TP", f".B {_escape(term)}", _escape(what))]


if __name__ == "__main__":
    sys.stdout.write(make_page())
