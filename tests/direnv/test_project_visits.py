"""Entering and leaving a project: one load, one session, and everything restored."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from shellvault.awsconfig.document import profile_header
from tests.commands.role_profiles import add_role
from tests.direnv.direnv_shell import (
    DIRENV_ONLY,
    HOOK_FIRST,
    HOOK_LAST,
    ORDERS,
    create_project,
    start_direnv_shell,
    start_direnv_shells,
)
from tests.hook.live_shell import SHELLS
from tests.sandbox import SESSION_NAME, aws_cli

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

INITIAL = {"AWS_PROFILE": "mine", "AWS_SESSION_TOKEN": "", "AWS_REGION": "eu-north-1"}
OWN_KEYS = "export AWS_ACCESS_KEY_ID=AKIAFOLDERFOLDERFOLD AWS_SECRET_ACCESS_KEY=folder"
PLAIN_EVAL = 'eval "$(shellvault env reader)"'


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("name", SHELLS)
def test_project_is_loaded_once_and_leaves_no_trace(sandbox: Sandbox, name: str, order: str) -> None:
    """Prompts do not reload; leaving restores set, empty and unset variables, also after a second visit."""
    add_role(sandbox, more="region = eu-west-1")
    sandbox.load_session("reader")
    here = create_project(sandbox, "use shellvault reader")
    with start_direnv_shell(sandbox, name, order, **INITIAL) as shell:
        before = shell.dump_environment(sandbox)
        for visit in (1, 2):
            shell.change_folder(here)
            inside = shell.dump_environment(sandbox)
            assert inside["AWS_ACCESS_KEY_ID"].startswith("ASIA")
            assert (inside["AWS_VAULT"], inside["AWS_REGION"]) == ("reader", "eu-west-1")
            assert "AWS_PROFILE" not in inside
            assert shell.run("echo nothing new") == "nothing new"
            assert shell.count_loads() == visit
            shell.change_folder(sandbox.home)
            assert shell.dump_environment(sandbox) == before
    assert sandbox.aws.world.count("AssumeRole") == 1


@pytest.mark.parametrize("name", SHELLS)
def test_plain_eval_works_in_an_envrc(sandbox: Sandbox, name: str) -> None:
    """Without a direnv library: the session is there inside the project and gone outside."""
    add_role(sandbox, more="region = eu-west-1")
    sandbox.load_session("reader")
    here = create_project(sandbox, PLAIN_EVAL)
    with start_direnv_shell(sandbox, name) as shell:
        before = shell.dump_environment(sandbox)
        shell.change_folder(here)
        arn = shell.run(f"{aws_cli()} sts get-caller-identity --query Arn --output text")
        assert arn == f"arn:aws:sts::111122223333:assumed-role/reader/{SESSION_NAME}"
        shell.change_folder(sandbox.home)
        assert shell.dump_environment(sandbox) == before


@pytest.mark.parametrize("name", SHELLS)
@pytest.mark.parametrize("order", [HOOK_FIRST, HOOK_LAST])
@pytest.mark.parametrize("envrc", [OWN_KEYS, "export AWS_PROFILE=mine"])
def test_credentials_of_an_envrc_are_shown_as_foreign(sandbox: Sandbox, name: str, order: str, envrc: str) -> None:
    """From the first prompt inside to the first one outside, where the session is back."""
    add_role(sandbox)
    sandbox.load_session("reader")
    here = create_project(sandbox, envrc)
    with start_direnv_shell(sandbox, name, order) as shell:
        shell.run("shellvault use reader")
        for _ in (1, 2):
            shell.change_folder(here)
            assert shell.run('echo "$SHELLVAULT_SEGMENT"') == "reader?"
            assert json.loads(shell.run("shellvault status --json"))["profile"] is None
            shell.change_folder(sandbox.home)
            assert shell.get_variable("SHELLVAULT_STATE") == "fresh"
        shell.change_folder(here)
        shell.run("shellvault off")
        assert shell.get_variable("SHELLVAULT_STATE") == ""


def test_shells_entering_at_once_share_one_call(sandbox: Sandbox) -> None:
    """bash, zsh and fish get the same session while AWS is slow."""
    add_role(sandbox)
    here = create_project(sandbox, "use shellvault reader")
    sandbox.aws.faults.latency = 1
    with start_direnv_shells(sandbox, [DIRENV_ONLY]) as shells:
        for shell in shells.values():
            shell.terminal.type(f"cd {here}")
        keys = {shell.get_variable("AWS_ACCESS_KEY_ID") for shell in shells.values()}
        assert [shell.count_loads() for shell in shells.values()] == [1, 1, 1]
    assert len(keys) == 1
    assert keys != {""}
    assert sandbox.aws.world.count("AssumeRole") == 1


@pytest.mark.parametrize("name", SHELLS)
def test_session_of_the_shell_comes_back(sandbox: Sandbox, name: str) -> None:
    """Leaving the project restores the profile entered before with `shellvault use`, and `off` still works."""
    add_role(sandbox)
    sandbox.load_session("reader")
    here = create_project(sandbox, "use shellvault base")
    with start_direnv_shell(sandbox, name, ORDERS[1]) as shell:
        before = shell.dump_environment(sandbox)
        shell.run("shellvault use reader")
        used = shell.dump_environment(sandbox)
        shell.change_folder(here)
        assert shell.get_variable("SHELLVAULT_PROFILE") == "base"
        shell.change_folder(sandbox.home)
        assert shell.dump_environment(sandbox) == used
        shell.run("shellvault off")
        assert shell.dump_environment(sandbox) == before


@pytest.mark.parametrize("name", SHELLS)
def test_names_with_spaces_and_quotes_work(sandbox: Sandbox, name: str) -> None:
    """In profile and folder names, except for `$` and double quotes in folders, which direnv does not support."""
    profile = 'it\'s "mine" $HOME; *'
    add_role(sandbox)
    sandbox.configure(
        f"{profile_header(profile)}\nrole_arn = {sandbox.aws.world.role('odd').arn}\nsource_profile = base\n"
    )
    here = create_project(sandbox, "use shellvault 'it'\\''s \"mine\" $HOME; *'", "it's a folder; *")
    with start_direnv_shell(sandbox, name) as shell:
        shell.change_folder(here)
        assert shell.get_variable("SHELLVAULT_PROFILE") == profile
        assert shell.get_variable("AWS_ACCESS_KEY_ID").startswith("ASIA")
        shell.change_folder(sandbox.home)
        assert shell.get_variable("SHELLVAULT_PROFILE") == ""


def test_tracing_an_envrc_shows_no_secret(sandbox: Sandbox) -> None:
    """`set -x` is off while the secret is evaluated, and on again afterwards."""
    add_role(sandbox)
    here = create_project(sandbox, "set -x\nuse shellvault reader\nVISIBLE=yes")
    with start_direnv_shell(sandbox, "bash") as shell:
        shell.change_folder(here)
        assert shell.get_variable("AWS_ACCESS_KEY_ID").startswith("ASIA")
        assert "+ VISIBLE=yes" in shell.terminal.output
        assert not [secret for secret in sandbox.aws.world.secrets() if secret in shell.terminal.output]


@pytest.mark.parametrize("line", ["use shellvault reader", PLAIN_EVAL])
@pytest.mark.parametrize("name", SHELLS)
def test_key_pair_is_set_aside_and_restored(sandbox: Sandbox, name: str, line: str) -> None:
    """By `off` inside the project, and by leaving it. DIRENV_DIFF has it once, in direnv's own record."""
    own = {"AWS_ACCESS_KEY_ID": "AKIAOLDOLDOLDOLDOLD0", "AWS_SECRET_ACCESS_KEY": "old secret"}
    add_role(sandbox)
    sandbox.load_session("reader")
    here = create_project(sandbox, line)
    with start_direnv_shell(sandbox, name, ORDERS[1], **own) as shell:
        shell.change_folder(here)
        inside = shell.dump_environment(sandbox)
        assert not [key for key, value in inside.items() if "old secret" in value or own["AWS_ACCESS_KEY_ID"] in value]
        assert shell.read_direnv_diff(sandbox).count("old secret") == 1
        shell.run("shellvault off")
        assert {key: shell.dump_environment(sandbox)[key] for key in own} == own
        shell.change_folder(sandbox.home)
        after = shell.dump_environment(sandbox)
        assert {key: after[key] for key in own} == own
        assert "SHELLVAULT_PROFILE" not in after


@pytest.mark.parametrize("name", SHELLS)
def test_key_pair_survives_a_project_that_was_left_with_off(sandbox: Sandbox, name: str) -> None:
    """Leaving restores the session from before the project; then `off` restores the key pair from before that."""
    own = {"AWS_ACCESS_KEY_ID": "AKIAOLDOLDOLDOLDOLD0", "AWS_SECRET_ACCESS_KEY": "old secret"}
    add_role(sandbox)
    sandbox.load_session("reader")
    here = create_project(sandbox, "use shellvault base")
    with start_direnv_shell(sandbox, name, ORDERS[1], **own) as shell:
        shell.run("shellvault use reader")
        shell.change_folder(here)
        shell.run("shellvault off")
        shell.change_folder(sandbox.home)
        assert shell.get_variable("SHELLVAULT_PROFILE") == "reader"
        shell.run("shellvault off")
        assert {key: shell.dump_environment(sandbox)[key] for key in own} == own
