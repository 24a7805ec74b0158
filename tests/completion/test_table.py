"""Every command, option and value of the command table completes, without a second list of them anywhere."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import pytest

from shellvault.argparser import REPEATED, Command, Option
from shellvault.commands import ALIASES, VERBS
from shellvault.commands.list_rows import SORTS
from shellvault.completion.offers import FILE, KINDS
from tests.completion.asking import ask, offer

if TYPE_CHECKING:
    from tests.sandbox import Sandbox


def load_command(verb: str) -> Command:
    """Return the COMMAND of a verb."""
    found: Command = import_module(f"shellvault.commands.{verb}").COMMAND
    return found


COMMANDS = {verb: load_command(verb) for verb in VERBS}
VALUES = [(verb, option) for verb, command in COMMANDS.items() for option in command.options if option.value]
SWITCHES = [
    (verb, option) for verb, command in COMMANDS.items() for option in command.options if option.kind != REPEATED
]


def name_option(argument: object) -> str:
    """Return how a parameter is called in the test's id."""
    return argument.name if isinstance(argument, Option) else str(argument)


def split_words(kind: str) -> list[str]:
    """Return the words that a kind consists of, if it is no key of `KINDS`."""
    return [] if kind in KINDS else kind.split("|")


def test_every_command_is_offered_with_what_it_does(names: Sandbox) -> None:
    """In the order of the table; `help` is no module of its own."""
    lines = [line.split("\t") for line in ask(names, "")[1:]]
    assert [line[0] for line in lines] == [*VERBS, "help"]
    assert [line[1] for line in lines[:-1]] == [command.summary for command in COMMANDS.values()]


@pytest.mark.parametrize("verb", [*VERBS, *ALIASES])
def test_every_option_of_a_command_is_offered_with_what_it_does(names: Sandbox, verb: str) -> None:
    """Also for a command's other name."""
    options = COMMANDS[ALIASES.get(verb, verb)].options
    assert ask(names, verb, "-") == ["words", *(f"{option.name}\t{option.help}" for option in options)]


@pytest.mark.parametrize(("verb", "option"), SWITCHES, ids=name_option)
def test_an_option_is_offered_once(names: Sandbox, verb: str, option: Option) -> None:
    """Its short form counts, too."""
    value = ["x"] if option.value else []
    for name in filter(None, (option.name, option.short)):
        assert option.name not in offer(names, verb, name, *value, "--")


@pytest.mark.parametrize(("verb", "option"), VALUES, ids=name_option)
def test_every_value_is_of_a_kind_that_completes(names: Sandbox, verb: str, option: Option) -> None:
    """What is offered is the same for `--opt VALUE` and for `--opt=VALUE`; a new kind has to say what it offers."""
    kind = option.offers or option.value
    assert kind in KINDS or kind == kind.lower(), f"what does {option.name} offer? {kind} is not in KINDS"
    after_space, after_equals = ask(names, verb, option.name, ""), ask(names, verb, f"{option.name}=")
    if kind == FILE:
        assert (after_space, after_equals) == (["files 0"], [f"files {len(option.name) + 1}"])
    else:
        assert after_equals == [line if line == "words" else f"{option.name}={line}" for line in after_space]
    assert set(split_words(kind)) <= {line.partition("\t")[0] for line in after_space}


@pytest.mark.parametrize("verb", VERBS)
def test_every_positional_is_of_a_kind_that_completes(names: Sandbox, verb: str) -> None:
    """Each is a kind, or the words themselves in lower case."""
    command = COMMANDS[verb]
    assert len(command.offers) in (0, len(command.positionals))
    given: list[str] = []
    for name in command.offers or command.positionals:
        kind = name.strip("[]").removesuffix(" …")
        assert kind in KINDS or kind == kind.lower(), f"what does {verb} offer? {kind} is not in KINDS"
        assert set(split_words(kind)) <= {line.partition("\t")[0] for line in ask(names, verb, *given, "")}
        given.append("x")


def test_offered_columns_are_those_that_can_be_sorted_by() -> None:
    """The table of `list` spells them out, because sorting is loaded only where it is asked for."""
    (sort,) = (option for option in COMMANDS["list"].options if option.name == "--sort")
    assert sort.offers.split("|") == [*SORTS]


@pytest.mark.parametrize("verb", ["hook", "completion"])
def test_offered_shells_are_those_that_exist(names: Sandbox, verb: str) -> None:
    """Each one is printed."""
    for shell in offer(names, verb, ""):
        assert names.run(verb, shell).returncode == 0
