"""IAM Identity Center: the user signs in once, and nothing after that needs a browser."""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from shellvault.storage.keyctl import describe_keys
from shellvault.storage.opener import kernel_keyring
from tests.sandbox import SHELLVAULT, parse_environment

if TYPE_CHECKING:
    from tests.aws.sso import Sso
    from tests.providers.sign_in_browser import SignInBrowser
    from tests.sandbox import Sandbox

ENV = ("env", "reader", "--shell", "bash")
FLOWS = ("device", "browser")


@pytest.mark.usefixtures("sso")
@pytest.mark.parametrize("flow", FLOWS)
def test_one_sign_in_serves_every_role(sandbox: Sandbox, browser: SignInBrowser, flow: str) -> None:
    """In both flows: the second role uses the same access token, and a new shell the same session."""
    sandbox.env["SHELLVAULT_SSO_FLOW"] = flow
    for name in ("reader", "admin", "reader"):
        shown = sandbox.shell("bash", f'eval "$(shellvault env {name})" && env -0')
        arn = sandbox.aws.world.credential(parse_environment(shown.stdout)["AWS_ACCESS_KEY_ID"])
        assert arn is not None, shown.stderr
        assert f"AWSReservedSSO_{name}_" in arn.principal.arn
    world = sandbox.aws.world
    assert len(browser.opened) == 1
    assert (world.count("GetRoleCredentials", "ok"), world.count("CreateToken", "ok")) == (2, 1)
    assert world.count("Authorize") == (flow == "browser")


@pytest.mark.parametrize("flow", FLOWS)
def test_an_expired_access_token_is_renewed_without_a_browser(
    sandbox: Sandbox, sso: Sso, browser: SignInBrowser, flow: str
) -> None:
    """With the refresh token: one sign-in lasts as long as the directory's session."""
    sandbox.env["SHELLVAULT_SSO_FLOW"] = flow
    sso.token_life = 3
    assert sandbox.run(*ENV).returncode == 0
    for _ in range(2):
        time.sleep(3.1)
        done = sandbox.run("env", "admin", "--shell", "bash", "--no-input")
        assert done.returncode == 0, done.stderr
        sandbox.run("clear", "admin")
    assert len(browser.opened) == 1
    assert sandbox.aws.world.count("CreateToken", "ok") == 3


def test_a_revoked_sign_in_is_repeated(sandbox: Sandbox, sso: Sso, browser: SignInBrowser) -> None:
    """The role is refused, the refresh token too, and the user signs in again."""
    sandbox.run(*ENV)
    sso.revoke_tokens()
    done = sandbox.run("env", "admin", "--shell", "bash")
    assert done.returncode == 0, done.stderr
    assert len(browser.opened) == 2


def test_a_refused_access_token_is_renewed_automatically(sandbox: Sandbox, sso: Sso, browser: SignInBrowser) -> None:
    """Without `clear` and without a browser: the refresh token is still valid."""
    sandbox.run(*ENV)
    sso.expire_tokens()
    done = sandbox.run("env", "admin", "--shell", "bash", "--no-input")
    assert done.returncode == 0, done.stderr
    assert len(browser.opened) == 1


def test_differently_spelled_portals_share_a_sign_in(sandbox: Sandbox, sso: Sso, browser: SignInBrowser) -> None:
    """People copy the URL from the address bar."""
    usual = sso.start_url
    host = usual.partition("://")[2].partition("/")[0]
    spellings = (usual, f"{usual}/", f"{usual}/#/", f"{usual}#/console?tab=accounts", usual.replace(host, host.upper()))
    for number, spelled in enumerate(spellings):
        sandbox.configure(
            f"[profile p{number}]\nsso_start_url = {spelled}\nsso_region = eu-west-1\n"
            "sso_account_id = 111122223333\nsso_role_name = reader\n"
        )
        done = sandbox.run("env", f"p{number}", "--shell", "bash")
        assert done.returncode == 0, done.stderr
    assert len(browser.opened) == 1
    assert sandbox.aws.world.count("GetRoleCredentials") == 1


