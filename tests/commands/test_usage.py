"""Command lines that cannot be meant: status 2, one error, one hint, and nothing done."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import pytest

from shellvault.commands import VERBS

if TYPE_CHECKING:
    from tests.sandbox import Sandbox


@pytest.mark.parametrize(
    ("words", "error", "hint"),
    [
        (("lisst",), "there is no command 'lisst'", "did you mean list?"),
        (("remov", "x"), "there is no command 'remov'", "did you mean remove?"),
        (("quux",), "there is no command 'quux'", "shellvault --help"),
        (("",), "there is no command ''", "shellvault --help"),
        (("-x",), "the option -x stands before the command", "shellvault COMMAND [options], or --help"),
        (
            ("--json", "list"),
            "the option --json stands before the command",
            "shellvault COMMAND [options], or --help",
        ),
        (("list", "--jsn"), "list: there is no option --jsn", "did you mean --json?"),
        (("list", "dev"), "list: 'dev' is one word too many", "shellvault list [options]"),
        (("add",), "add: PROFILE is missing", "shellvault add PROFILE [options]"),
        (("remove",), "remove: PROFILE is missing", "shellvault remove PROFILE [options]"),
        (("clear", "a", "b"), "clear: 'b' is one word too many", "shellvault clear [PROFILE] [options]"),
        (("exec", "a", "--mfa-tokn", "1"), "exec: there is no option --mfa-tokn", "did you mean --mfa-token?"),
        (("status", "--backend"), "status: --backend needs a value", "write --backend NAME"),
        (("list", "--json=yes"), "list: --json takes no value", "write --json alone"),
    ],
)
def test_a_mistake_is_told_with_what_to_type(settled: Sandbox, words: tuple[str, ...], error: str, hint: str) -> None:
    """On stderr, in two lines; stdout stays empty, but that a misspelt verb fails in `eval`, as `env` would have."""
    done = settled.run(*words)
    assert (done.returncode, done.stdout) == (2, "" if words[0] in VERBS else "false\n")
    assert done.stderr == f"error: {error}\nhint: {hint}\n"


@pytest.mark.parametrize("verb", [verb for verb in VERBS if verb != "demo"])
def test_no_command_takes_an_option_that_it_does_not_know(settled: Sandbox, verb: str) -> None:
    """Not one of them passes over it; where stdout is evaluated, it says `false`."""
    done = settled.run(verb, "--no-such-option")
    expected = import_module(f"shellvault.commands.{verb}").COMMAND.failure
    assert (done.returncode, done.stdout) == (2, expected)
    assert done.stderr.startswith(f"error: {verb}: there is no option --no-such-option\n")


@pytest.mark.parametrize(
    ("backend", "said"),
    [
        ("secrets-service", "there is no backend 'secrets-service'"),
        ("keychain", "the backend keychain does not exist on this platform"),
    ],
)
def test_a_backend_that_this_machine_lacks_is_refused(settled: Sandbox, backend: str, said: str) -> None:
    """By option and by variable, with the names to choose from."""
    hint = "use --backend with one of: auto, secret-service, kwallet, sealed"
    for done in (settled.run("list", "--backend", backend), settled.run("list", SHELLVAULT_BACKEND=backend)):
        assert (done.returncode, done.stderr) == (2, f"error: {said}\nhint: {hint}\n")


@pytest.mark.parametrize(
    ("words", "environ", "region"),
    [
        (("--region", "us-east-1"), {"SHELLVAULT_REGION": "us-west-2"}, "us-east-1"),
        ((), {"SHELLVAULT_REGION": "us-west-2"}, "us-west-2"),
        ((), {}, "eu-west-1"),
        (("--region=",), {"SHELLVAULT_REGION": "us-west-2"}, "eu-west-1"),
    ],
)
def test_the_option_wins_over_the_variable_over_the_profile(
    settled: Sandbox, words: tuple[str, ...], environ: dict[str, str], region: str
) -> None:
    """And an option with nothing in it takes the variable out of the way."""
    done = settled.run("exec", "alpha", *words, "--", "sh", "-c", "echo $AWS_REGION", **environ)
    assert (done.stdout, done.returncode) == (f"{region}\n", 0)


def test_where_nothing_says_a_region_none_is_exported(settled: Sandbox) -> None:
    """The default is to leave it to the SDK."""
    assert settled.run("exec", "beta", "--", "sh", "-c", "echo ${AWS_REGION-unset}").stdout == "unset\n"


def test_a_switch_by_its_variable_is_checked(settled: Sandbox) -> None:
    """A word that is neither yes nor no is an error, not a no."""
    done = settled.run("list", SHELLVAULT_NO_INPUT="perhaps")
    assert done.returncode == 2
    assert done.stderr == (
        "error: SHELLVAULT_NO_INPUT is 'perhaps'\nhint: set SHELLVAULT_NO_INPUT to 1 or 0, or unset it\n"
    )


def test_words_that_are_not_valid_text_are_no_bug(settled: Sandbox) -> None:
    """A stray byte in a name is shown as a question mark."""
    done = settled.run("exec", "stray \udcff byte", "--", "true")
    assert done.returncode == 3
    assert "there is no profile 'stray ? byte'" in done.stderr
    assert "Traceback" not in done.stderr
