"""This machine is never reached through a proxy, whatever the environment says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.providers.conftest import browser, sso
from tests.providers.stand_in_proxy import StandInProxy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.aws.sso import Sso
    from tests.broker.conftest import MfaUser
    from tests.providers.sign_in_browser import SignInBrowser
    from tests.sandbox import Sandbox

__all__ = ["browser", "sso"]
VARIABLES = ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")


@pytest.fixture
def proxy(sandbox: Sandbox) -> Iterator[StandInProxy]:
    """Return a proxy that is set in every variable, without exceptions."""
    with StandInProxy() as here:
        sandbox.env |= {**dict.fromkeys(VARIABLES, here.url), "NO_PROXY": "", "no_proxy": ""}
        yield here


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize(
    ("words", "action"),
    [
        ("env reader --shell bash", "AssumeRole"),
        ("login reader --stdout", "getSigninToken"),
        ("rotate base", "CreateAccessKey"),
        ("doctor", "GetCallerIdentity"),
    ],
)
def test_no_service_on_this_machine_is_reached_through_a_proxy(
    user: MfaUser, proxy: StandInProxy, words: str, action: str, host: str
) -> None:
    """STS, the console's sign-in, IAM, and the clock of `doctor`."""
    url = user.sandbox.aws.url.replace("127.0.0.1", host)
    done = user.sandbox.run(*words.split(), AWS_ENDPOINT_URL=url)
    assert (done.returncode, proxy.lines) == (0, []), done.stderr + done.stdout
    assert user.sandbox.aws.world.count(action)


def test_identity_center_on_this_machine_is_not_reached_through_a_proxy(
    sandbox: Sandbox, sso: Sso, browser: SignInBrowser, proxy: StandInProxy
) -> None:
    """Neither the sign-in nor the portal."""
    done = sandbox.run("env", "reader", "--shell", "bash", AWS_ENDPOINT_URL=sandbox.aws.url)
    assert (done.returncode, proxy.lines) == (0, []), done.stderr
    assert (len(browser.opened), sandbox.aws.world.count("GetRoleCredentials")) == (1, 1)
    del sso