@pytest.mark.usefixtures("sso", "browser")
@pytest.mark.parametrize("flow", FLOWS)
def test_an_unknown_portal_says_what_to_check(sandbox: Sandbox, flow: str) -> None:
    """AWS only says that the request is invalid."""
    text = sandbox.config.read_text()
    sandbox.config.write_text(text.replace("sso_start_url = https://", "sso_start_url = https://not-"))
    done = sandbox.run(*ENV, SHELLVAULT_SSO_FLOW=flow)
    assert (done.returncode, done.stdout) == (7, "false\n")
    assert "error: AWS refused StartDeviceAuthorization for 'corp': InvalidRequestException\n" in done.stderr
    assert "hint: check sso_start_url and sso_region of 'corp'" in done.stderr


@pytest.mark.usefixtures("sso", "browser")
def test_the_browser_flow_says_how_to_sign_in_elsewhere(sandbox: Sandbox) -> None:
    """BROWSER may open one on another machine, which cannot reach the page on this one."""
    done = sandbox.run(*ENV, SHELLVAULT_SSO_FLOW="browser")
    assert "for any other: Ctrl-C, then export SHELLVAULT_SSO_FLOW=device\n" in done.stderr
    sandbox.run("clear")
    assert "Ctrl-C" not in sandbox.run(*ENV, SHELLVAULT_SSO_FLOW="device").stderr


