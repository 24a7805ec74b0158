"""The argument of `sso profiles` and `login --sso`, which chooses a sign-in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.aws.sso import Sso
    from tests.providers.sign_in_browser import SignInBrowser
    from tests.sandbox import Sandbox

README = Path(__file__).parents[2] / "README.md"
SAMPLE = """\
[sso-session corp]
sso_start_url = https://d-1234567890.awsapps.com/start
sso_region = eu-west-1
sso_registration_scopes = sso:account:access
"""
SIGN_IN = (("login", "--sso"), ("sso", "profiles"))


@pytest.mark.parametrize("words", SIGN_IN)
def test_without_an_sso_session_the_hint_shows_one(sandbox: Sandbox, words: tuple[str, ...]) -> None:
    """Four lines to copy, which work as they are in README."""
    done = sandbox.run(*words)
    assert (done.returncode, done.stdout) == (2, "")
    start, lines, end = README.read_text().partition(SAMPLE)
    assert done.stderr == (
        "error: there is no [sso-session] in the config file\n"
        f"hint: add these lines to it, with your own start URL and its region:\n{lines}"
    )
    assert (start[-7:], end[:3]) == ("```ini\n", "```")


@pytest.mark.parametrize("words", SIGN_IN)
def test_with_several_sso_sessions_one_has_to_be_named(sandbox: Sandbox, sso: Sso, words: tuple[str, ...]) -> None:
    """None is guessed; the hint lists them."""
    sandbox.configure("[sso-session other]\nsso_start_url = https://x\nsso_region = eu-west-1\n")
    done = sandbox.run(*words)
    assert done.returncode == 2
    assert done.stderr.endswith("hint: name one: corp, other\n")
    assert sso.waiting() == []


@pytest.mark.usefixtures("sso")
@pytest.mark.parametrize(
    ("word", "status", "said"),
    [
        ("crop", 3, "no sso-session or profile is named 'crop'\nhint: did you mean corp?"),
        ("zzzzz", 3, "no sso-session or profile is named 'zzzzz'\nhint: name an sso-session: corp"),
        ("plain", 2, "profile 'plain' does not sign in to IAM Identity Center\nhint: name an sso-session: corp"),
    ],
)
def test_an_unknown_sign_in_is_an_error(sandbox: Sandbox, word: str, status: int, said: str) -> None:
    """The hint has what may have been meant."""
    sandbox.configure("[profile plain]\n")
    for words in SIGN_IN:
        done = sandbox.run(*words, word)
        assert done.returncode == status
        assert said in done.stderr


@pytest.mark.parametrize("word", ["corp", "reader", ""])
def test_a_session_a_profile_and_no_argument_mean_the_same_sign_in(
    sandbox: Sandbox, sso: Sso, browser: SignInBrowser, word: str
) -> None:
    """A sign-in by one of them counts for all."""
    for words in (("env", "admin", "--shell", "bash"), ("login", "--sso", *([word] if word else []))):
        assert sandbox.run(*words).returncode == 0
    assert len(browser.opened) == 1
    assert sso.waiting() == []


def test_profiles_of_a_legacy_sign_in_are_legacy_too(sandbox: Sandbox, sso: Sso, browser: SignInBrowser) -> None:
    """Each has the start URL, and there is no sso_session."""
    sandbox.config.write_text(f"[profile old]\nsso_start_url = {sso.start_url}/#\nsso_region = eu-west-1\n")
    done = sandbox.run("sso", "profiles", "old", "-f")
    assert done.stdout.startswith("Wrote 2 profiles"), done.stderr
    assert sandbox.config.read_text().endswith(
        f"\n[profile account-3333-reader]\nsso_start_url = {sso.start_url}/#\nsso_region = eu-west-1\n"
        "sso_account_id = 111122223333\nsso_role_name = reader\n"
    )
    assert sandbox.run("env", "account-3333-reader", "--shell", "bash").returncode == 0
    assert len(browser.opened) == 1


def test_an_unknown_subcommand_of_sso_is_an_error(sandbox: Sandbox) -> None:
    """There is only `profiles`."""
    done = sandbox.run("sso", "accounts")
    assert (done.returncode, done.stderr.splitlines()[0]) == (2, "error: sso: unknown subcommand 'accounts'")
