"""Whose sign-in is meant by the word behind `sso profiles` and `login --sso`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.aws.sso import Sso
    from tests.providers.sign_in_browser import Browser
    from tests.sandbox import Sandbox

SIGN_IN = (("login", "--sso"), ("sso", "profiles"))


@pytest.mark.parametrize("words", SIGN_IN)
def test_a_config_without_an_sso_session_is_shown_what_to_write(sandbox: Sandbox, words: tuple[str, ...]) -> None:
    """Three lines, each on its own, to be copied."""
    done = sandbox.run(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "error: there is no [sso-session] in the config file\n"
        "hint: write these lines there, with your own start URL and its region:\n"
        "[sso-session corp]\n"
        "sso_start_url = https://d-1234567890.awsapps.com/start\n"
        "sso_region = eu-west-1\n"
    )


@pytest.mark.parametrize("words", SIGN_IN)
def test_of_several_one_has_to_be_named(sandbox: Sandbox, sso: Sso, words: tuple[str, ...]) -> None:
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
        ("crop", 3, "there is neither an sso-session nor a profile 'crop'\nhint: did you mean corp?"),
        ("zzzzz", 3, "there is neither an sso-session nor a profile 'zzzzz'\nhint: name an sso-session: corp"),
        ("plain", 2, "profile 'plain' does not sign in to IAM Identity Center\nhint: name an sso-session: corp"),
    ],
)
def test_a_word_that_is_no_sign_in_is_an_error(sandbox: Sandbox, word: str, status: int, said: str) -> None:
    """With what could be meant."""
    sandbox.configure("[profile plain]\n")
    for words in SIGN_IN:
        done = sandbox.run(*words, word)
        assert done.returncode == status
        assert said in done.stderr


@pytest.mark.parametrize("word", ["corp", "reader", ""])
def test_a_session_a_profile_or_nothing_mean_the_same_sign_in(
    sandbox: Sandbox, sso: Sso, browser: Browser, word: str
) -> None:
    """Whoever has signed in by one of them is signed in for all."""
    for words in (("env", "admin", "--shell", "bash"), ("login", "--sso", *([word] if word else []))):
        assert sandbox.run(*words).returncode == 0
    assert len(browser.opened) == 1
    assert sso.waiting() == []


def test_profiles_of_a_legacy_sign_in_are_written_as_it_is(sandbox: Sandbox, sso: Sso, browser: Browser) -> None:
    """With the start URL in each, and none of what the other sign-ins have."""
    sandbox.config.write_text(f"[profile old]\nsso_start_url = {sso.start_url}/#\nsso_region = eu-west-1\n")
    done = sandbox.run("sso", "profiles", "old", "-f")
    assert done.stdout.startswith("Wrote 2 profiles"), done.stderr
    assert sandbox.config.read_text().endswith(
        f"\n[profile account-3333-reader]\nsso_start_url = {sso.start_url}/#\nsso_region = eu-west-1\n"
        "sso_account_id = 111122223333\nsso_role_name = reader\n"
    )
    assert sandbox.run("env", "account-3333-reader", "--shell", "bash").returncode == 0
    assert len(browser.opened) == 1


def test_an_unknown_word_behind_sso_is_an_error(sandbox: Sandbox) -> None:
    """There is one."""
    done = sandbox.run("sso", "accounts")
    assert (done.returncode, done.stderr.splitlines()[0]) == (2, "error: sso: there is no 'accounts'")
