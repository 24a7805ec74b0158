"""The README against the program: what it tells people to type exists, and its tables are complete."""

from __future__ import annotations

import os
import re
from importlib import import_module
from typing import TYPE_CHECKING

import pytest

from shellvault.argparser import Command, Option, parse
from shellvault.commands import ALIASES, VERBS
from shellvault.core import errors
from shellvault.shell.hook_files import FILES, read_hook
from shellvault.system import exec_program
from tests.packaging.conftest import ROOT
from tests.packaging.readme import DOCUMENTS, README, blocks, commands, envrc_lines, table

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sandbox import Sandbox

FIRST = "python3 -m venv .venv && .venv/bin/pip install -q '.[demo]' && .venv/bin/shellvault demo"
FUNCTIONS = ("use", "off")  # of the hook; the program itself has none of these
VARIABLE = re.compile(r"SHELLVAULT_[A-Z_]+")


def command(word: str) -> Command:
    """Return the grammar of a verb or its alias."""
    found: Command = import_module(f"shellvault.commands.{ALIASES.get(word, word)}").COMMAND
    return found


def options() -> list[Option]:
    """Return every option of every verb that has a variable, each once."""
    return list(dict.fromkeys(option for verb in VERBS for option in command(verb).options if option.variable))


def statuses(kind: type[errors.ShellvaultError] = errors.ShellvaultError) -> set[int]:
    """Return the exit statuses of an error and all below it that are in errors.py."""
    own = {kind.status} if kind.__module__ == errors.__name__ else set()
    return own.union(*(statuses(child) for child in kind.__subclasses__()))


def test_its_first_two_commands_are_the_ones_a_stranger_types() -> None:
    """One line shows it working, and the next runs the tests."""
    assert blocks(README, "sh")[:2] == [f"{FIRST}\n", "tests/run\n"]
    assert os.access(ROOT / "tests" / "run", os.X_OK)


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_command_line_in_a_document_can_be_typed(file: Path) -> None:
    """Verbs, options and the number of words fit the grammar."""
    for words in commands(file):
        if words[0] not in ("--help", "--version", *FUNCTIONS):
            assert words[0] in (*VERBS, *ALIASES), f"shellvault {' '.join(words)}"
            parse(command(words[0]), words[1:], {})


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_line_for_an_envrc_fits_the_grammar_of_env(file: Path) -> None:
    """As direnv's `use shellvault` hands its words on to `env`, and takes the last for the profile."""
    for words in envrc_lines(file):
        assert parse(command("env"), words, {}).positionals == words[-1:]


def test_the_readme_has_lines_for_an_envrc() -> None:
    """With and without a secret."""
    assert {("dev",), ("--process", "dev")} <= set(envrc_lines(README))


def test_the_readme_has_a_command_line_for_every_verb() -> None:
    """Whatever the program can do is shown at least once; and the search for command lines finds them."""
    assert {words[0] for words in commands(README)} >= {*VERBS, *FUNCTIONS}


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_hook_has_the_functions_that_the_readme_names(shell: str, function: str) -> None:
    """`use` and `off` are cases of the function in each of the three files."""
    assert re.search(rf"^ +(case )?{function}\)?( |$)", read_hook(shell), re.MULTILINE)


def test_the_table_of_exit_statuses_is_that_of_the_errors() -> None:
    """Every status has a row, and every row a status; those of `exec` are told below it."""
    assert {int(row[0]) for row in table(README, "Exit status")} == {0, *statuses()}
    section = README.read_text().partition("\n## Exit status\n")[2].partition("\n## ")[0]
    for kind in (exec_program.NotFoundError, exec_program.NotExecutableError):
        assert f"{kind.status} where it" in section or f"{kind.status} where there" in section


def test_help_has_the_same_exit_statuses(sandbox: Sandbox) -> None:
    """`shellvault --help` and the README agree."""
    told = sandbox.run("--help").stdout.partition("\nExit status\n")[2]
    assert [int(number) for number in re.findall(r"(\d+) \w", told)] == [
        int(row[0]) for row in table(README, "Exit status")
    ]


@pytest.mark.parametrize("option", options(), ids=lambda option: option.name)
def test_every_option_with_a_variable_is_in_the_table_of_settings(option: Option) -> None:
    """Variable, option and its short form stand in one row."""
    rows = {row[0].strip("`"): row[1] for row in table(README, "Settings")}
    spelled = f"`{option.name}`, `{option.short}`" if option.short else f"`{option.name}`"
    assert rows.get(option.variable) == spelled


def test_every_variable_in_the_code_is_in_the_readme_and_the_other_way_round() -> None:
    """No setting is secret, and none is told of that does nothing."""
    package = "".join(path.read_text() for path in (ROOT / "shellvault").rglob("*.py"))
    hooks = "".join(read_hook(shell) for shell in FILES)
    told = set(VARIABLE.findall(README.read_text()))
    assert set(VARIABLE.findall(package)) - told == set()
    assert told - set(VARIABLE.findall(package + hooks)) == set()


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_link_to_a_file_leads_somewhere(file: Path) -> None:
    """A link within the repository names a file or a folder that is there."""
    for target in re.findall(r"\]\(([^)#:]+)\)", file.read_text()):
        assert (file.parent / target).exists(), target
