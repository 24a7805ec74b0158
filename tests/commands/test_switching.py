"""From profile to profile and out again: a shell gets back exactly what it had, and keeps what a person changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.commands.speech import LOOK, SHELLS, drop, into, looks, put, with_looks

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

HOSTILE = 'it\'s "$HOME" `id` \\ %3B; =x ~ ü\n\ttwo  lines\n'
TOUCHED = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_VAULT",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SECURITY_TOKEN",
    "AWS_SESSION_EXPIRATION",
    "AWSUME_EXPIRATION",
    "AWSUME_PROFILE",
    "AWSU_PROFILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    *(OURS := ("SHELLVAULT_PROFILE", "SHELLVAULT_EXPIRES_AT", "SHELLVAULT_REFRESH_AT", "SHELLVAULT_STAMP")),
)
"""Every variable that `env` sets or unsets, besides its memory."""

FIRST_STATES = {
    "unset": {},
    "empty": dict.fromkeys(TOUCHED, ""),
    "set": {name: f"{name} of before" for name in TOUCHED},
    "hostile": dict.fromkeys(TOUCHED, HOSTILE),
    "mixed": {name: ("", f"{name} of before")[place % 2] for place, name in enumerate(TOUCHED) if place % 3},
}
SOMEBODY_ELSES = {name: f"{name} of before" for name in TOUCHED if name not in OURS}
"""What a shell has before shellvault was ever used in it."""


def walk(sandbox: Sandbox, shell: str, *lines: str, **first: str) -> list[dict[str, str]]:
    """Return the environments of a shell: at its start, at every `LOOK` among the lines, and at the end."""
    done = sandbox.shell(shell, with_looks(*lines), **first)
    assert "error" not in done.stderr, done.stderr
    return looks(done.stdout)


@pytest.mark.parametrize("state", FIRST_STATES)
@pytest.mark.parametrize("shell", SHELLS)
def test_unset_after_two_profiles_restores_the_first_environment(settled: Sandbox, shell: str, state: str) -> None:
    """Set, empty and unset are three states, and each comes back as it was."""
    lines = [into(shell, words) for words in ("alpha", "beta", "--unset")]
    before, after = walk(settled, shell, *lines, **FIRST_STATES[state])
    assert after == before


@pytest.mark.parametrize("shell", SHELLS)
def test_a_session_puts_in_what_is_promised_and_unsets_what_would_win_over_it(settled: Sandbox, shell: str) -> None:
    """The environment after `env` is the one before, and the contract's variables: no more and no fewer."""
    before, after = walk(settled, shell, into(shell, "alpha"), **SOMEBODY_ELSES)
    assert after.keys() == before.keys() - set(TOUCHED) | {*TOUCHED[:7], *OURS, "SHELLVAULT_RESTORE"}
    named = ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_VAULT", "SHELLVAULT_PROFILE")
    assert [after[name] for name in named] == ["eu-west-1", "eu-west-1", "alpha", "alpha"]
    assert after["AWS_ACCESS_KEY_ID"].startswith("ASIA")


@pytest.mark.parametrize("shell", SHELLS)
def test_a_switch_leaves_nothing_of_the_profile_before(settled: Sandbox, shell: str) -> None:
    """A's region above all: it would send B's calls elsewhere."""
    direct = walk(settled, shell, into(shell, "beta"))[1]
    switched = walk(settled, shell, into(shell, "alpha"), into(shell, "beta"))[1]
    assert switched == direct | {"SHELLVAULT_PREVIOUS": "alpha"}


@pytest.mark.parametrize("shell", SHELLS)
def test_without_a_session_no_token_and_no_expiry_stay(settled: Sandbox, shell: str) -> None:
    """A token beside another key pair would make every call fail, whoever put it there."""
    after = walk(settled, shell, into(shell, "alpha"), into(shell, "base --no-session"), **SOMEBODY_ELSES)[1]
    assert after["AWS_ACCESS_KEY_ID"].startswith("AKIA")
    gone = {"AWS_SESSION_TOKEN", "AWS_CREDENTIAL_EXPIRATION", "SHELLVAULT_EXPIRES_AT", "SHELLVAULT_REFRESH_AT"}
    assert not gone & after.keys()


