"""Help: for the whole, for each command, and from wherever a person asks for it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import pytest

from shellvault import __version__
from shellvault.commands import ALIASES, VERBS
from tests.commands.terminal import at_terminal
from tests.sandbox import SHELLVAULT, exported

if TYPE_CHECKING:
    from shellvault.argparser import Command
    from tests.sandbox import Sandbox


def command(verb: str) -> Command:
    """Return a verb's grammar."""
    found: Command = import_module(f"shellvault.commands.{verb}").COMMAND
    return found


@pytest.mark.parametrize("words", [(), ("-h",), ("--help",), ("help",)])
def test_the_whole_is_shown_to_whoever_asks(settled: Sandbox, words: tuple[str, ...]) -> None:
    """Every command with its summary, and the lines to start with, on stdout."""
    done = settled.run(*words)
    assert (done.returncode, done.stderr) == (0, "")
    for verb in VERBS:
        assert f"\n  {' '.join((verb, *command(verb).positionals))}  " in done.stdout
        assert command(verb).summary in done.stdout
    assert 'eval "$(shellvault env dev)"' in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 120


@pytest.mark.parametrize("verb", VERBS)
def test_a_command_shows_all_its_options(settled: Sandbox, verb: str) -> None:
    """Each with its short form, its value, its environment variable and what it does."""
    shown = settled.run("help", verb)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout.startswith(f"{command(verb).usage}\n")
    for option in command(verb).options:
        (line,) = (line for line in shown.stdout.splitlines() if option.name in line.replace(",", " ").split()[:2])
        for part in (option.help, option.short, option.value, option.variable):
            assert part in line


@pytest.mark.parametrize(
    "words", [("add", "-h"), ("help", "add"), ("--help", "add"), ("add", "dev", "--help"), ("add", "--bogus", "-h")]
)
def test_a_commands_help_is_the_same_from_everywhere(settled: Sandbox, words: tuple[str, ...]) -> None:
    """Before and after other words, right or wrong."""
    assert settled.run(*words).stdout == settled.run("add", "--help").stdout != ""


@pytest.mark.parametrize("alias", ALIASES)
def test_an_alias_is_its_command(settled: Sandbox, alias: str) -> None:
    """And the command's help names it."""
    shown = settled.run(alias, "--help").stdout
    assert shown == settled.run(ALIASES[alias], "--help").stdout
    assert f"Also spelled: {alias}\n" in shown


def test_help_behind_two_dashes_is_the_programs(settled: Sandbox) -> None:
    """`exec` hands it on; in front of the program's name it is ours."""
    program = ("sh", "-c", 'echo "$1"', "sh")
    assert settled.run("exec", "alpha", "--", *program, "--help").stdout == "--help\n"
    assert settled.run("exec", "alpha", *program, "-h").stdout == "-h\n"
    for words in (("exec", "--help"), ("exec", "alpha", "--help"), ("exec", "-d", "1h", "-h", "alpha", "--", "ls")):
        assert settled.run(*words).stdout.startswith("shellvault exec [PROFILE] ")


def test_help_on_a_wrong_word_is_an_error(settled: Sandbox) -> None:
    """With the nearest command."""
    done = settled.run("help", "lsit")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: there is no command 'lsit'\nhint: did you mean list?\n"


@pytest.mark.parametrize("words", [("--version",), ("version",)])
def test_the_version_is_one_line(settled: Sandbox, words: tuple[str, ...]) -> None:
    """Name and number."""
    done = settled.run(*words)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"shellvault {__version__}\n", "")


def test_help_in_an_eval_runs_nothing(settled: Sandbox) -> None:
    """Its examples are commands: the help goes to stderr, and `eval` fails with the environment as it was."""
    done = settled.shell("bash", 'env -0; eval "$(shellvault env --help)" && echo evaluated; echo; env -0; :')
    before, after = (exported(part) for part in done.stdout.split("\n", 1))
    assert before == after
    assert "evaluated" not in done.stdout
    assert done.stderr == settled.run("help", "env").stdout


def test_help_at_a_terminal_is_on_stdout(settled: Sandbox) -> None:
    """Also that of a command whose output is evaluated."""
    with at_terminal(settled, [SHELLVAULT, "env", "--help"]) as terminal:
        assert terminal.ends() == 0
        assert terminal.seen.replace("\r\n", "\n") == settled.run("help", "env").stdout
