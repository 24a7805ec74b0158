"""What AWS's logs call a session: who asked and where, unless the user says otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.commands.role_profiles import add_role
from tests.providers.test_roles_without_profiles import environment_after
from tests.sandbox import SESSION_NAME

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

HOW = ("option", "variable", "profile")
ENV = ("env", "reader", "--shell", "bash")


def list_names(sandbox: Sandbox) -> list[str]:
    """Return the names of the sessions that roles were assumed with, in order."""
    return [call.params["RoleSessionName"] for call in sandbox.aws.world.calls if call.action == "AssumeRole"]


def test_a_session_is_named_after_the_user_and_the_host(sandbox: Sandbox) -> None:
    """The environment has no say in it: anybody may set USER."""
    add_role(sandbox)
    assert sandbox.run(*ENV, USER="somebody", LOGNAME="somebody", HOSTNAME="elsewhere").returncode == 0
    assert list_names(sandbox) == [SESSION_NAME]


@pytest.mark.parametrize(
    ("words", "extra", "name"),
    [
        (("--session-name", "build-7"), {}, "build-7"),
        ((), {"SHELLVAULT_SESSION_NAME": "ci"}, "ci"),
        (("--session-name=build-7",), {"SHELLVAULT_SESSION_NAME": "ci"}, "build-7"),
        (("--session-name", "build-7"), {"AWS_ROLE_SESSION_NAME": "vault"}, "build-7"),
        ((), {"AWS_ROLE_SESSION_NAME": "vault"}, "vault"),
        (("--session-name", ""), {}, "of-the-profile"),
        ((), {}, "of-the-profile"),
    ],
)
def test_the_option_wins_over_variables_and_those_over_the_profile(
    sandbox: Sandbox, words: tuple[str, ...], extra: dict[str, str], name: str
) -> None:
    """An empty option is a script's unset variable, and leaves the name to the profile."""
    add_role(sandbox, more="role_session_name = of-the-profile")
    done = sandbox.run(*ENV, *words, **extra)
    assert (done.returncode, "no effect" in done.stderr) == (0, False)
    assert list_names(sandbox) == [name]


def test_only_the_requested_role_is_named(sandbox: Sandbox) -> None:
    """The role below it keeps its own name, so that its session serves others as well."""
    add_role(sandbox, "middle")
    arn = sandbox.aws.world.role("last", trusts=(sandbox.aws.world.role("middle").arn,)).arn
    sandbox.configure(f"[profile last]\nrole_arn = {arn}\nsource_profile = middle\n")
    assert sandbox.run("env", "last", "--shell", "bash", "--session-name", "mine").returncode == 0
    assert list_names(sandbox) == [SESSION_NAME, "mine"]


def test_sessions_of_two_names_do_not_serve_each_other(sandbox: Sandbox) -> None:
    """Each is cached on its own."""
    add_role(sandbox)
    for words in ((), ("--session-name", "a1"), (), ("--session-name", "a1"), ("--session-name", "b2")):
        assert sandbox.run(*ENV, *words).returncode == 0
    assert list_names(sandbox) == [SESSION_NAME, "a1", "b2"]


def test_a_renewal_keeps_the_name(sandbox: Sandbox) -> None:
    """The hook renews by what the shell remembers, even if the variable has gone."""
    add_role(sandbox)
    sandbox.aws.world.session_life = 901
    script = 'eval "$(shellvault env reader --session-name build-7)"; sleep 0.1; shellvault clear >/dev/null'
    environment_after(sandbox, f'{script}; eval "$(shellvault env --refresh)"')
    assert list_names(sandbox) == ["build-7", "build-7"]


def test_a_federated_user_is_named_within_the_shorter_limit(sandbox: Sandbox) -> None:
    """AWS takes 32 characters there."""
    sandbox.add("base", sandbox.aws.world.user("alice").access_key())
    words = ("env", "base", "--read-only", "--shell", "bash")
    assert sandbox.run(*words).returncode == 0
    assert sandbox.run(*words, "--session-name", "n" * 40).returncode == 0
    names = [call.params["Name"] for call in sandbox.aws.world.calls if call.action == "GetFederationToken"]
    assert names == [SESSION_NAME[:32], "n" * 32]


def test_a_session_without_a_name_says_that_the_option_has_no_effect(sandbox: Sandbox) -> None:
    """GetSessionToken takes no name."""
    sandbox.add("base", sandbox.aws.world.user("alice").access_key())
    done = sandbox.run("env", "base", "--shell", "bash", "--session-name", "mine")
    assert done.returncode == 0
    assert "shellvault: --session-name has no effect: AWS gives the session of 'base' no name\n" in done.stderr


@pytest.mark.parametrize(
    ("name", "how"),
    [
        *((name, how) for name in ("x", "n" * 65, "two words", "é1", "a/b", "a:b") for how in HOW),
        ("-\n-", "option"),
        ("-\n-", "variable"),
    ],
)
def test_what_aws_does_not_take_is_refused_before_anything_is_asked(sandbox: Sandbox, name: str, how: str) -> None:
    """The error names the source, and AWS is not called."""
    add_role(sandbox, more=f"role_session_name = {name}" if how == "profile" else "")
    words = ("--session-name", name) if how == "option" else ()
    extra = {"SHELLVAULT_SESSION_NAME": name} if how == "variable" else {}
    done = sandbox.run(*ENV, *words, **extra)
    assert (done.returncode, done.stdout) == (2, "false\n")
    source = {"option": "--session-name", "variable": "SHELLVAULT_SESSION_NAME", "profile": "role_session_name of"}[how]
    assert done.stderr.startswith(f"error: {source}")
    assert "hint: use 2 to 64 letters" in done.stderr
    assert not sandbox.aws.world.calls
