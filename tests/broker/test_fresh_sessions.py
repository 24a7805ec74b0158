"""`--fresh` obtains a new session, and replaces the cached one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.broker.background_command import BackgroundCommand, count_distinct
from tests.broker.test_revoked_sessions import revoke_sessions

if TYPE_CHECKING:
    import subprocess

    from tests.broker.conftest import MfaUser
    from tests.sandbox import Sandbox

BASH = ("--shell", "bash")


def parse_key_id(done: subprocess.CompletedProcess[str]) -> str:
    """Return the key id in the output of `env`."""
    assert done.returncode == 0, done.stderr
    return done.stdout.partition("AWS_ACCESS_KEY_ID='")[2].partition("'")[0]


@pytest.mark.parametrize("command", ["env", "exec", "export"])
def test_a_fresh_session_replaces_the_cached_one(user: MfaUser, command: str) -> None:
    """The next command without the option gets the new session from the cache."""
    words = {
        "env": ("env", "reader", *BASH),
        "exec": ("exec", "reader", "--json"),
        "export": ("export", "reader", "--format", "json"),
    }[command]
    before, after = user.sandbox.run(*words), user.sandbox.run(*words, "--fresh")
    assert (before.returncode, after.returncode) == (0, 0), after.stderr
    assert before.stdout != after.stdout
    assert user.sandbox.run(*words).stdout == after.stdout
    assert user.sandbox.aws.world.count("AssumeRole") == 2
    if command != "env":
        assert json.loads(after.stdout)["AccessKeyId"].startswith("ASIA")


def test_the_console_opens_with_a_fresh_session(user: MfaUser) -> None:
    """The console would refuse a revoked one until it expires."""
    for option in ((), (), ("--fresh",)):
        done = user.sandbox.run("login", "reader", "--stdout", *option)
        assert done.returncode == 0, done.stderr
    assert user.sandbox.aws.world.count("AssumeRole") == 2


def test_the_variable_works_like_the_option(user: MfaUser) -> None:
    """SHELLVAULT_FRESH=1 obtains a new session too."""
    before = parse_key_id(user.sandbox.run("env", "reader", *BASH))
    assert parse_key_id(user.sandbox.run("env", "reader", *BASH, SHELLVAULT_FRESH="1")) != before


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_use_accepts_the_option(user: MfaUser, shell: str) -> None:
    """The session in the live shell changes."""
    load = "shellvault hook fish | source" if shell == "fish" else f'eval "$(shellvault hook {shell})"'
    script = f"{load}\nshellvault use reader; env | grep ^AWS_ACCESS_KEY_ID\nshellvault use reader --fresh"
    done = user.sandbox.shell(shell, f"{script}; env | grep ^AWS_ACCESS_KEY_ID")
    first, second = done.stdout.split()
    assert first != second, done.stderr


def test_a_fresh_role_asks_for_no_unneeded_code(user: MfaUser) -> None:
    """The MFA session below the role is kept as long as AWS accepts it."""
    user.prompter.answer(user.device.next_code())
    before = parse_key_id(user.sandbox.run("env", "admin", *BASH))
    assert parse_key_id(user.sandbox.run("env", "admin", *BASH, "--fresh")) != before
    assert (user.prompter.prompt_count, user.sandbox.aws.world.count("GetSessionToken")) == (1, 1)


def test_a_fresh_mfa_session_takes_a_new_code(user: MfaUser) -> None:
    """The profile that was asked for is the MFA session itself."""
    user.prompter.answer(user.device.next_code())
    before = parse_key_id(user.sandbox.run("env", "token", *BASH))
    user.prompter.answer(user.device.next_code())
    assert parse_key_id(user.sandbox.run("env", "token", *BASH, "--fresh")) != before
    assert user.prompter.prompt_count == 2


@pytest.mark.parametrize("kind", ["GetSessionToken", ""])
def test_revoked_sessions_are_replaced(user: MfaUser, kind: str) -> None:
    """The role and, if it was revoked too, the MFA session below it; one code is enough."""
    user.prompter.answer(user.device.next_code())
    before = parse_key_id(user.sandbox.run("env", "admin", *BASH))
    revoke_sessions(user.sandbox, kind)
    assert parse_key_id(user.sandbox.run("env", "admin", *BASH)) == before, "nothing tells that it was revoked"
    user.prompter.answer(user.device.next_code())
    assert parse_key_id(user.sandbox.run("env", "admin", *BASH, "--fresh")) != before
    assert user.prompter.prompt_count == 2


def test_a_role_below_a_role_is_renewed_too(user: MfaUser) -> None:
    """It may have been revoked by a policy, which looks like a role that may not be assumed."""
    user.sandbox.aws.world.role("top", trusts=["arn:aws:iam::111122223333:role/reader"])
    arn = "arn:aws:iam::111122223333:role/top"
    user.sandbox.configure(f"[profile top]\nrole_arn = {arn}\nsource_profile = reader\n")
    assert user.sandbox.run("env", "top", *BASH).returncode == 0
    assert user.sandbox.run("env", "top", *BASH, "--fresh").returncode == 0
    assert user.sandbox.aws.world.count("AssumeRole") == 4


def test_fresh_never_falls_back_to_the_cached_session(user: MfaUser) -> None:
    """The cached one may be the one that was revoked."""
    parse_key_id(user.sandbox.run("env", "reader", *BASH))
    user.sandbox.aws.faults.next("drop", None)
    done = user.sandbox.run("env", "reader", *BASH, "--fresh")
    assert (done.returncode, done.stdout) == (8, "false\n")


def test_shells_that_ask_at_once_share_a_fresh_session(user: MfaUser) -> None:
    """Shells that waited for the lock take the session that was obtained in the meantime."""
    before = parse_key_id(user.sandbox.run("env", "reader", *BASH))
    user.sandbox.aws.faults.latency = 2
    running = [BackgroundCommand(user.sandbox, "env", "reader", *BASH, "--fresh") for _ in range(6)]
    outcomes = [each.wait() for each in running]
    assert [outcome.status for outcome in outcomes] == [0] * 6
    assert before not in "".join(outcome.out for outcome in outcomes)
    assert count_distinct(outcome.out for outcome in outcomes) == 1
    assert user.sandbox.aws.world.count("AssumeRole") == 2


def test_doctor_reports_a_revoked_session(user: MfaUser) -> None:
    """It exits with status 7, and shows the `env --fresh` line that replaces the session."""
    script = 'eval "$(shellvault env reader --shell bash)"; shellvault doctor; echo "status $?"'
    healthy = user.sandbox.shell("bash", script)
    assert "ok    AWS accepts the credentials of 'reader' in this shell: arn:aws:sts::" in healthy.stdout
    revoke_sessions(user.sandbox)
    done = user.sandbox.shell("bash", script)
    assert "fail  AWS no longer accepts the credentials of 'reader' in this shell" in done.stdout
    line = 'eval "$(shellvault env reader --fresh)"'
    assert f"      -> {line}\n" in done.stdout
    assert done.stdout.endswith("status 7\n")
    mended = user.sandbox.shell("bash", line.replace("reader", "reader --shell bash") + "; shellvault doctor")
    assert "AWS accepts the credentials of 'reader'" in mended.stdout


def test_doctor_does_not_ask_aws_about_a_session_it_already_rejects(user: MfaUser) -> None:
    """The credentials may belong to another endpoint."""
    script = 'eval "$(shellvault env reader --shell bash)"; shellvault clear >/dev/null; shellvault doctor'
    done = user.sandbox.shell("bash", script)
    assert "have changed since" in done.stdout
    assert _count_callers(user.sandbox) == 0


def test_doctor_notes_that_aws_cannot_be_reached(user: MfaUser) -> None:
    """This is a note, not a problem with the session."""
    user.sandbox.run("env", "reader", *BASH)
    user.sandbox.aws.faults.next("drop", None, "GetCallerIdentity")
    done = user.sandbox.shell("bash", 'eval "$(shellvault env reader --shell bash)"; shellvault doctor')
    (line,) = (each for each in done.stdout.splitlines() if "AWS could not be asked about the session" in each)
    assert line.startswith("warn  ")


def _count_callers(sandbox: Sandbox) -> int:
    calls = sandbox.aws.world.calls
    return len([call for call in calls if call.action == "GetCallerIdentity" and call.access_key_id])
