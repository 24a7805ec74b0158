"""A role by a web identity's token, from a file or from a program."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.house import SHELLVAULT
from tests.sources.programs import Program, printing

if TYPE_CHECKING:
    from pathlib import Path

    from tests.house import House

ENV = ("env", "ci", "--shell", "bash")


@pytest.fixture
def token(house: House, tmp_path: Path) -> Path:
    """Return the file with the token of a subject that the role of the profile `ci` trusts."""
    file = tmp_path / "token"
    file.write_text(f"{house.aws.world.provider.token('repo:main')}\n")
    return file


def profile(house: House, setting: str, more: str = "", max_duration: int = 3600) -> None:
    """Write the profile `ci`."""
    role = house.aws.world.role("ci", trusts=("web:repo:main",), max_duration=max_duration)
    house.configure(f"[profile ci]\nrole_arn = {role.arn}\n{setting}\nregion = eu-west-1\n{more}")


def test_a_role_is_assumed_with_the_token_of_a_file(house: House, token: Path) -> None:
    """One unsigned call with exactly these parameters; the session is cached."""
    profile(house, f"web_identity_token_file = {token}")
    assert [house.run(*ENV).returncode for _ in range(2)] == [0, 0]
    (call,) = house.aws.world.calls
    assert (call.action, call.outcome, call.principal) == ("AssumeRoleWithWebIdentity", "ok", "")
    assert dict(call.params) == {
        "RoleArn": "arn:aws:iam::111122223333:role/ci",
        "RoleSessionName": "shellvault-ci",
        "WebIdentityToken": "…",
        "DurationSeconds": "3600",
    }


def test_the_file_may_lie_in_the_persons_home(house: House, token: Path) -> None:
    """Written with ~, as in the AWS CLI."""
    token.rename(house.home / "token")
    profile(house, "web_identity_token_file = ~/token")
    done = house.run(*ENV)
    assert done.returncode == 0, done.stderr


def test_a_role_is_assumed_with_the_token_that_a_program_prints(house: House, token: Path, tmp_path: Path) -> None:
    """As with aws-vault."""
    program = printing(tmp_path, token.read_bytes(), "issuer")
    profile(house, f"web_identity_token_process = {program.command}", "role_session_name = build-7\n")
    done = house.run(*ENV)
    assert done.returncode == 0, done.stderr
    assert house.aws.world.calls[0].params["RoleSessionName"] == "build-7"


def test_the_role_may_last_as_long_as_it_allows(house: House, token: Path) -> None:
    """It is no chained role: twelve hours are possible."""
    profile(house, f"web_identity_token_file = {token}", "duration_seconds = 7200\n", max_duration=43200)
    assert house.run(*ENV).returncode == 0
    assert house.run(*ENV, "-d", "12h").returncode == 0
    assert [call.params["DurationSeconds"] for call in house.aws.world.calls] == ["7200", "43200"]


def test_another_role_is_assumed_over_it(house: House, token: Path) -> None:
    """A chained one, with its hour."""
    profile(house, f"web_identity_token_file = {token}")
    beyond = house.aws.world.role("beyond", trusts=["arn:aws:iam::111122223333:role/ci"], max_duration=7200)
    house.configure(f"[profile beyond]\nrole_arn = {beyond.arn}\nsource_profile = ci\nduration_seconds = 7200\n")
    done = house.run("env", "beyond", "--shell", "bash")
    assert done.returncode == 0, done.stderr
    assert "role 'beyond' over another role lasts 1 h at most" in done.stderr


def test_a_token_that_has_expired_is_said_to_be(house: House, tmp_path: Path) -> None:
    """Status 7, and it is not our session that is the matter."""
    file = tmp_path / "old"
    file.write_text(house.aws.world.provider.token("repo:main", life=-1))
    profile(house, f"web_identity_token_file = {file}")
    done = house.run(*ENV)
    assert (done.returncode, done.stdout) == (7, "false\n")
    assert "the web identity token of 'ci' has expired (ExpiredTokenException)" in done.stderr


def test_a_token_that_nobody_issued_is_refused(house: House, tmp_path: Path) -> None:
    """And not shown."""
    file = tmp_path / "forged"
    file.write_text("forged-token")
    profile(house, f"web_identity_token_file = {file}")
    done = house.run(*ENV)
    assert (done.returncode, done.stdout) == (7, "false\n")
    assert "InvalidIdentityToken" in done.stderr
    assert "forged-token" not in done.stderr


@pytest.mark.parametrize("content", [None, "", "\n", "two\nlines", "x" * 20001, "caf\u00e9"])
def test_a_file_without_a_token_is_named(house: House, tmp_path: Path, content: str | None) -> None:
    """Status 2; nothing is asked of AWS."""
    file = tmp_path / "token"
    if content is not None:
        file.write_text(content)
    profile(house, f"web_identity_token_file = {file}")
    done = house.run(*ENV)
    assert (done.returncode, done.stdout, house.aws.world.calls) == (2, "false\n", [])
    assert "web identity token" in done.stderr


def test_a_program_that_fails_is_named(house: House, tmp_path: Path) -> None:
    """What it said on stderr is seen."""
    profile(house, f"web_identity_token_process = {Program(tmp_path, 'echo no luck >&2; exit 1').command}")
    done = house.run(*ENV)
    assert (done.returncode, done.stdout) == (8, "false\n")
    assert "no luck\n" in done.stderr
    assert "web_identity_token_process of 'ci' failed with exit status 1" in done.stderr


def test_a_program_that_asks_for_its_own_profile_is_told_of_the_circle(house: House) -> None:
    """As with a credential_process."""
    profile(house, f"web_identity_token_process = {SHELLVAULT} exec ci --json")
    done = house.run(*ENV)
    assert "error: web_identity_token_process goes in a circle: ci -> ci\n" in done.stderr


def test_a_key_pair_under_the_profiles_name_stands_before_the_token(house: House, token: Path) -> None:
    """What was stored under a name is meant."""
    role = house.aws.world.role("ci")
    house.configure(f"[profile ci]\nrole_arn = {role.arn}\nweb_identity_token_file = {token}\n")
    house.add("ci", house.aws.world.user().access_key(), "--no-config")
    assert house.run(*ENV).returncode == 0
    assert house.aws.world.calls[0].action == "AssumeRole"


def test_a_file_and_a_program_are_one_too_many(house: House, token: Path) -> None:
    """Which of them was meant?"""
    profile(house, f"web_identity_token_file = {token}\nweb_identity_token_process = x")
    done = house.run(*ENV)
    assert done.returncode == 2
    assert "has both web_identity_token_file and web_identity_token_process" in done.stderr
