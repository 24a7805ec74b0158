"""SSO settings: which endpoint gets a token, which flow is used, and what the user sees."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.broker.background_command import BackgroundCommand
from tests.providers.sign_in_browser import SignInBrowser

if TYPE_CHECKING:
    from pathlib import Path

    from tests.aws.sso import Sso
    from tests.sandbox import Sandbox

ENV = ("env", "reader", "--shell", "bash")
STRANGERS = (
    "https://stranger.example",
    "http://oidc.eu-west-1.amazonaws.com",
    "https://oidc.eu-west-1.amazonaws.com.stranger.example",
    "https://bucket.s3.amazonaws.com",
    "http://127.0.0.1@stranger.example",
)


@pytest.mark.usefixtures("sso")
@pytest.mark.parametrize("stranger", STRANGERS)
@pytest.mark.parametrize("variable", ["AWS_ENDPOINT_URL_SSO", "AWS_ENDPOINT_URL_SSO_OIDC"])
def test_an_unknown_host_that_only_the_environment_names_gets_nothing(
    sandbox: Sandbox, browser: SignInBrowser, variable: str, stranger: str
) -> None:
    """Neither the sign-in nor a token: there is no request at all."""
    done = sandbox.run(*ENV, **{variable: stranger})
    assert (done.returncode, done.stdout) == (2, "false\n")
    assert f"{variable} names {stranger}" in done.stderr
    assert (browser.opened, sandbox.aws.world.calls) == ([], [])


def test_each_service_may_have_its_own_endpoint(sandbox: Sandbox, sso: Sso, browser: SignInBrowser) -> None:
    """On this machine, each by its own variable."""
    own = {"AWS_ENDPOINT_URL_SSO": sandbox.aws.url, "AWS_ENDPOINT_URL_SSO_OIDC": sandbox.aws.url}
    done = sandbox.run(*ENV, AWS_ENDPOINT_URL="http://127.0.0.1:9", **own)
    assert done.returncode == 0, done.stderr
    assert f"the credentials come from {sandbox.aws.url}, not from AWS" in done.stderr
    assert len(browser.opened) == 1
    assert sso.waiting() == []


@pytest.mark.usefixtures("sso")
def test_an_unknown_flow_is_an_error(sandbox: Sandbox, browser: SignInBrowser) -> None:
    """Before any request; the hint lists the flows."""
    done = sandbox.run(*ENV, SHELLVAULT_SSO_FLOW="pigeon")
    assert (done.returncode, done.stdout) == (2, "false\n")
    notice = f"shellvault: signing in at {sandbox.aws.url}, not AWS\n"
    error = "error: SHELLVAULT_SSO_FLOW is 'pigeon'\nhint: set it to one of: auto, browser, device\n"
    assert done.stderr == notice + error
    assert (browser.opened, sandbox.aws.world.calls) == ([], [])


@pytest.mark.usefixtures("sso")
@pytest.mark.parametrize(
    ("here", "flow"),
    [
        ({"DISPLAY": ":0"}, "browser"),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "browser"),
        ({"DISPLAY": ":10", "SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22"}, "device"),
        ({"DISPLAY": ":0", "SHELLVAULT_SSO_FLOW": "device"}, "device"),
        ({"DISPLAY": ":10", "SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22", "SHELLVAULT_SSO_FLOW": "browser"}, "browser"),
    ],
)
def test_the_flow_depends_on_where_the_user_is(
    sandbox: Sandbox, tmp_path: Path, here: dict[str, str], flow: str
) -> None:
    """A device code where the user does not see this machine's browser; `webbrowser` finds it on PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    browser = SignInBrowser(folder)
    for name in ("xdg-open", "x-www-browser", "www-browser", "firefox", "w3m", "links", "lynx"):
        (folder / name).symlink_to(browser.path)
    (folder / "xdg-settings").write_text("#!/bin/sh\nexit 1\n")  # this machine's default browser is none of these
    (folder / "xdg-settings").chmod(0o700)
    done = sandbox.run(*ENV, PATH=f"{folder}:{sandbox.env['PATH']}", **here)
    assert done.returncode == 0, done.stderr
    assert len(browser.opened) == 1
    assert ("user_code=" in browser.opened[0]) == (flow == "device")


def test_without_a_browser_another_device_can_sign_in(sandbox: Sandbox, sso: Sso) -> None:
    """URL and code are on stderr, and the user opens them elsewhere."""
    sso.browser = "wait"
    running = BackgroundCommand(sandbox, *ENV)
    running.wait_for_stderr("sign in for 'corp': ")
    code = sso.waiting()[0]
    sso.approve(code)
    outcome = running.wait()
    assert outcome.status == 0, outcome.err
    assert f"the code is {code}" in outcome.err


def test_use_device_code_wins_over_the_setting(sandbox: Sandbox, sso: Sso, browser: SignInBrowser) -> None:
    """It is the AWS CLI's own option."""
    done = sandbox.run("login", "--sso", "--use-device-code", SHELLVAULT_SSO_FLOW="browser")
    assert done.returncode == 0, done.stderr
    assert "user_code=" in browser.opened[0]
    assert sso.waiting() == []


def test_login_prints_expiry_and_number_of_roles(sandbox: Sandbox, sso: Sso, browser: SignInBrowser) -> None:
    """A second time it does not ask; every role uses the same sign-in."""
    sso.assign("Viewer", "444455556666")
    first = sandbox.run("login", "--sso")
    assert first.stdout.startswith("Signed in to 'corp' until "), first.stderr
    assert "\n3 roles in 2 accounts; shellvault sso profiles" in first.stdout
    assert sandbox.run("login", "--sso", "--no-input").stdout.startswith("Still signed in to 'corp' until ")
    assert sandbox.run(*ENV, "--no-input").returncode == 0
    assert len(browser.opened) == 1


def test_login_repeats_a_revoked_sign_in(sandbox: Sandbox, sso: Sso, browser: SignInBrowser) -> None:
    """It tries the token, and signs in again where it fails."""
    sandbox.run("login", "--sso")
    sso.revoke_tokens()
    assert sandbox.run("login", "--sso").stdout.startswith("Signed in to 'corp'")
    assert len(browser.opened) == 2


@pytest.mark.usefixtures("sso")
def test_a_sign_in_is_listed_by_its_sso_session(sandbox: Sandbox, browser: SignInBrowser) -> None:
    """That is not a profile; the list of sessions has the name alone."""
    sandbox.run(*ENV)
    assert re.search(r"^\(sso-session corp\) .* sso corp +signed in 5\dm$", sandbox.run("list").stdout, re.MULTILINE)
    found = json.loads(sandbox.run("list", "--json", "corp").stdout)[0]
    assert (found["profile"], found["source"], found["sessions"][0]["kind"]) == (None, "sso corp", "sso.SignIn")
    assert "\ncorp sso.SignIn:59m" in f"\n{sandbox.run('list', '--sessions').stdout}"
    assert len(browser.opened) == 1


@pytest.mark.usefixtures("sso")
def test_clear_deletes_a_sign_in_by_its_name(sandbox: Sandbox, browser: SignInBrowser) -> None:
    """As `list` shows it, and counts it once; sessions of roles stay, and the next sign-in asks."""
    sandbox.run(*ENV)
    assert sandbox.run("clear", "corp").stdout == "Forgot the sign-in.\n"
    assert sandbox.run("clear", "corp").stdout == "No cached sessions.\n"
    assert sandbox.run(*ENV, "--no-input").returncode == 0
    assert sandbox.run("env", "admin", "--shell", "bash", "--no-input").returncode == 6
    assert len(browser.opened) == 1
