"""What `use` was told beside a profile's name stays: a role, a scope, and a region for this shell only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.hook.live_shell import SHELLS, start_shell
from tests.hook.session_states import drop_sessions, expire_session

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

NAME = "111122223333/reader"


@pytest.mark.parametrize("name", SHELLS)
def test_role_and_region_outlast_a_renewal_and_a_way_back(sandbox: Sandbox, name: str) -> None:
    """The prompt names account and role; `use -` and `use -2` know what that stands for."""
    sandbox.add("base", sandbox.aws.world.user("alice").access_key())
    sandbox.configure("region = eu-west-1\n[profile other]\nsource_profile = base\n")
    arn = sandbox.aws.world.role("reader").arn
    with start_shell(sandbox, name) as shell:
        shell.run(f"shellvault use base --role-arn {arn} --region us-east-1")
        assert shell.get_variable("SHELLVAULT_SEGMENT").startswith(f"{NAME} ")
        before = shell.get_variable("AWS_ACCESS_KEY_ID")
        drop_sessions(sandbox)
        expire_session(shell)
        shell.run(":")
        assert shell.get_variable("AWS_ACCESS_KEY_ID") not in ("", before)
        assert shell.get_variable("SHELLVAULT_PROFILE") == NAME
        assert shell.get_variable("AWS_REGION") == "us-east-1"
        for words, expected in (("base", "base"), ("-", NAME), ("other", "other"), ("-2", "base"), ("-2", NAME)):
            shell.run(f"shellvault use {words}")
            assert shell.get_variable("SHELLVAULT_PROFILE") == expected, words
        assert shell.get_variable("AWS_REGION") == "eu-west-1"
        shell.run(f"shellvault use base --role-arn {arn} --read-only")
        shell.run("shellvault use other")
        shell.run("shellvault use -")
        assert shell.get_variable("SHELLVAULT_SEGMENT").startswith(f"{NAME} ro ")
        shell.run("shellvault off")
        assert shell.get_variable("SHELLVAULT_VIA") + shell.get_variable("SHELLVAULT_SCOPE") == ""
