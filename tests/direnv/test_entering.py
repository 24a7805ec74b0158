"""Into a project and out again: one load, one session, and everything as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.commands.people import with_role
from tests.direnv.folders import ALONE, ORDERS, project, several, watched
from tests.hook.living import SHELLS
from tests.house import aws_cli

if TYPE_CHECKING:
    from tests.house import House

BEFOREHAND = {"AWS_PROFILE": "mine", "AWS_SESSION_TOKEN": "", "AWS_REGION": "eu-north-1"}
PLAIN = 'eval "$(shellvault env reader)"'


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("name", SHELLS)
def test_a_project_is_loaded_once_and_left_without_a_trace(house: House, name: str, order: str) -> None:
    """Prompts load nothing again, leaving restores set, empty and unset variables, and so does a second visit."""
    with_role(house, more="region = eu-west-1")
    here = project(house, "use shellvault reader")
    with watched(house, name, order, **BEFOREHAND) as shell:
        before = shell.environment(house)
        for visit in (1, 2):
            shell.enters(here)
            inside = shell.environment(house)
            assert inside["AWS_ACCESS_KEY_ID"].startswith("ASIA")
            assert (inside["AWS_VAULT"], inside["AWS_REGION"]) == ("reader", "eu-west-1")
            assert "AWS_PROFILE" not in inside
            assert shell.do("echo nothing new") == "nothing new"
            assert shell.loads() == visit
            shell.enters(house.home)
            assert shell.environment(house) == before
    assert house.aws.world.count("AssumeRole") == 1


@pytest.mark.parametrize("name", SHELLS)
def test_a_plain_eval_works_in_an_envrc(house: House, name: str) -> None:
    """Without anything in direnv's library: the session is there, and gone outside."""
    with_role(house, more="region = eu-west-1")
    here = project(house, PLAIN)
    with watched(house, name) as shell:
        before = shell.environment(house)
        shell.enters(here)
        said = shell.do(f"{aws_cli()} sts get-caller-identity --query Arn --output text")
        assert said == "arn:aws:sts::111122223333:assumed-role/reader/shellvault-reader"
        shell.enters(house.home)
        assert shell.environment(house) == before


def test_terminals_that_enter_at_once_cost_one_call(house: House) -> None:
    """bash, zsh and fish get the same session, while AWS takes its time."""
    with_role(house)
    here = project(house, "use shellvault reader")
    house.aws.faults.latency = 1
    with several(house, [ALONE]) as shells:
        for shell in shells.values():
            shell.terminal.type(f"cd {here}")
        keys = {shell.value("AWS_ACCESS_KEY_ID") for shell in shells.values()}
        assert [shell.loads() for shell in shells.values()] == [1, 1, 1]
    assert len(keys) == 1
    assert keys != {""}
    assert house.aws.world.count("AssumeRole") == 1


@pytest.mark.parametrize("name", SHELLS)
def test_a_session_that_was_in_the_shell_comes_back(house: House, name: str) -> None:
    """Leaving the project gives back the profile that `shellvault use` had put in before, and `off` still undoes it."""
    with_role(house)
    here = project(house, "use shellvault base")
    with watched(house, name, ORDERS[1]) as shell:
        before = shell.environment(house)
        shell.do("shellvault use reader")
        used = shell.environment(house)
        shell.enters(here)
        assert shell.value("SHELLVAULT_PROFILE") == "base"
        shell.enters(house.home)
        assert shell.environment(house) == used
        shell.do("shellvault off")
        assert shell.environment(house) == before


@pytest.mark.parametrize("name", SHELLS)
def test_names_with_spaces_and_quotes(house: House, name: str) -> None:
    """In the profile as in the folder, where direnv itself cannot have `$` and double quotes."""
    profile = 'it\'s "mine" $HOME; *'
    with_role(house)
    house.configure(f"[profile {profile}]\nrole_arn = {house.aws.world.role('odd').arn}\nsource_profile = base\n")
    here = project(house, "use shellvault 'it'\\''s \"mine\" $HOME; *'", "it's a folder; *")
    with watched(house, name) as shell:
        shell.enters(here)
        assert shell.value("SHELLVAULT_PROFILE") == profile
        assert shell.value("AWS_ACCESS_KEY_ID").startswith("ASIA")
        shell.enters(house.home)
        assert shell.value("SHELLVAULT_PROFILE") == ""


def test_tracing_an_envrc_shows_no_secret(house: House) -> None:
    """`set -x` prints what it evaluates; it is off while the secret passes, and on again afterwards."""
    with_role(house)
    here = project(house, "set -x\nuse shellvault reader\nVISIBLE=yes")
    with watched(house, "bash") as shell:
        shell.enters(here)
        assert shell.value("AWS_ACCESS_KEY_ID").startswith("ASIA")
        assert "+ VISIBLE=yes" in shell.terminal.seen
        assert not [secret for secret in house.aws.world.secrets() if secret in shell.terminal.seen]