@pytest.mark.parametrize("shell", SHELLS)
def test_a_dash_goes_back_and_forth_between_two_profiles(settled: Sandbox, shell: str) -> None:
    """As `cd -` does."""
    lines = [into(shell, words) for words in ("alpha", "beta", "-")]
    back, forth = walk(settled, shell, *lines, LOOK, into(shell, "-"))[1:]
    assert (back["AWS_VAULT"], forth["AWS_VAULT"]) == ("alpha", "beta")


@pytest.mark.parametrize("shell", SHELLS)
def test_entering_the_same_profile_again_keeps_what_was_there_first(settled: Sandbox, shell: str) -> None:
    """A refresh must not take the session before it for what the person had."""
    lines = [into(shell, words) for words in ("alpha", "beta", "beta", "beta")]
    before, refreshed, after = walk(
        settled, shell, *lines, LOOK, into(shell, "--unset"), **FIRST_STATES["mixed"] | {"AWS_PROFILE": "mine"}
    )
    assert refreshed["SHELLVAULT_PREVIOUS"] == "alpha"
    assert after == before


@pytest.mark.parametrize("shell", SHELLS)
def test_what_a_person_changed_meanwhile_stays(settled: Sandbox, shell: str) -> None:
    """Set anew, set again after it was taken away, and unset: each is theirs now."""
    changes = (put(shell, "AWS_REGION", "mine"), put(shell, "AWS_PROFILE", "ours"), drop(shell, "AWS_DEFAULT_REGION"))
    first = {"AWS_PROFILE": "old", "AWS_REGION": "old", "AWS_DEFAULT_REGION": "old", "AWS_VAULT": "old"}
    before, after = walk(settled, shell, into(shell, "alpha"), *changes, into(shell, "--unset"), **first)
    theirs = {"AWS_REGION": "mine", "AWS_PROFILE": "ours"}
    assert after == {name: value for name, value in before.items() if name != "AWS_DEFAULT_REGION"} | theirs


@pytest.mark.parametrize("shell", SHELLS)
def test_what_a_person_changed_between_two_profiles_comes_back_after_the_second(settled: Sandbox, shell: str) -> None:
    """The second profile covers it, and going out uncovers it."""
    lines = (into(shell, "beta"), put(shell, "AWS_REGION", "mine"), into(shell, "alpha"), into(shell, "--unset"))
    before, after = walk(settled, shell, *lines, AWS_REGION="old")
    assert after == before | {"AWS_REGION": "mine"}


@pytest.mark.parametrize("shell", SHELLS)
def test_unset_again_and_unset_with_nothing_in_change_nothing(settled: Sandbox, shell: str) -> None:
    """It says that there was nothing to do, and succeeds."""
    twice = with_looks(into(shell, "alpha"), into(shell, "--unset"), into(shell, "--unset"))
    for script in (twice, with_looks(into(shell, "--unset"))):
        done = settled.shell(shell, script, **SOMEBODY_ELSES)
        before, after = looks(done.stdout)
        assert (done.returncode, after) == (0, before)


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_inside_gets_out_and_leaves_the_one_around_it_alone(settled: Sandbox, shell: str) -> None:
    """The memory is inherited with the session, so a nested shell can restore what its parent had."""
    inner = f"bash -c '{into('bash', 'beta')}; {into('bash', '--unset')}; echo +++; env -0'"
    before, inside, around, after = walk(
        settled, shell, into(shell, "alpha"), inner, LOOK, into(shell, "--unset"), **FIRST_STATES["mixed"]
    )
    assert {**inside, "SHLVL": ""} == {**before, "SHLVL": ""}
    assert around["AWS_VAULT"] == "alpha"
    assert after == before
