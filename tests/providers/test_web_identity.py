"""A role assumed with a web identity token, from a file or from a program."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.providers.credential_programs import CredentialProgram, printing_program
from tests.sandbox import SESSION_NAME, SHELLVAULT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sandbox import Sandbox

ENV = ("env", "ci", "--shell", "bash")


@pytest.fixture
def token(sandbox: Sandbox, tmp_path: Path) -> Path:
    """Return a file with a token that the role of the profile `ci` trusts."""
    file = tmp_path / "token"
    file.write_text(f"{sandbox.aws.world.provider.token('repo:main')}\n")
    return file


def add_ci_profile(sandbox: Sandbox, setting: str, more: str = "", max_duration: int = 3600) -> None:
    """Add the profile `ci`."""
    role = sandbox.aws.world.role("ci", trusts=("web:repo:main",), max_duration=max_duration)
    sandbox.configure(f"[profile ci]\nrole_arn = {role.arn}\n{setting}\nregion = eu-west-1\n{more}")


def test_a_role_is_assumed_with_a_token_from_a_file(sandbox: Sandbox, token: Path) -> None:
    """There is a single unsigned call with exactly these parameters, and its session is cached."""
    add_ci_profile(sandbox, f"web_identity_token_file = {token}")
    assert [sandbox.run(*ENV).returncode for _ in range(2)] == [0, 0]
    (call,) = sandbox.aws.world.calls
    assert (call.action, call.outcome, call.principal) == ("AssumeRoleWithWebIdentity", "ok", "")
    assert dict(call.params) == {
        "RoleArn": "arn:aws:iam::111122223333:role/ci",
        "RoleSessionName": SESSION_NAME,
        "WebIdentityToken": "…",
        "DurationSeconds": "3600",
    }


def test_the_file_may_be_in_the_home_folder(sandbox: Sandbox, token: Path) -> None:
    """Written with ~, as in the AWS CLI."""
    token.rename(sandbox.home / "token")
    add_ci_profile(sandbox, "web_identity_token_file = ~/token")
    done = sandbox.run(*ENV)
    assert done.returncode == 0, done.stderr


def test_a_role_is_assumed_with_a_token_from_a_program(sandbox: Sandbox, token: Path, tmp_path: Path) -> None:
    """As in aws-vault."""
    program = printing_program(tmp_path, token.read_bytes(), "issuer")
    add_ci_profile(sandbox, f"web_identity_token_process = {program.command}", "role_session_name = build-7\n")
    done = sandbox.run(*ENV)
    assert done.returncode == 0, done.stderr
    assert sandbox.aws.world.calls[0].params["RoleSessionName"] == "build-7"


def test_the_session_may_last_as_long_as_the_role_allows(sandbox: Sandbox, token: Path) -> None:
    """This is no role chaining: twelve hours are possible."""
    add_ci_profile(sandbox, f"web_identity_token_file = {token}", "duration_seconds = 7200\n", max_duration=43200)
    assert sandbox.run(*ENV).returncode == 0
    assert sandbox.run(*ENV, "-d", "12h").returncode == 0
    assert [call.params["DurationSeconds"] for call in sandbox.aws.world.calls] == ["7200", "43200"]


def test_another_role_is_assumed_over_a_web_identity(sandbox: Sandbox, token: Path) -> None:
    """That is role chaining, with at most an hour."""
    add_ci_profile(sandbox, f"web_identity_token_file = {token}")
    beyond = sandbox.aws.world.role("beyond", trusts=["arn:aws:iam::111122223333:role/ci"], max_duration=7200)
    sandbox.configure(f"[profile beyond]\nrole_arn = {beyond.arn}\nsource_profile = ci\nduration_seconds = 7200\n")
    done = sandbox.run("env", "beyond", "--shell", "bash")
    assert done.returncode == 0, done.stderr
    assert "role 'beyond' over another role lasts 1 h at most" in done.stderr


def test_an_expired_token_is_reported_as_such(sandbox: Sandbox, tmp_path: Path) -> None:
    """The status is 7; the message does not blame a session of ours."""
    file = tmp_path / "old"
    file.write_text(sandbox.aws.world.provider.token("repo:main", life=-1))
    add_ci_profile(sandbox, f"web_identity_token_file = {file}")
    done = sandbox.run(*ENV)
    assert (done.returncode, done.stdout) == (7, "false\n")
    assert "the web identity token of 'ci' has expired (ExpiredTokenException)" in done.stderr


def test_a_forged_token_is_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    """And not shown."""
    file = tmp_path / "forged"
    file.write_text("forged-token")
    add_ci_profile(sandbox, f"web_identity_token_file = {file}")
    done = sandbox.run(*ENV)
    assert (done.returncode, done.stdout) == (7, "false\n")
    assert "InvalidIdentityToken" in done.stderr
    assert "forged-token" not in done.stderr


@pytest.mark.parametrize("content", [None, "", "\n", "two\nlines", "x" * 20001, "caf\u00e9"])
def test_a_file_without_a_valid_token_is_an_error(sandbox: Sandbox, tmp_path: Path, content: str | None) -> None:
    """The status is 2, and AWS is not called."""
    file = tmp_path / "token"
    if content is not None:
        file.write_text(content)
    add_ci_profile(sandbox, f"web_identity_token_file = {file}")
    done = sandbox.run(*ENV)
    assert (done.returncode, done.stdout, sandbox.aws.world.calls) == (2, "false\n", [])
    assert "web identity token" in done.stderr


def test_a_failing_token_program_is_named(sandbox: Sandbox, tmp_path: Path) -> None:
    """Its stderr is shown."""
    add_ci_profile(
        sandbox, f"web_identity_token_process = {CredentialProgram(tmp_path, 'echo no luck >&2; exit 1').command}"
    )
    done = sandbox.run(*ENV)
    assert (done.returncode, done.stdout) == (8, "false\n")
    assert "no luck\n" in done.stderr
    assert "web_identity_token_process of 'ci' failed with exit status 1" in done.stderr


def test_a_token_program_that_asks_for_its_own_profile_is_a_loop(sandbox: Sandbox) -> None:
    """As with a credential_process."""
    add_ci_profile(sandbox, f"web_identity_token_process = {SHELLVAULT} exec ci --json")
    done = sandbox.run(*ENV)
    assert "error: web_identity_token_process loops: ci -> ci\n" in done.stderr


def test_a_stored_key_pair_wins_over_the_token(sandbox: Sandbox, token: Path) -> None:
    """What is stored under a profile's own name counts first."""
    role = sandbox.aws.world.role("ci")
    sandbox.configure(f"[profile ci]\nrole_arn = {role.arn}\nweb_identity_token_file = {token}\n")
    sandbox.add("ci", sandbox.aws.world.user().access_key(), "--no-config")
    assert sandbox.run(*ENV).returncode == 0
    assert sandbox.aws.world.calls[0].action == "AssumeRole"


def test_a_file_and_a_program_together_are_an_error(sandbox: Sandbox, token: Path) -> None:
    """Nobody could tell which of them counts."""
    add_ci_profile(sandbox, f"web_identity_token_file = {token}\nweb_identity_token_process = x")
    done = sandbox.run(*ENV)
    assert done.returncode == 2
    assert "has both web_identity_token_file and web_identity_token_process" in done.stderr