@pytest.mark.usefixtures("sso")
def test_fifty_shells_open_one_page(sandbox: Sandbox, browser: SignInBrowser) -> None:
    """They wait for the one that signs in, and use the refresh token once."""
    running = [
        subprocess.Popen([SHELLVAULT, *ENV], env=sandbox.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(50)
    ]
    assert [process.wait(timeout=100) for process in running] == [0] * 50
    world = sandbox.aws.world
    assert len(browser.opened) == 1
    assert (world.count("CreateToken", "ok"), world.count("GetRoleCredentials")) == (1, 1)


def test_no_input_opens_no_page(sandbox: Sandbox, sso: Sso, browser: SignInBrowser) -> None:
    """The status is 6, and the client is not registered."""
    done = sandbox.run(*ENV, "--no-input")
    assert (done.returncode, done.stdout) == (6, "false\n")
    assert f"'corp' needs a sign-in at {sso.start_url}, but prompting is disabled (--no-input)" in done.stderr
    assert done.stderr.endswith("hint: shellvault login --sso corp\n")
    assert (browser.opened, sandbox.aws.world.calls) == ([], [])


@pytest.mark.usefixtures("sso")
def test_url_and_code_are_also_shown(sandbox: Sandbox, browser: SignInBrowser) -> None:
    """There may be no browser. They are on stderr, because stdout is evaluated."""
    done = sandbox.run(*ENV, SHELLVAULT_SSO_FLOW="device")
    page = browser.opened[0]
    assert f"shellvault: sign in for 'corp': {page}\n" in done.stderr
    assert f"the code is {page.rpartition('user_code=')[2]}" in done.stderr
    assert done.stdout.startswith("{\n")


@pytest.mark.parametrize("flow", FLOWS)
def test_a_user_who_declines_is_not_asked_again(sandbox: Sandbox, sso: Sso, browser: SignInBrowser, flow: str) -> None:
    """The status is 6."""
    sso.browser = "deny"
    done = sandbox.run(*ENV, SHELLVAULT_SSO_FLOW=flow)
    assert (done.returncode, done.stdout) == (6, "false\n")
    assert "was declined" in done.stderr
    assert len(browser.opened) == 1


def test_a_service_without_authorization_codes_gets_the_device_flow(
    sandbox: Sandbox, sso: Sso, browser: SignInBrowser
) -> None:
    """The browser flow is tried first; the user does not notice."""
    sso.offers_code = False
    done = sandbox.run(*ENV, SHELLVAULT_SSO_FLOW="browser")
    assert done.returncode == 0, done.stderr
    assert "user_code=" in browser.opened[0]


def test_legacy_settings_work(sandbox: Sandbox, sso: Sso, browser: SignInBrowser) -> None:
    """With everything in the profile itself."""
    sandbox.configure(f"[profile old]\nsso_start_url = {sso.start_url}\nsso_region = eu-west-1\n")
    sandbox.configure("sso_account_id = 111122223333\nsso_role_name = reader\n")
    done = sandbox.run("env", "old", "--shell", "bash")
    assert done.returncode == 0, done.stderr
    assert len(browser.opened) == 1


@pytest.mark.usefixtures("sso")
def test_a_role_is_assumed_over_an_sso_role(sandbox: Sandbox, browser: SignInBrowser) -> None:
    """Any profile may name one with SSO as its source."""
    beyond = sandbox.aws.world.role("beyond", trusts=[sandbox.aws.world.sso.assign("reader").arn])
    sandbox.configure(f"[profile beyond]\nrole_arn = {beyond.arn}\nsource_profile = reader\n")
    done = sandbox.run("env", "beyond", "--shell", "bash")
    assert done.returncode == 0, done.stderr
    assert len(browser.opened) == 1
    assert sandbox.aws.world.count("AssumeRole", "ok") == 1


def test_an_unassigned_role_is_refused_with_a_hint(sandbox: Sandbox, sso: Sso, browser: SignInBrowser) -> None:
    """The status is 7."""
    assert browser.opened == []
    sso.unassign("reader")
    done = sandbox.run(*ENV)
    assert (done.returncode, done.stdout) == (7, "false\n")
    assert "hint: this role is not assigned to you in this account; shellvault sso profiles" in done.stderr


def test_no_token_is_in_a_file(sandbox: Sandbox, sso: Sso, browser: SignInBrowser) -> None:
    """Neither tokens nor the client's secret are in the home folder or in the browser's arguments."""
    sandbox.run(*ENV)
    secrets = sandbox.aws.world.secrets()
    assert len(secrets) > 3
    for file in sandbox.files():
        text = file.read_bytes().decode("latin-1")
        assert not [secret for secret in secrets if secret in text], file
    assert not [secret for secret in secrets if secret in "".join(browser.opened)]
    assert sso.waiting() == []


def test_clear_signs_out(sandbox: Sandbox, sso: Sso, browser: SignInBrowser) -> None:
    """Refresh tokens are deleted along with the sessions."""
    sandbox.run(*ENV)
    assert sandbox.run("clear").stdout == "Forgot 1 session and every sign-in.\n"
    prefix = kernel_keyring(str(sandbox.vault)).prefix
    assert [name for _key, _problem, name in describe_keys() if name.startswith(prefix)] == []
    assert sandbox.run(*ENV, "--no-input").returncode == 6
    assert sso.waiting() == []
    assert len(browser.opened) == 1


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ("sso_session = gone\n", "names sso_session 'gone', which is not in the config file"),
        ("sso_start_url = https://x\n", "[profile bad] has no sso_region"),
        ("sso_session = corp\nsso_role_name = r\n", "but has no sso_account_id"),
        ("sso_session = corp\nsso_account_id = 1\n", "but has no sso_role_name"),
        (
            "sso_session = corp\nsso_region = us-east-1\n",
            "sso_region of profile 'bad' differs from that of [sso-session corp]",
        ),
    ],
)
def test_incomplete_settings_are_named(sandbox: Sandbox, sso: Sso, config: str, reason: str) -> None:
    """The status is 2, before the user is asked."""
    sandbox.configure(f"[profile bad]\n{config}")
    done = sandbox.run("env", "bad", "--shell", "bash")
    assert (done.returncode, done.stdout) == (2, "false\n")
    assert reason in done.stderr
    assert sso.waiting() == []
