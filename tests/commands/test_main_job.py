"""The main job: a profile's session in the shell a person is in, and out of it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.commands.speech import into
from tests.sandbox import aws_cli

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

SHELLS = ("bash", "zsh", "fish", "dash")


@pytest.mark.parametrize("shell", SHELLS)
def test_the_aws_cli_answers_with_the_sessions_identity(sandbox: Sandbox, shell: str) -> None:
    """`eval` of `env` makes the AWS CLI speak as the session."""
    role = sandbox.aws.world.role("reader")
    sandbox.add("base", sandbox.aws.world.user("alice").access_key())
    sandbox.configure(f"[profile reader]\nrole_arn = {role.arn}\nsource_profile = base\nregion = eu-west-1\n")
    done = sandbox.shell(
        shell, f"{into(shell, 'reader')}; {aws_cli()} sts get-caller-identity --output text --query Arn"
    )
    assert done.stdout.strip() == "arn:aws:sts::111122223333:assumed-role/reader/shellvault-reader", done.stderr
