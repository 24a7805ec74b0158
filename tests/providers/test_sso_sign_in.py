"""IAM Identity Center: a person signs in once, and all the rest needs no browser."""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from shellvault.storage.opener import kernel_keyring
from tests.sandbox import SHELLVAULT, parse_environment

if TYPE_CHECKING:
    from tests.aws.sso import Sso
    from tests.providers.sign_in_browser import Browser
    from tests.sandbox import Sandbox

ENV = ("env", "reader", "--shell", "bash")
FLOWS = ("device", "browser")


@pytest.mark.usefixtures("sso")
@pytest.mark.parametrize("flow", FLOWS)
def test_one_sign_in_serves_every_role(sandbox: Sandbox, browser: Browser, flow: str) -> None:
    """Both flows; the second role takes the same access token, and a new shell the same session."""
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
def test_an_access_token_that_has_expired_is_renewed_without_a_browser(
    sandbox: Sandbox, sso: Sso, browser: Browser, flow: str
) -> None:
    """By the refresh token; one sign-in lasts as long as the directory's session."""
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


def test_a_sign_in_that_was_revoked_is_made_anew(sandbox: Sandbox, sso: Sso, browser: Browser) -> None:
    """The role is refused, the token given up, the refresh token tried in vain, and the person signs in again."""
    sandbox.run(*ENV)
    sso.revoke_tokens()
    done = sandbox.run("env", "admin", "--shell", "bash")
    assert done.returncode == 0, done.stderr
    assert len(browser.opened) == 2


def test_an_access_token_that_was_refused_is_renewed_by_itself(sandbox: Sandbox, sso: Sso, browser: Browser) -> None:
    """With no `clear`, and no browser: the refresh token is still good."""
    sandbox.run(*ENV)
    sso.expire_tokens()
    done = sandbox.run("env", "admin", "--shell", "bash", "--no-input")
    assert done.returncode == 0, done.stderr
    assert len(browser.opened) == 1


@pytest.mark.usefixtures("sso")
def test_fifty_shells_open_one_page(sandbox: Sandbox, browser: Browser) -> None:
    """They wait for the one that signs in, and rotate the refresh token once."""
    running = [
        subprocess.Popen([SHELLVAULT, *ENV], env=sandbox.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(50)
    ]
    assert [process.wait(timeout=100) for process in running] == [0] * 50
    world = sandbox.aws.world
    assert len(browser.opened) == 1
    assert (world.count("CreateToken", "ok"), world.count("GetRoleCredentials")) == (1, 1)


def test_nobody_is_asked_where_that_is_forbidden(sandbox: Sandbox, sso: Sso, browser: Browser) -> None:
    """Status 6, no page, no registration."""
    done = sandbox.run(*ENV, "--no-input")
    assert (done.returncode, done.stdout) == (6, "false\n")
    assert f"'corp' needs a sign-in at {sso.start_url}, and --no-input forbids to ask" in done.stderr
    assert done.stderr.endswith("hint: shellvault login --sso corp\n")
    assert (browser.opened, sandbox.aws.world.calls) == ([], [])


@pytest.mark.usefixtures("sso")
def test_the_address_and_the_code_are_shown_as_well(sandbox: Sandbox, browser: Browser) -> None:
    """For there may be no browser; and on stderr, for stdout is evaluated."""
    done = sandbox.run(*ENV, SHELLVAULT_SSO_FLOW="device")
    page = browser.opened[0]
    assert f"shellvault: sign in for 'corp': {page}\n" in done.stderr
    assert f"the code is {page.rpartition('user_code=')[2]}" in done.stderr
    assert done.stdout.startswith("{\n")


@pytest.mark.parametrize("flow", FLOWS)
def test_a_person_who_declines_is_not_asked_again(sandbox: Sandbox, sso: Sso, browser: Browser, flow: str) -> None:
    """Status 6: it is a person's answer."""
    sso.browser = "deny"
    done = sandbox.run(*ENV, SHELLVAULT_SSO_FLOW=flow)
    assert (done.returncode, done.stdout) == (6, "false\n")
    assert "was declined" in done.stderr
    assert len(browser.opened) == 1


def test_a_service_that_offers_no_code_is_signed_in_to_by_device(sandbox: Sandbox, sso: Sso, browser: Browser) -> None:
    """The browser's flow is tried first, and the other taken without a word."""
    sso.offers_code = False
    done = sandbox.run(*ENV, SHELLVAULT_SSO_FLOW="browser")
    assert done.returncode == 0, done.stderr
    assert "user_code=" in browser.opened[0]


def test_the_legacy_keys_work_too(sandbox: Sandbox, sso: Sso, browser: Browser) -> None:
    """With everything in the profile itself."""
    sandbox.configure(f"[profile old]\nsso_start_url = {sso.start_url}\nsso_region = eu-west-1\n")
    sandbox.configure("sso_account_id = 111122223333\nsso_role_name = reader\n")
    done = sandbox.run("env", "old", "--shell", "bash")
    assert done.returncode == 0, done.stderr
    assert len(browser.opened) == 1


@pytest.mark.usefixtures("sso")
def test_a_role_is_assumed_over_the_session_of_a_sign_in(sandbox: Sandbox, browser: Browser) -> None:
    """Any profile may name one with SSO as its source."""
    beyond = sandbox.aws.world.role("beyond", trusts=[sandbox.aws.world.sso.assign("reader").arn])
    sandbox.configure(f"[profile beyond]\nrole_arn = {beyond.arn}\nsource_profile = reader\n")
    done = sandbox.run("env", "beyond", "--shell", "bash")
    assert done.returncode == 0, done.stderr
    assert len(browser.opened) == 1
    assert sandbox.aws.world.count("AssumeRole", "ok") == 1


def test_a_role_that_is_not_assigned_is_refused_with_advice(sandbox: Sandbox, sso: Sso, browser: Browser) -> None:
    """Status 7."""
    assert browser.opened == []
    sso.unassign("reader")
    done = sandbox.run(*ENV)
    assert (done.returncode, done.stdout) == (7, "false\n")
    assert "hint: you may not take this role in this account; shellvault sso profiles" in done.stderr


def test_no_token_lies_in_a_file(sandbox: Sandbox, sso: Sso, browser: Browser) -> None:
    """Neither tokens nor the client's secret: not in the home, and in no process's arguments."""
    sandbox.run(*ENV)
    secrets = sandbox.aws.world.secrets()
    assert len(secrets) > 3
    for file in sandbox.files():
        text = file.read_bytes().decode("latin-1")
        assert not [secret for secret in secrets if secret in text], file
    assert not [secret for secret in secrets if secret in "".join(browser.opened)]
    assert sso.waiting() == []


def test_clear_signs_out(sandbox: Sandbox, sso: Sso, browser: Browser) -> None:
    """Refresh tokens go with the sessions."""
    sandbox.run(*ENV)
    assert sandbox.run("clear").stdout == "Forgot 2 sessions and every sign-in.\n"
    assert kernel_keyring(str(sandbox.vault)).entries() == []
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
            "sso_region of profile 'bad' is not that of [sso-session corp]",
        ),
    ],
)
def test_settings_that_do_not_suffice_are_named(sandbox: Sandbox, sso: Sso, config: str, reason: str) -> None:
    """Status 2, before anybody is asked anything."""
    sandbox.configure(f"[profile bad]\n{config}")
    done = sandbox.run("env", "bad", "--shell", "bash")
    assert (done.returncode, done.stdout) == (2, "false\n")
    assert reason in done.stderr
    assert sso.waiting() == []
