"""Invalid option values: refused before anything is asked or done, with the name of the option or variable."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shellvault.argparser import COMMON, SESSION
from shellvault.commands import env
from shellvault.core.option_values import MFA_DRIVERS
from shellvault.ui.mfa.drivers import DRIVERS
from tests.commands.role_profiles import add_mfa_role
from tests.commands.terminal import open_terminal
from tests.sandbox import SHELLVAULT

if TYPE_CHECKING:
    from shellvault.argparser import Option
    from tests.sandbox import Sandbox

WRONG = {
    "--duration": ("xyz", "{}: 'xyz' is not a duration"),
    "--timeout": ("soon", "{}: 'soon' is not a duration"),
    "--region": ("Frankfurt am Main", "{}: 'Frankfurt am Main' is not a region"),
    "--mfa-token": ("12345", "{}: an MFA code has six digits"),
    "--prompt": ("dialog", "{}: there is no prompt driver 'dialog'"),
    "--backend": ("secrets-service", "{}: there is no backend 'secrets-service'"),
    "--shell": ("clam", "no dialect for the shell 'clam'"),
    "--role-arn": ("reader", "{}: 'reader' is not the ARN of a role"),
    "--sso": ("corp", "{} needs --account beside it"),
    "--account": ("123456789012", "{} needs --sso beside it"),
    "--role": ("Admin", "{} needs --sso beside it"),
    "--policy-arn": ("ReadOnlyAccess", "{}: 'ReadOnlyAccess' is not the ARN of a managed policy"),
    "--session-name": ("two words", "{}: AWS does not take 'two words' as a session's name"),
    "--policy": ("/missing/file", "{}: /missing/file cannot be read: No such file or directory"),
}
OPTIONS = {option.name: option for option in env.COMMAND.options}


@pytest.mark.parametrize("name", [option.name for option in env.COMMAND.options if option.value and option.variable])
def test_a_wrong_value_is_reported_with_its_source(warm_sandbox: Sandbox, name: str) -> None:
    """The option, or the variable if that was used. A cached session does not hide the mistake."""
    value, message = WRONG[name]
    variable = OPTIONS[name].variable
    shell = ("--shell", "bash") if name != "--shell" else ()
    for words, environ, given in (((name, value), {}, name), ((), {variable: value}, variable)):
        done = warm_sandbox.run("env", "alpha", *shell, *words, **environ)
        assert (done.returncode, done.stdout) == (2, "false\n")
        error, hint = done.stderr.splitlines()
        assert error == f"error: {message.format(given)}"
        other = variable if given == name else name
        assert other not in error + hint
        assert given in error + hint


@pytest.mark.parametrize("option", [option for option in (*SESSION, *COMMON) if option.also])
def test_an_aws_vault_variable_is_named_too(warm_sandbox: Sandbox, option: Option) -> None:
    """It counts if our own variable is not set."""
    value, message = WRONG[option.name]
    done = warm_sandbox.run("env", "alpha", "--shell", "bash", **{option.also: value})
    assert done.stderr.startswith(f"error: {message.format(option.also)}\n")


def test_an_option_overrides_a_wrong_variable(warm_sandbox: Sandbox) -> None:
    """The variable is not used, so there is no error."""
    assert warm_sandbox.run("exec", "alpha", "-d", "1h", "--", "true", SHELLVAULT_DURATION="xyz").returncode == 0


def test_a_disabled_prompt_names_its_variable(sandbox: Sandbox) -> None:
    """The error says that SHELLVAULT_NO_INPUT disabled prompting."""
    done = sandbox.run("add", "dev", SHELLVAULT_NO_INPUT="1")
    assert done.stderr.startswith("error: prompting is disabled (SHELLVAULT_NO_INPUT)\n")


@pytest.mark.parametrize("name", ["SHELLVAULT_MFA_TOKEN", "SHELLVAULT_MFA_PROMPT", "SHELLVAULT_REGION"])
def test_a_wrong_value_is_refused_before_a_passphrase_is_asked_for(sandbox: Sandbox, name: str) -> None:
    """After a typo, nobody should have typed the passphrase for nothing."""
    add_mfa_role(sandbox)
    assert sandbox.run("lock").returncode == 0
    given = {name: "1 2 3", "SHELLVAULT_PASSPHRASE_FILE": ""}
    with open_terminal(sandbox, [SHELLVAULT, "exec", "guarded", "--", "true"], **given) as terminal:
        assert terminal.wait_for_exit() == 2
        assert "assphrase" not in terminal.output
        assert f"error: {name}: " in terminal.output


@pytest.mark.parametrize(
    ("words", "environ", "told"),
    [
        (("-d", "1m"), {}, "role 'alpha' lasts 15 min at least; 1 min was requested"),
        (("-d", "899s"), {}, "role 'alpha' lasts 15 min at least; 899 s was requested"),
        ((), {"SHELLVAULT_DURATION": "90"}, "role 'alpha' lasts 15 min at least; 90 s was requested"),
        ((), {"AWS_ASSUME_ROLE_TTL": "5m"}, "role 'alpha' lasts 15 min at least; 5 min was requested"),
    ],
)
def test_a_duration_below_the_aws_minimum_is_refused(
    warm_sandbox: Sandbox, words: tuple[str, ...], environ: dict[str, str], told: str
) -> None:
    """With status 2, before calling AWS."""
    calls = warm_sandbox.aws.world.count("AssumeRole")
    done = warm_sandbox.run("exec", "alpha", *words, "--", "true", **environ)
    assert (done.returncode, done.stderr) == (2, f"error: {told}\nhint: request 15m or more\n")
    assert warm_sandbox.aws.world.count("AssumeRole") == calls


def test_every_kind_of_session_has_a_minimum_duration(warm_sandbox: Sandbox) -> None:
    """Session tokens, federated users, and roles whose profile asks for too little."""
    done = warm_sandbox.run("exec", "base", "-d", "1m", "--", "true")
    assert done.stderr.startswith("error: a session token for 'base' lasts 15 min at least; 1 min was requested\n")
    environ = {"AWS_FEDERATION_TOKEN_TTL": "60"}
    done = warm_sandbox.run("login", "base", "--stdout", **environ)
    assert done.stderr.startswith("error: a console session for 'base' lasts 15 min at least; 1 min was requested\n")
    for words in (("exec", "base", "-d", "15m", "--", "true"), ("exec", "alpha", "-d", "900", "--", "true")):
        assert warm_sandbox.run(*words).returncode == 0


def test_the_duration_hint_explains_plain_numbers(warm_sandbox: Sandbox) -> None:
    """They are seconds."""
    done = warm_sandbox.run("exec", "alpha", "-d", "1 day", "--", "true")
    assert done.stderr.splitlines()[1] == "hint: use 12h, 1h30m, 900s, or 900 for 900 seconds"


def test_every_driver_can_be_chosen() -> None:
    """The accepted names are exactly those of the drivers."""
    assert tuple(DRIVERS) == MFA_DRIVERS
