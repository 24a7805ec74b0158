"""Switching profiles and leaving: the shell gets back exactly its former environment, plus the user's own changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shellvault.core.shell_memory import SECRETS
from tests.commands.shell_syntax import (
    SHELLS,
    SNAPSHOT,
    parse_snapshots,
    write_eval,
    write_export,
    write_snapshot_script,
    write_unset,
)

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

HOSTILE = 'it\'s "$HOME" `id` \\ %3B; =x ~ ü\n\ttwo  lines\n'
TOUCHED = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_SESSION_EXPIRATION",
    "AWS_ACCOUNT_ID",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_VAULT",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SECURITY_TOKEN",
    "AWSUME_EXPIRATION",
    "AWSUME_PROFILE",
    "AWSU_PROFILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    *(
        OURS := (
            *("SHELLVAULT_PROFILE", "SHELLVAULT_EXPIRES_AT", "SHELLVAULT_REFRESH_AT"),
            *("SHELLVAULT_STAMP", "SHELLVAULT_ENDPOINT", "SHELLVAULT_KEY_ID"),
        )
    ),
)
"""Every variable that `env` sets or unsets, except SHELLVAULT_RESTORE and SHELLVAULT_PREVIOUS."""

INITIAL_STATES = {
    "unset": {},
    "empty": dict.fromkeys(TOUCHED, ""),
    "set": {name: f"initial {name}" for name in TOUCHED},
    "hostile": dict.fromkeys(TOUCHED, HOSTILE),
    "mixed": {name: ("", f"initial {name}")[place % 2] for place, name in enumerate(TOUCHED) if place % 3},
}
FOREIGN = {name: f"initial {name}" for name in TOUCHED if name not in OURS}
"""The environment of a shell in which shellvault was never used."""


def take_snapshots(sandbox: Sandbox, shell: str, *lines: str, **first: str) -> list[dict[str, str]]:
    """Return a shell's environment at its start, at every `SNAPSHOT` among the lines, and at the end."""
    done = sandbox.shell(shell, write_snapshot_script(*lines), **first)
    assert "error" not in done.stderr, done.stderr
    return parse_snapshots(done.stdout)


@pytest.mark.parametrize("state", INITIAL_STATES)
@pytest.mark.parametrize("shell", SHELLS)
def test_unset_after_two_profiles_restores_the_initial_environment(
    warm_sandbox: Sandbox, shell: str, state: str
) -> None:
    """Set, empty and unset are distinct, and each is restored."""
    lines = [write_eval(shell, words) for words in ("alpha", "beta", "--unset")]
    before, after = take_snapshots(warm_sandbox, shell, *lines, **INITIAL_STATES[state])
    assert after == before


