"""`use shellvault --process`: programs fetch credentials when needed, and direnv stores no secret."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.commands.role_profiles import add_role
from tests.direnv.direnv_shell import create_project, start_direnv_shell
from tests.hook.live_shell import SHELLS
from tests.sandbox import aws_cli

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

PROFILE = "it's my reader"
ROLE = "arn:aws:sts::111122223333:assumed-role/"
GET_IDENTITY = f"{aws_cli()} sts get-caller-identity --query Arn --output text"


def add_profiles(sandbox: Sandbox) -> None:
    """Add the profile `reader`, and another role whose name contains a quote and spaces."""
    add_role(sandbox, more="region = eu-west-1")
    arn = sandbox.aws.world.role("odd").arn
    sandbox.configure(f'[profile "{PROFILE}"]\nrole_arn = {arn}\nsource_profile = base\nregion = eu-west-1\n')


@pytest.mark.parametrize("name", SHELLS)
def test_aws_cli_fetches_credentials_and_no_secret_is_stored(sandbox: Sandbox, name: str) -> None:
    """Neither DIRENV_DIFF nor the environment holds a secret, other profiles still work, and leaving restores."""
    add_profiles(sandbox)
    here = create_project(sandbox, f'use shellvault --process "{PROFILE}"')
    with start_direnv_shell(sandbox, name, AWS_CONFIG_FILE=str(sandbox.config)) as shell:
        before = shell.dump_environment(sandbox)
        shell.change_folder(here)
        assert sandbox.aws.world.calls == []
        assert shell.run(GET_IDENTITY).startswith(f"{ROLE}odd/")
        assert shell.run(f"{GET_IDENTITY} --profile reader").startswith(f"{ROLE}reader/")
        assert shell.run("shellvault exec reader -- " + GET_IDENTITY).splitlines()[-1].startswith(f"{ROLE}reader/")
        inside = shell.dump_environment(sandbox)
        assert (inside["AWS_PROFILE"], "AWS_REGION" in inside) == (PROFILE, False)
        kept = shell.read_direnv_diff(sandbox) + "\n".join(inside.values())
        assert PROFILE in kept
        assert not [secret for secret in sandbox.aws.world.secrets() if secret in kept]
        assert shell.count_loads() == 1
        shell.change_folder(sandbox.home)
        assert shell.dump_environment(sandbox) == before


def test_session_of_the_shell_is_replaced_and_comes_back(sandbox: Sandbox) -> None:
    """Inside, the project's profile replaces the session of `shellvault use`, whose secret direnv then stores."""
    add_profiles(sandbox)
    here = create_project(sandbox, f'use shellvault --process "{PROFILE}"')
    with start_direnv_shell(sandbox, "bash", "the hook after direnv") as shell:
        shell.run("shellvault use reader")
        used = shell.dump_environment(sandbox)
        shell.change_folder(here)
        assert shell.get_variable("AWS_ACCESS_KEY_ID") == ""
        assert shell.run(GET_IDENTITY).startswith(f"{ROLE}odd/")
        shell.change_folder(sandbox.home)
        assert shell.dump_environment(sandbox) == used


def test_unknown_profile_fails_before_anything_is_exported(sandbox: Sandbox) -> None:
    """The error appears during the load, not with the first program that needs credentials."""
    add_profiles(sandbox)
    here = create_project(sandbox, "use shellvault --process raeder")
    with start_direnv_shell(sandbox, "bash") as shell:
        shell.change_folder(here)
        assert "error: no profile or key pair is named 'raeder'" in shell.terminal.output
        assert shell.get_variable("AWS_PROFILE") == ""


@pytest.mark.parametrize("name", SHELLS)
def test_without_a_profile_programs_choose_it(sandbox: Sandbox, name: str) -> None:
    """The user's own AWS_PROFILE is kept, and `status` follows it."""
    add_profiles(sandbox)
    here = create_project(sandbox, "use shellvault --process")
    with start_direnv_shell(sandbox, name, AWS_PROFILE="reader") as shell:
        shell.change_folder(here)
        assert shell.run(GET_IDENTITY).startswith(f"{ROLE}reader/")
        assert shell.run("shellvault status").startswith("profile    reader, through credential_process")
        shell.change_folder(sandbox.home)
        assert shell.get_variable("AWS_CONFIG_FILE") == ""
        assert shell.get_variable("AWS_PROFILE") == "reader"


def test_changed_config_file_is_loaded_again(sandbox: Sandbox) -> None:
    """A new profile works at the next prompt, even without a hook."""
    add_profiles(sandbox)
    here = create_project(sandbox, "use shellvault --process reader")
    with start_direnv_shell(sandbox, "bash") as shell:
        shell.change_folder(here)
        assert shell.count_loads() == 1
        sandbox.configure("[profile new]\ninclude_profile = reader\n")
        os.utime(sandbox.config, (2_000_000_000, 2_000_000_000))
        shell.run("true")
        assert shell.count_loads() == 2
        assert shell.run(f"{GET_IDENTITY} --profile new").startswith(f"{ROLE}reader/")


def test_failed_load_is_repeated_once_the_config_file_is_fixed(sandbox: Sandbox) -> None:
    """The message says what to do, and suggests no other profile."""
    add_profiles(sandbox)
    here = create_project(sandbox, "use shellvault --process later")
    with start_direnv_shell(sandbox, "bash") as shell:
        shell.change_folder(here)
        assert "programs here cannot ask shellvault; once that is fixed: direnv reload" in shell.terminal.output
        sandbox.configure("[profile later]\ninclude_profile = reader\n")
        os.utime(sandbox.config, (2_000_000_000, 2_000_000_000))
        shell.run("true")
        assert shell.run(GET_IDENTITY).startswith(f"{ROLE}reader/")
