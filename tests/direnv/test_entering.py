"""Into a project and out again: one load, one session, and everything as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.commands.role_profiles import add_role
from tests.direnv.folders import ALONE, ORDERS, project, several, watched
from tests.hook.living import SHELLS
from tests.sandbox import aws_cli

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

BEFOREHAND = {"AWS_PROFILE": "mine", "AWS_SESSION_TOKEN": "", "AWS_REGION": "eu-north-1"}
PLAIN = 'eval "$(shellvault env reader)"'


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("name", SHELLS)
def test_a_project_is_loaded_once_and_left_without_a_trace(sandbox: Sandbox, name: str, order: str) -> None:
    """Prompts load nothing again, leaving restores set, empty and unset variables, and so does a second visit."""
    add_role(sandbox, more="region = eu-west-1")
    here = project(sandbox, "use shellvault reader")
    with watched(sandbox, name, order, **BEFOREHAND) as shell:
        before = shell.environment(sandbox)
        for visit in (1, 2):
            shell.enters(here)
            inside = shell.environment(sandbox)
            assert inside["AWS_ACCESS_KEY_ID"].startswith("ASIA")
            assert (inside["AWS_VAULT"], inside["AWS_REGION"]) == ("reader", "eu-west-1")
            assert "AWS_PROFILE" not in inside
            assert shell.do("echo nothing new") == "nothing new"
            assert shell.loads() == visit
            shell.enters(sandbox.home)
            assert shell.environment(sandbox) == before
    assert sandbox.aws.world.count("AssumeRole") == 1


@pytest.mark.parametrize("name", SHELLS)
def test_a_plain_eval_works_in_an_envrc(sandbox: Sandbox, name: str) -> None:
    """Without anything in direnv's library: the session is there, and gone outside."""
    add_role(sandbox, more="region = eu-west-1")
    here = project(sandbox, PLAIN)
    with watched(sandbox, name) as shell:
        before = shell.environment(sandbox)
        shell.enters(here)
        said = shell.do(f"{aws_cli()} sts get-caller-identity --query Arn --output text")
        assert said == "arn:aws:sts::111122223333:assumed-role/reader/shellvault-reader"
        shell.enters(sandbox.home)
        assert shell.environment(sandbox) == before


def test_terminals_that_enter_at_once_cost_one_call(sandbox: Sandbox) -> None:
    """bash, zsh and fish get the same session, while AWS takes its time."""
    add_role(sandbox)
    here = project(sandbox, "use shellvault reader")
    sandbox.aws.faults.latency = 1
    with several(sandbox, [ALONE]) as shells:
        for shell in shells.values():
            shell.terminal.type(f"cd {here}")
        keys = {shell.value("AWS_ACCESS_KEY_ID") for shell in shells.values()}
        assert [shell.loads() for shell in shells.values()] == [1, 1, 1]
    assert len(keys) == 1
    assert keys != {""}
    assert sandbox.aws.world.count("AssumeRole") == 1


@pytest.mark.parametrize("name", SHELLS)
def test_a_session_that_was_in_the_shell_comes_back(sandbox: Sandbox, name: str) -> None:
    """Leaving the project gives back the profile that `shellvault use` had put in before, and `off` still undoes it."""
    add_role(sandbox)
    here = project(sandbox, "use shellvault base")
    with watched(sandbox, name, ORDERS[1]) as shell:
        before = shell.environment(sandbox)
        shell.do("shellvault use reader")
        used = shell.environment(sandbox)
        shell.enters(here)
        assert shell.value("SHELLVAULT_PROFILE") == "base"
        shell.enters(sandbox.home)
        assert shell.environment(sandbox) == used
        shell.do("shellvault off")
        assert shell.environment(sandbox) == before


@pytest.mark.parametrize("name", SHELLS)
def test_names_with_spaces_and_quotes(sandbox: Sandbox, name: str) -> None:
    """In the profile as in the folder, where direnv itself cannot have `$` and double quotes."""
    profile = 'it\'s "mine" $HOME; *'
    add_role(sandbox)
    sandbox.configure(f"[profile {profile}]\nrole_arn = {sandbox.aws.world.role('odd').arn}\nsource_profile = base\n")
    here = project(sandbox, "use shellvault 'it'\\''s \"mine\" $HOME; *'", "it's a folder; *")
    with watched(sandbox, name) as shell:
        shell.enters(here)
        assert shell.value("SHELLVAULT_PROFILE") == profile
        assert shell.value("AWS_ACCESS_KEY_ID").startswith("ASIA")
        shell.enters(sandbox.home)
        assert shell.value("SHELLVAULT_PROFILE") == ""


def test_tracing_an_envrc_shows_no_secret(sandbox: Sandbox) -> None:
    """`set -x` prints what it evaluates; it is off while the secret passes, and on again afterwards."""
    add_role(sandbox)
    here = project(sandbox, "set -x\nuse shellvault reader\nVISIBLE=yes")
    with watched(sandbox, "bash") as shell:
        shell.enters(here)
        assert shell.value("AWS_ACCESS_KEY_ID").startswith("ASIA")
        assert "+ VISIBLE=yes" in shell.terminal.output
        assert not [secret for secret in sandbox.aws.world.secrets() if secret in shell.terminal.output]
