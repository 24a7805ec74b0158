"""While the user is at the browser: Ctrl-C, outages of AWS, and the service's polling rules."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING

import pytest

from tests.aws.server import wait_for_calls
from tests.broker.background_command import BackgroundCommand

if TYPE_CHECKING:
    from tests.aws.sso import Sso
    from tests.providers.sign_in_browser import SignInBrowser
    from tests.sandbox import Sandbox

ENV = ("env", "reader", "--shell", "bash")
FLOWS = ("device", "browser")


@pytest.mark.parametrize("flow", FLOWS)
def test_ctrl_c_ends_the_sign_in_at_once(sandbox: Sandbox, sso: Sso, browser: SignInBrowser, flow: str) -> None:
    """The status is 130, eval gets `false`, and nothing is kept; the next command asks again."""
    sso.browser = "wait"
    running = BackgroundCommand(sandbox, *ENV, SHELLVAULT_SSO_FLOW=flow)
    browser.wait()
    if flow == "device":
        assert wait_for_calls(sandbox.aws.world, "CreateToken", 1)
    begun = time.monotonic()
    running.send_signal(signal.SIGINT)
    outcome = running.wait()
    assert time.monotonic() - begun < 1
    assert (outcome.status, outcome.out) == (130, "false\n")
    assert outcome.err.endswith("error: interrupted\n")
    sso.browser = "approve"
    assert sandbox.run(*ENV).returncode == 0


def test_the_service_decides_how_often_it_is_polled(sandbox: Sandbox, sso: Sso, browser: SignInBrowser) -> None:
    """The first poll comes at once, the second after the interval; after SlowDown the third comes later."""
    sso.browser = "wait"
    sandbox.aws.faults.next("throttle", action="CreateToken")
    running = BackgroundCommand(sandbox, *ENV, SHELLVAULT_SSO_FLOW="device")
    browser.wait()
    assert wait_for_calls(sandbox.aws.world, "CreateToken", 1)
    first = time.monotonic()
    sso.approve(sso.waiting()[0])
    assert wait_for_calls(sandbox.aws.world, "CreateToken", 2)
    assert time.monotonic() - first > 5.5
    assert running.wait().status == 0


def test_an_expired_code_ends_the_sign_in(sandbox: Sandbox, sso: Sso, browser: SignInBrowser) -> None:
    """Nobody signed in in time: the status is 6."""
    sso.browser = "wait"
    sso.device_life = 1.2
    done = sandbox.run(*ENV, SHELLVAULT_SSO_FLOW="device")
    assert (done.returncode, done.stdout) == (6, "false\n")
    assert f"timed out waiting for the sign-in at {sso.start_url}" in done.stderr
    assert len(browser.opened) == 1


@pytest.mark.parametrize(
    ("flow", "fault"),
    [
        ("device", "error500"),
        ("device", "garbage"),
        ("browser", "drop"),
        ("browser", "garbage"),
        ("browser", "throttle"),
    ],
)
def test_an_outage_of_aws_during_the_sign_in_is_survived(
    sandbox: Sandbox, sso: Sso, browser: SignInBrowser, flow: str, fault: str
) -> None:
    """The user has done their part: AWS is asked until it answers, with one notice."""
    sandbox.aws.faults.next(fault, 6 if fault in ("error500", "drop") else 2, action="CreateToken")
    done = sandbox.run(*ENV, SHELLVAULT_SSO_FLOW=flow)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("trying again") == 1
    assert len(browser.opened) == 1
    assert sso.waiting() == []


@pytest.mark.usefixtures("sso")
def test_a_lost_answer_is_an_error(sandbox: Sandbox, browser: SignInBrowser) -> None:
    """The code is spent and its token lost: the status is 8, and the next command signs in again."""
    sandbox.aws.faults.next("truncate", action="CreateToken")
    done = sandbox.run(*ENV, SHELLVAULT_SSO_FLOW="browser")
    assert (done.returncode, done.stdout) == (8, "false\n")
    assert "was lost" in done.stderr
    assert sandbox.run(*ENV, SHELLVAULT_SSO_FLOW="browser").returncode == 0
    assert len(browser.opened) == 2


def test_a_refresh_during_an_outage_loses_nothing(sandbox: Sandbox, sso: Sso, browser: SignInBrowser) -> None:
    """The status is 8, without a browser; once AWS is back, the refresh token still works."""
    sso.token_life = 2
    assert sandbox.run(*ENV).returncode == 0
    time.sleep(2.1)
    sandbox.aws.faults.next("drop", None)
    done = sandbox.run("env", "admin", "--shell", "bash")
    assert (done.returncode, done.stdout) == (8, "false\n")
    assert sandbox.run(*ENV).returncode == 0, "the role's session is still valid"
    sandbox.aws.faults.clear()
    assert sandbox.run("env", "admin", "--shell", "bash", "--no-input").returncode == 0
    assert len(browser.opened) == 1


def test_an_expired_registration_is_renewed(sandbox: Sandbox, sso: Sso, browser: SignInBrowser) -> None:
    """By a new sign-in: the refresh token belonged to it."""
    sso.token_life = 2
    assert sandbox.run(*ENV).returncode == 0
    time.sleep(2.1)
    sso.forget_clients()
    done = sandbox.run("env", "admin", "--shell", "bash")
    assert done.returncode == 0, done.stderr
    assert len(browser.opened) == 2


def test_many_processes_use_a_refresh_token_once(sandbox: Sandbox, sso: Sso, browser: SignInBrowser) -> None:
    """Twelve processes find the access token expired at the same moment; each refresh token works once."""
    sso.token_life = 3
    assert sandbox.run(*ENV).returncode == 0
    time.sleep(3.1)
    sso.token_life = 3600
    before = sandbox.aws.world.count("CreateToken")
    running = [
        BackgroundCommand(sandbox, "env", name, "--shell", "bash", "--no-input") for name in ("admin", "extra") * 6
    ]
    assert [each.wait().status for each in running] == [0, 3] * 6
    assert sandbox.aws.world.count("CreateToken") - before == 1
    assert len(browser.opened) == 1
