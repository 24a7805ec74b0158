"""`env` and the AWS CLI: a profile's session in the current shell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.commands.shell_syntax import write_eval
from tests.sandbox import SESSION_NAME, aws_cli

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

SHELLS = ("bash", "zsh", "fish", "dash")


@pytest.mark.parametrize("shell", SHELLS)
def test_aws_cli_uses_the_session_after_eval(sandbox: Sandbox, shell: str) -> None:
    """The CLI reports the identity of the assumed role."""
    role = sandbox.aws.world.role("reader")
    sandbox.add("base", sandbox.aws.world.user("alice").access_key())
    sandbox.configure(f"[profile reader]\nrole_arn = {role.arn}\nsource_profile = base\nregion = eu-west-1\n")
    done = sandbox.shell(
        shell, f"{write_eval(shell, 'reader')}; {aws_cli()} sts get-caller-identity --output text --query Arn"
    )
    assert done.stdout.strip() == f"arn:aws:sts::111122223333:assumed-role/reader/{SESSION_NAME}", done.stderr
