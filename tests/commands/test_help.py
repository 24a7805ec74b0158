"""Help: for shellvault as a whole and for each command, however the user asks for it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import pytest

from shellvault import __version__
from shellvault.commands import ALIASES, VERBS
from tests.commands.terminal import open_terminal
from tests.sandbox import SHELLVAULT, parse_environment

if TYPE_CHECKING:
    from shellvault.argparser import Command
    from tests.sandbox import Sandbox


def load_command(verb: str) -> Command:
    """Return the COMMAND of a verb."""
    found: Command = import_module(f"shellvault.commands.{verb}").COMMAND
    return found


@pytest.mark.parametrize("words", [(), ("-h",), ("--help",), ("help",)])
def test_overview_lists_every_command(warm_sandbox: Sandbox, words: tuple[str, ...]) -> None:
    """Each with its summary, plus the first commands to try, on stdout."""
    done = warm_sandbox.run(*words)
    assert (done.returncode, done.stderr) == (0, "")
    for verb in VERBS:
        assert f"\n  {' '.join((verb, *load_command(verb).positionals))}  " in done.stdout
        assert load_command(verb).summary in done.stdout
    assert 'eval "$(shellvault env dev)"' in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 120


@pytest.mark.parametrize("verb", VERBS)
def test_command_help_lists_all_options(warm_sandbox: Sandbox, verb: str) -> None:
    """Each with its short form, value, environment variable and purpose."""
    shown = warm_sandbox.run("help", verb)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout.startswith(f"{load_command(verb).usage}\n")
    for option in load_command(verb).options:
        (line,) = (line for line in shown.stdout.splitlines() if option.name in line.replace(",", " ").split()[:2])
        for part in (option.help, option.short, option.value, option.variable):
            assert part in line


@pytest.mark.parametrize(
    "words", [("add", "-h"), ("help", "add"), ("--help", "add"), ("add", "dev", "--help"), ("add", "--bogus", "-h")]
)
def test_command_help_can_be_requested_anywhere(warm_sandbox: Sandbox, words: tuple[str, ...]) -> None:
    """Before or after other words, valid or not."""
    assert warm_sandbox.run(*words).stdout == warm_sandbox.run("add", "--help").stdout != ""


@pytest.mark.parametrize("alias", ALIASES)
def test_alias_has_the_help_of_its_command(warm_sandbox: Sandbox, alias: str) -> None:
    """The command's help names its aliases."""
    shown = warm_sandbox.run(alias, "--help").stdout
    assert shown == warm_sandbox.run(ALIASES[alias], "--help").stdout
    assert f"Alias: {alias}\n" in shown


def test_help_option_after_the_program_is_passed_on(warm_sandbox: Sandbox) -> None:
    """Before the program's name, it asks for the help of `exec`."""
    program = ("sh", "-c", 'echo "$1"', "sh")
    assert warm_sandbox.run("exec", "alpha", "--", *program, "--help").stdout == "--help\n"
    assert warm_sandbox.run("exec", "alpha", *program, "-h").stdout == "-h\n"
    for words in (("exec", "--help"), ("exec", "alpha", "--help"), ("exec", "-d", "1h", "-h", "alpha", "--", "ls")):
        assert warm_sandbox.run(*words).stdout.startswith("shellvault exec [PROFILE] ")


def test_help_for_an_unknown_command_is_an_error(warm_sandbox: Sandbox) -> None:
    """It suggests the most similar command."""
    done = warm_sandbox.run("help", "lsit")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: unknown command 'lsit'\nhint: did you mean list?\n"


@pytest.mark.parametrize("words", [("--version",), ("version",)])
def test_version_is_one_line(warm_sandbox: Sandbox, words: tuple[str, ...]) -> None:
    """Name and number."""
    done = warm_sandbox.run(*words)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"shellvault {__version__}\n", "")


def test_help_inside_eval_runs_nothing(warm_sandbox: Sandbox) -> None:
    """Help contains commands, so it goes to stderr, and `eval` fails without changing the environment."""
    done = warm_sandbox.shell("bash", 'env -0; eval "$(shellvault env --help)" && echo evaluated; echo; env -0; :')
    before, after = (parse_environment(part) for part in done.stdout.split("\n", 1))
    assert before == after
    assert "evaluated" not in done.stdout
    assert done.stderr == warm_sandbox.run("help", "env").stdout


def test_help_on_a_terminal_goes_to_stdout(warm_sandbox: Sandbox) -> None:
    """Even for commands whose output is meant for `eval`."""
    with open_terminal(warm_sandbox, [SHELLVAULT, "env", "--help"]) as terminal:
        assert terminal.wait_for_exit() == 0
        assert terminal.output.replace("\r\n", "\n") == warm_sandbox.run("help", "env").stdout
