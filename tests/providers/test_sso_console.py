"""The console by a role of IAM Identity Center."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.sandbox import Sandbox


@pytest.mark.usefixtures("sso", "browser")
def test_a_role_of_the_directory_opens_the_console(sandbox: Sandbox) -> None:
    """With its own session; how long that lasts is the directory's to say, so no length is sent."""
    done = sandbox.run("login", "reader", "--stdout", "--duration", "2h")
    assert done.returncode == 0, done.stderr
    assert "/federation?Action=login&" in done.stdout
    asked = [call for call in sandbox.aws.world.calls if call.action == "getSigninToken"]
    assert [(call.outcome, "SessionDuration" in call.params) for call in asked] == [("ok", False)]
    assert "AWSReservedSSO_reader_" in asked[0].principal