@pytest.mark.parametrize("shell", SHELLS)
def test_session_sets_the_documented_variables_and_unsets_overriding_ones(warm_sandbox: Sandbox, shell: str) -> None:
    """After `env`, the environment is the former one plus exactly these variables."""
    before, after = take_snapshots(warm_sandbox, shell, write_eval(shell, "alpha"), **FOREIGN)
    assert after.keys() == before.keys() - set(TOUCHED) | {*TOUCHED[:9], *OURS, "SHELLVAULT_RESTORE"}
    named = ("AWS_ACCOUNT_ID", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_VAULT", "SHELLVAULT_PROFILE")
    assert [after[name] for name in named] == ["111122223333", "eu-west-1", "eu-west-1", "alpha", "alpha"]
    assert after["AWS_SESSION_EXPIRATION"] == after["AWS_CREDENTIAL_EXPIRATION"]
    assert after["AWS_ACCESS_KEY_ID"].startswith("ASIA")


@pytest.mark.parametrize("shell", SHELLS)
def test_switch_leaves_nothing_of_the_previous_profile(warm_sandbox: Sandbox, shell: str) -> None:
    """Least of all its region, which would misdirect calls."""
    direct = take_snapshots(warm_sandbox, shell, write_eval(shell, "beta"))[1]
    switched = take_snapshots(warm_sandbox, shell, write_eval(shell, "alpha"), write_eval(shell, "beta"))[1]
    assert switched == direct | {"SHELLVAULT_PREVIOUS": "alpha"}


@pytest.mark.parametrize("shell", SHELLS)
def test_no_session_removes_token_and_expiry(warm_sandbox: Sandbox, shell: str) -> None:
    """A token next to an unrelated key pair would make every call fail, whoever set it."""
    after = take_snapshots(
        warm_sandbox, shell, write_eval(shell, "alpha"), write_eval(shell, "base --no-session"), **FOREIGN
    )[1]
    assert after["AWS_ACCESS_KEY_ID"].startswith("AKIA")
    gone = {"AWS_SESSION_TOKEN", "AWS_CREDENTIAL_EXPIRATION", "AWS_SESSION_EXPIRATION", "AWS_ACCOUNT_ID"}
    assert not {*gone, "SHELLVAULT_EXPIRES_AT", "SHELLVAULT_REFRESH_AT"} & after.keys()


@pytest.mark.parametrize("shell", SHELLS)
def test_dash_switches_back_and_forth(warm_sandbox: Sandbox, shell: str) -> None:
    """Like `cd -`."""
    lines = [write_eval(shell, words) for words in ("alpha", "beta", "-")]
    back, forth = take_snapshots(warm_sandbox, shell, *lines, SNAPSHOT, write_eval(shell, "-"))[1:]
    assert (back["AWS_VAULT"], forth["AWS_VAULT"]) == ("alpha", "beta")


@pytest.mark.parametrize("shell", SHELLS)
def test_entering_the_same_profile_again_keeps_the_initial_state(warm_sandbox: Sandbox, shell: str) -> None:
    """A refresh must not take the previous session for the user's own variables."""
    lines = [write_eval(shell, words) for words in ("alpha", "beta", "beta", "beta")]
    before, refreshed, after = take_snapshots(
        warm_sandbox,
        shell,
        *lines,
        SNAPSHOT,
        write_eval(shell, "--unset"),
        **INITIAL_STATES["mixed"] | {"AWS_PROFILE": "mine"},
    )
    assert refreshed["SHELLVAULT_PREVIOUS"].split(";")[0] == "alpha"
    assert after == before


@pytest.mark.parametrize("shell", SHELLS)
def test_user_changes_survive_unset(warm_sandbox: Sandbox, shell: str) -> None:
    """Changed, set again after removal, or unset: each now belongs to the user."""
    changes = (
        write_export(shell, "AWS_REGION", "mine"),
        write_export(shell, "AWS_PROFILE", "ours"),
        write_unset(shell, "AWS_DEFAULT_REGION"),
    )
    first = {"AWS_PROFILE": "old", "AWS_REGION": "old", "AWS_DEFAULT_REGION": "old", "AWS_VAULT": "old"}
    before, after = take_snapshots(
        warm_sandbox, shell, write_eval(shell, "alpha"), *changes, write_eval(shell, "--unset"), **first
    )
    theirs = {"AWS_REGION": "mine", "AWS_PROFILE": "ours"}
    assert after == {name: value for name, value in before.items() if name != "AWS_DEFAULT_REGION"} | theirs


@pytest.mark.parametrize("shell", SHELLS)
def test_user_change_between_two_profiles_is_restored(warm_sandbox: Sandbox, shell: str) -> None:
    """The second profile hides it, and leaving reveals it again."""
    lines = (
        write_eval(shell, "beta"),
        write_export(shell, "AWS_REGION", "mine"),
        write_eval(shell, "alpha"),
        write_eval(shell, "--unset"),
    )
    before, after = take_snapshots(warm_sandbox, shell, *lines, AWS_REGION="old")
    assert after == before | {"AWS_REGION": "mine"}


@pytest.mark.parametrize("shell", SHELLS)
def test_repeated_or_needless_unset_changes_nothing(warm_sandbox: Sandbox, shell: str) -> None:
    """It reports that there was nothing to do, and succeeds."""
    twice = write_snapshot_script(
        write_eval(shell, "alpha"), write_eval(shell, "--unset"), write_eval(shell, "--unset")
    )
    for script in (twice, write_snapshot_script(write_eval(shell, "--unset"))):
        done = warm_sandbox.shell(shell, script, **FOREIGN)
        before, after = parse_snapshots(done.stdout)
        assert (done.returncode, after) == (0, before)


@pytest.mark.parametrize("shell", SHELLS)
def test_nested_shell_leaves_without_affecting_its_parent(warm_sandbox: Sandbox, shell: str) -> None:
    """It inherits the restore data with the session, so it gets what its parent had, except secrets."""
    inner = f"bash -c '{write_eval('bash', 'beta')}; {write_eval('bash', '--unset')}; echo +++; env -0'"
    before, inside, around, after = take_snapshots(
        warm_sandbox,
        shell,
        write_eval(shell, "alpha"),
        inner,
        SNAPSHOT,
        write_eval(shell, "--unset"),
        **INITIAL_STATES["mixed"],
    )
    assert {**inside, "SHLVL": ""} == {
        name: value for name, value in before.items() if not value or name not in SECRETS
    } | {"SHLVL": ""}
    assert around["AWS_VAULT"] == "alpha"
    assert after == before
