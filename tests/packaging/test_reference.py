"""docs/reference.md against the program: every command, option, variable, state and exit status, and no other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from shellvault.commands import ALIASES, VERBS
from shellvault.core import errors
from shellvault.shell.hook_files import read_hook
from tests.packaging.markdown import REFERENCE, spans, table
from tests.packaging.program import VARIABLE, command, variables_of_the_program

if TYPE_CHECKING:
    from shellvault.argparser import Option
    from tests.sandbox import Sandbox

Row = tuple[str, str, str, str]
"""What the table of options says of one option of one verb: name, short form, value and variable."""


def statuses(kind: type[errors.ShellvaultError] = errors.ShellvaultError) -> set[int]:
    """Return the exit statuses of an error and all below it that are in errors.py."""
    own = {kind.status} if kind.__module__ == errors.__name__ else set()
    return own.union(*(statuses(child) for child in kind.__subclasses__()))


def documented(verb: str) -> set[Row]:
    """Return what the table of options says of a verb."""
    found = set()
    for cells in table(REFERENCE, "Options"):
        if cells[2] == "all" or verb in cells[2].split(", "):
            (name, _space, value), short = spans(cells[0])[0].partition(" "), spans(cells[0])[1:]
            found.add((name, "".join(short), value, cells[1].strip("`")))
    return found


def declared(options: tuple[Option, ...]) -> set[Row]:
    """Return the same of a verb's grammar."""
    return {(option.name, option.short, option.value, option.variable) for option in options}


@pytest.mark.parametrize("verb", VERBS)
def test_the_table_of_options_has_exactly_the_options_of_each_verb(verb: str) -> None:
    """Name, short form, value and variable stand in one row, which names the verb."""
    assert documented(verb) == declared(command(verb).options)


def test_the_table_of_options_names_no_command_that_does_not_exist() -> None:
    """Every name in its third column is a verb."""
    named = {verb for cells in table(REFERENCE, "Options") for verb in cells[2].split(", ")}
    assert named - {"all", *VERBS} == set()


def test_the_table_of_commands_has_every_verb_and_alias() -> None:
    """And no others."""
    named = {span.split()[1] for cells in table(REFERENCE, "Commands") for span in spans(cells[0])}
    assert named == {*VERBS, *ALIASES}


def test_every_variable_in_the_code_is_in_the_reference() -> None:
    """No setting is secret."""
    assert variables_of_the_program() - set(VARIABLE.findall(REFERENCE.read_text())) == set()


def test_each_variable_is_explained_in_one_table_only() -> None:
    """With an option, as a setting without one, or as something that shellvault sets."""
    columns = {"Options": 1, "Settings": 0, "Variables in the shell": 0}
    rows = {heading: {tuple(VARIABLE.findall(cells[column])) for cells in table(REFERENCE, heading)}
            for heading, column in columns.items()}  # fmt: skip
    explained = [name for found in rows.values() for names in found for name in names]
    assert sorted(explained) == sorted(set(explained))


def test_the_table_of_exit_statuses_is_that_of_the_errors() -> None:
    """Every status has a row, and every row a status; those of `exec` are below it."""
    of_exec = {errors.NoProgramError.status, errors.NotExecutableError.status}
    assert {int(row[0]) for row in table(REFERENCE, "Exit status")} == {0, *statuses()} - of_exec
    section = REFERENCE.read_text().partition("\n## Exit status\n")[2]
    for status in of_exec:
        assert f"{status} where it" in section


def test_help_has_the_same_exit_statuses(sandbox: Sandbox) -> None:
    """`shellvault --help` and the reference agree."""
    told = sandbox.run("--help").stdout.partition("\nExit status\n")[2]
    assert [int(number) for number in re.findall(r"(\d+) \w", told)] == [
        int(row[0]) for row in table(REFERENCE, "Exit status")
    ]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "elvish", "nushell", "xonsh"])
def test_the_states_of_the_segment_are_those_of_the_hooks(shell: str) -> None:
    """Each state in the table is one that the hook sets."""
    states = {spans(cells[1])[0] for cells in table(REFERENCE, "Prompt segment")}
    assert [state for state in states if not re.search(rf"\b{state}\b", read_hook(shell))] == []
