"""`use shellvault --process`: a profile that asks when it is needed, and no secret where direnv keeps things."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.commands.role_profiles import add_role
from tests.direnv.folders import project, watched
from tests.hook.living import SHELLS
from tests.sandbox import aws_cli

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

PROFILE = "it's my reader"
ROLE = "arn:aws:sts::111122223333:assumed-role/"
WHO = f"{aws_cli()} sts get-caller-identity --query Arn --output text"


def with_names(sandbox: Sandbox) -> None:
    """Give the sandbox `reader`, and another role under a name with a quote and spaces."""
    add_role(sandbox, more="region = eu-west-1")
    arn = sandbox.aws.world.role("odd").arn
    sandbox.configure(f"[profile {PROFILE}]\nrole_arn = {arn}\nsource_profile = base\nregion = eu-west-1\n")


@pytest.mark.parametrize("name", SHELLS)
def test_the_aws_cli_asks_by_itself_and_no_secret_is_kept(sandbox: Sandbox, name: str) -> None:
    """Neither DIRENV_DIFF nor the environment holds one; the other profiles are found still; leaving restores."""
    with_names(sandbox)
    here = project(sandbox, f'use shellvault --process "{PROFILE}"')
    with watched(sandbox, name, AWS_CONFIG_FILE=str(sandbox.config)) as shell:
        before = shell.environment(sandbox)
        shell.enters(here)
        assert sandbox.aws.world.calls == []
        assert shell.do(WHO).startswith(f"{ROLE}odd/")
        assert shell.do("shellvault exec reader -- " + WHO).splitlines()[-1].startswith(f"{ROLE}reader/")
        inside = shell.environment(sandbox)
        assert (inside["AWS_PROFILE"], inside["AWS_REGION"]) == (PROFILE, "eu-west-1")
        kept = shell.difference(sandbox) + "\n".join(inside.values())
        assert PROFILE in kept
        assert not [secret for secret in sandbox.aws.world.secrets() if secret in kept]
        assert shell.loads() == 1
        shell.enters(sandbox.home)
        assert shell.environment(sandbox) == before


def test_a_session_in_the_shell_gives_way_and_comes_back(sandbox: Sandbox) -> None:
    """`shellvault use` before, the project's profile inside, the session again outside; its secret is direnv's then."""
    with_names(sandbox)
    here = project(sandbox, f'use shellvault --process "{PROFILE}"')
    with watched(sandbox, "bash", "the hook after direnv") as shell:
        shell.do("shellvault use reader")
        used = shell.environment(sandbox)
        shell.enters(here)
        assert shell.value("AWS_ACCESS_KEY_ID") == ""
        assert shell.do(WHO).startswith(f"{ROLE}odd/")
        shell.enters(sandbox.home)
        assert shell.environment(sandbox) == used


def test_an_unknown_profile_fails_before_anything_is_exported(sandbox: Sandbox) -> None:
    """Said while direnv loads, and not by the first program that needs credentials."""
    with_names(sandbox)
    here = project(sandbox, "use shellvault --process raeder")
    with watched(sandbox, "bash") as shell:
        shell.enters(here)
        assert "error: there is no profile 'raeder'" in shell.terminal.output
        assert shell.value("AWS_PROFILE") == ""
