"""Invalid command lines: status 2, one error, one hint, and no action."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import pytest

from shellvault.commands import VERBS
from tests.sandbox import SHELLVAULT

if TYPE_CHECKING:
    from tests.sandbox import Sandbox


@pytest.mark.parametrize(
    ("words", "error", "hint"),
    [
        (("lisst",), "unknown command 'lisst'", "did you mean list?"),
        (("remov", "x"), "unknown command 'remov'", "did you mean remove?"),
        (("quux",), "unknown command 'quux'", "shellvault --help"),
        (("",), "unknown command ''", "shellvault --help"),
        (("-x",), "a command must come before -x", "shellvault COMMAND [options], or --help"),
        (
            ("--json", "list"),
            "a command must come before --json",
            "shellvault COMMAND [options], or --help",
        ),
        (("list", "--jsn"), "list: unknown option --jsn", "did you mean --json?"),
        (("status", "dev"), "status: unexpected argument 'dev'", "shellvault status [options]"),
        (("add",), "add: PROFILE is missing", "shellvault add PROFILE [options]"),
        (("remove",), "remove: PROFILE is missing", "shellvault remove PROFILE [options]"),
        (("clear", "a", "b"), "clear: unexpected argument 'b'", "shellvault clear [PROFILE] [options]"),
        (("exec", "a", "--mfa-tokn", "1"), "exec: unknown option --mfa-tokn", "did you mean --mfa-token?"),
        (("status", "--backend"), "status: --backend needs a value", "use --backend NAME"),
        (("list", "--json=yes"), "list: --json takes no value", "use --json alone"),
    ],
)
def test_usage_error_suggests_what_to_type(
    warm_sandbox: Sandbox, words: tuple[str, ...], error: str, hint: str
) -> None:
    """Two lines on stderr; stdout is empty, or `false` for a misspelled verb, which may be `env` inside `eval`."""
    done = warm_sandbox.run(*words)
    assert (done.returncode, done.stdout) == (2, "" if words[0] in VERBS else "false\n")
    assert done.stderr == f"error: {error}\nhint: {hint}\n"


@pytest.mark.parametrize("name", ["alpha", "a;b", "stored"])
def test_a_profile_typed_instead_of_a_command_is_recognized(sandbox: Sandbox, name: str) -> None:
    """The hint says how to use it, instead of a command with a similar name."""
    sandbox.configure("[profile alpha]\n[profile a;b]\n")
    sandbox.add("stored", sandbox.aws.world.user().access_key(), "--no-config")
    done = sandbox.command([SHELLVAULT, name])
    word = name if name.isalpha() else f"'{name}'"
    assert (done.returncode, done.stdout) == (2, "false\n")
    assert done.stderr.startswith(f"error: unknown command '{name}'\nhint: that is a profile: shellvault use {word}, ")
    assert f'eval "$(shellvault env {word})"\n' in done.stderr


def test_a_broken_config_file_does_not_hide_an_unknown_command(sandbox: Sandbox) -> None:
    """The error is about the command, which does not need the file."""
    sandbox.configure("[profile dev\n")
    assert sandbox.run("lisst").stderr == "error: unknown command 'lisst'\nhint: did you mean list?\n"


@pytest.mark.parametrize("verb", [verb for verb in VERBS if verb != "demo"])
def test_unknown_option_is_refused_by_every_command(warm_sandbox: Sandbox, verb: str) -> None:
    """Commands whose output is evaluated also print `false`."""
    done = warm_sandbox.run(verb, "--no-such-option")
    expected = import_module(f"shellvault.commands.{verb}").COMMAND.failure
    assert (done.returncode, done.stdout) == (2, expected)
    assert done.stderr.startswith(f"error: {verb}: unknown option --no-such-option\n")


@pytest.mark.parametrize(
    ("backend", "said"),
    [
        ("secrets-service", "there is no backend 'secrets-service'"),
        ("keychain", "the backend keychain does not exist on this platform"),
    ],
)
def test_unavailable_backend_is_refused(warm_sandbox: Sandbox, backend: str, said: str) -> None:
    """Whether the option or the variable names it; the error names the variable, the hint the valid ones."""
    by_option, by_variable = ("list", "--backend", backend), {"SHELLVAULT_BACKEND": backend}
    for done, given in (
        (warm_sandbox.run(*by_option), "--backend"),
        (warm_sandbox.run("list", **by_variable), "SHELLVAULT_BACKEND"),
    ):
        hint = "choose one of: auto, secret-service, kwallet, sealed"
        assert (done.returncode, done.stderr) == (2, f"error: {given}: {said}\nhint: {hint}\n")


@pytest.mark.parametrize(
    ("words", "environ", "region"),
    [
        (("--region", "us-east-1"), {"SHELLVAULT_REGION": "us-west-2"}, "us-east-1"),
        ((), {"SHELLVAULT_REGION": "us-west-2"}, "us-west-2"),
        ((), {}, "eu-west-1"),
        (("--region=",), {"SHELLVAULT_REGION": "us-west-2"}, "eu-west-1"),
    ],
)
def test_option_overrides_variable_overrides_profile(
    warm_sandbox: Sandbox, words: tuple[str, ...], environ: dict[str, str], region: str
) -> None:
    """An empty option disables the variable."""
    done = warm_sandbox.run("exec", "alpha", *words, "--", "sh", "-c", "echo $AWS_REGION", **environ)
    assert (done.stdout, done.returncode) == (f"{region}\n", 0)


def test_no_region_is_exported_by_default(warm_sandbox: Sandbox) -> None:
    """The choice is left to the SDK."""
    assert warm_sandbox.run("exec", "beta", "--", "sh", "-c", "echo ${AWS_REGION-unset}").stdout == "unset\n"


def test_invalid_boolean_variable_is_refused(warm_sandbox: Sandbox) -> None:
    """A value that is neither yes nor no is an error, not a no."""
    done = warm_sandbox.run("list", SHELLVAULT_NO_INPUT="perhaps")
    assert done.returncode == 2
    assert done.stderr == (
        "error: SHELLVAULT_NO_INPUT is 'perhaps'\nhint: set SHELLVAULT_NO_INPUT to 1 or 0, or unset it\n"
    )


def test_undecodable_argument_is_handled(warm_sandbox: Sandbox) -> None:
    """A stray byte in a name is shown as a question mark."""
    done = warm_sandbox.run("exec", "stray \udcff byte", "--", "true")
    assert done.returncode == 3
    assert "no profile or key pair is named 'stray ? byte'" in done.stderr
    assert "Traceback" not in done.stderr
