"""The AWS console with a role of IAM Identity Center."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.providers.sign_in_browser import SignInBrowser
    from tests.sandbox import Sandbox


@pytest.mark.usefixtures("sso", "browser")
def test_an_sso_role_opens_the_console(sandbox: Sandbox) -> None:
    """With its own session. The directory decides how long that lasts, so no duration is sent."""
    done = sandbox.run("login", "reader", "--stdout", "--duration", "2h")
    assert done.returncode == 0, done.stderr
    assert "/federation?Action=login&" in done.stdout
    asked = [call for call in sandbox.aws.world.calls if call.action == "getSigninToken"]
    assert [(call.outcome, "SessionDuration" in call.params) for call in asked] == [("ok", False)]
    assert "AWSReservedSSO_reader_" in asked[0].principal


@pytest.mark.usefixtures("sso")
def test_a_fresh_sign_in_needs_no_browser(sandbox: Sandbox, browser: SignInBrowser) -> None:
    """The refresh token is enough. --fresh on a role keeps the sign-in, and the console gets the role's session."""
    world = sandbox.aws.world
    assert sandbox.run("login", "--sso").returncode == 0
    assert sandbox.run("login", "--sso", "--fresh").returncode == 0
    assert world.count("CreateToken", "ok") == 2
    for words in ((), ("--fresh",)):
        assert sandbox.run("login", "reader", "--stdout", *words).returncode == 0
    assert (world.count("GetRoleCredentials", "ok"), world.count("CreateToken", "ok")) == (2, 2)
    assert len(browser.opened) == 1
