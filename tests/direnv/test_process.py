"""`use shellvault --process`: a profile that asks when it is needed, and no secret where direnv keeps things."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.commands.people import with_role
from tests.direnv.folders import project, watched
from tests.hook.living import SHELLS
from tests.house import aws_cli

if TYPE_CHECKING:
    from tests.house import House

PROFILE = "it's my reader"
ROLE = "arn:aws:sts::111122223333:assumed-role/"
WHO = f"{aws_cli()} sts get-caller-identity --query Arn --output text"


def with_names(house: House) -> None:
    """Give the house `reader`, and another role under a name with a quote and spaces."""
    with_role(house, more="region = eu-west-1")
    arn = house.aws.world.role("odd").arn
    house.configure(f"[profile {PROFILE}]\nrole_arn = {arn}\nsource_profile = base\nregion = eu-west-1\n")


@pytest.mark.parametrize("name", SHELLS)
def test_the_aws_cli_asks_by_itself_and_no_secret_is_kept(house: House, name: str) -> None:
    """Neither DIRENV_DIFF nor the environment holds one; the other profiles are found still; leaving restores."""
    with_names(house)
    here = project(house, f'use shellvault --process "{PROFILE}"')
    with watched(house, name, AWS_CONFIG_FILE=str(house.config)) as shell:
        before = shell.environment(house)
        shell.enters(here)
        assert house.aws.world.calls == []
        assert shell.do(WHO).startswith(f"{ROLE}odd/")
        assert shell.do("shellvault exec reader -- " + WHO).splitlines()[-1].startswith(f"{ROLE}reader/")
        inside = shell.environment(house)
        assert (inside["AWS_PROFILE"], inside["AWS_REGION"]) == (PROFILE, "eu-west-1")
        kept = shell.difference(house) + "\n".join(inside.values())
        assert PROFILE in kept
        assert not [secret for secret in house.aws.world.secrets() if secret in kept]
        assert shell.loads() == 1
        shell.enters(house.home)
        assert shell.environment(house) == before


def test_a_session_in_the_shell_gives_way_and_comes_back(house: House) -> None:
    """`shellvault use` before, the project's profile inside, the session again outside; its secret is direnv's then."""
    with_names(house)
    here = project(house, f'use shellvault --process "{PROFILE}"')
    with watched(house, "bash", "the hook after direnv") as shell:
        shell.do("shellvault use reader")
        used = shell.environment(house)
        shell.enters(here)
        assert shell.value("AWS_ACCESS_KEY_ID") == ""
        assert shell.do(WHO).startswith(f"{ROLE}odd/")
        shell.enters(house.home)
        assert shell.environment(house) == used


def test_an_unknown_profile_fails_before_anything_is_exported(house: House) -> None:
    """Said while direnv loads, and not by the first program that needs credentials."""
    with_names(house)
    here = project(house, "use shellvault --process raeder")
    with watched(house, "bash") as shell:
        shell.enters(here)
        assert "error: there is no profile 'raeder'" in shell.terminal.seen
        assert shell.value("AWS_PROFILE") == ""
