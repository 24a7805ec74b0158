"""Failing `env`: the shell stays unchanged, `eval` fails, and status and message explain why."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from tests.aws.server import wait_for_calls
from tests.commands.role_profiles import add_role
from tests.commands.shell_syntax import SHELLS, SNAPSHOT, parse_snapshots, write_and, write_eval, write_snapshot_script
from tests.sandbox import SHELLVAULT, TIME_LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.sandbox import Sandbox

FAILURE = "false\n"


def fail(sandbox: Sandbox, *words: str, **extra: str) -> tuple[int, str]:
    """Run an `env` that must fail, check its stdout, and return its status and stderr."""
    done = sandbox.run("env", "--shell", "bash", *words, **extra)
    assert done.stdout == FAILURE, "unexpected stdout"
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr


@pytest.mark.parametrize("inside", ["", "alpha"])
@pytest.mark.parametrize("shell", SHELLS)
def test_failed_eval_changes_nothing_and_stops_the_command_list(warm_sandbox: Sandbox, shell: str, inside: str) -> None:
    """`eval "$(shellvault env typo)" && terraform apply` must not run with the previous account."""
    enter = [write_eval(shell, inside)] if inside else []
    script = write_snapshot_script(*enter, SNAPSHOT, write_and(shell, write_eval(shell, "alhpa"), "echo REACHED"))
    done = warm_sandbox.shell(shell, script, AWS_PROFILE="mine", AWS_REGION="")
    *_, before, after = parse_snapshots(done.stdout)
    assert after == before
    assert "REACHED" not in done.stdout


@pytest.mark.parametrize("shell", SHELLS)
def test_failed_eval_returns_nonzero(warm_sandbox: Sandbox, shell: str) -> None:
    """For scripts that check `$?`."""
    assert warm_sandbox.shell(shell, write_eval(shell, "alhpa")).returncode == 1


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("words", ["", "-", "--process -"])
def test_a_missing_profile_is_answered_with_a_line_for_this_shell(
    warm_sandbox: Sandbox, shell: str, words: str
) -> None:
    """A bare `shellvault env PROFILE` would only print, or be refused."""
    done = warm_sandbox.shell(shell, write_eval(shell, words))
    option = "--process " if "--process" in words else ""
    assert f"hint: {write_eval(shell, f'{option}PROFILE')}" in done.stderr


def test_unknown_profile_error_suggests_similar_names(warm_sandbox: Sandbox) -> None:
    """It never falls back to the credentials of `[default]`."""
    warm_sandbox.configure("[default]\nregion = eu-west-2\n")
    status, stderr = fail(warm_sandbox, "alhpa")
    assert (status, stderr) == (
        3,
        "error: no profile or key pair is named 'alhpa'\nhint: did you mean alpha?\n",
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("alpha", "--duratoin", "1h"), "hint: did you mean --duration?"),
        (("alpha", "--duration", "soon"), "error: --duration"),
        (("alpha", "--shell", "fsh"), "error: no dialect for the shell 'fsh'"),
        (("alpha", "beta"), "error: env: unexpected argument 'beta'"),
        ((), "error: no profile given"),
        (("-",), "error: no previous profile in this shell"),
        (("--unset", "alpha"), "--unset takes no profile"),
    ],
)
def test_invalid_command_line_is_explained(warm_sandbox: Sandbox, words: tuple[str, ...], message: str) -> None:
    """Status 2, with a suggestion if a similar word exists."""
    status, stderr = fail(warm_sandbox, *words)
    assert status == 2
    assert message in stderr


def test_role_without_root_credentials_says_what_to_add(warm_sandbox: Sandbox) -> None:
    """Status 4."""
    warm_sandbox.configure("[profile orphan]\nrole_arn = arn:aws:iam::111122223333:role/orphan\n")
    status, stderr = fail(warm_sandbox, "orphan")
    assert status == 4
    assert "add source_profile = NAME to [profile orphan], or run: shellvault add orphan" in stderr


def test_locked_vault_without_prompting_names_the_unlock_command(sandbox: Sandbox) -> None:
    """Status 5, with --no-input as well as without a terminal."""
    add_role(sandbox)
    sandbox.run("lock")
    for words in (("reader", "--no-input"), ("reader",)):
        status, stderr = fail(sandbox, *words, SHELLVAULT_PASSPHRASE_FILE="")
        assert status == 5
        assert "error: the sealed vault is locked" in stderr
        assert "hint: shellvault unlock, in a terminal; or set SHELLVAULT_PASSPHRASE_FILE\n" in stderr
    assert sandbox.aws.world.calls == []


def test_forbidden_role_reports_the_aws_error(sandbox: Sandbox) -> None:
    """Status 7, with AWS's own error code."""
    add_role(sandbox, "closed", trusts=())
    status, stderr = fail(sandbox, "closed")
    assert status == 7
    assert "error: AWS refused AssumeRole for 'closed': AccessDenied" in stderr


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("throttle", "AWS is throttling AssumeRole for 'reader'"),
        ("error500", "AWS returned HTTP 500 for AssumeRole for 'reader'"),
        ("drop", "could not be reached"),
        ("garbage", "could not be parsed"),
        ("truncate", "could not be parsed"),
    ],
)
def test_aws_failure_exits_with_status_8(sandbox: Sandbox, fault: str, message: str) -> None:
    """Whatever the fault in the response or the connection."""
    add_role(sandbox)
    sandbox.aws.faults.next(fault, times=None)
    status, stderr = fail(sandbox, "reader")
    assert status == 8
    assert message in stderr


def test_unreachable_aws_exits_with_status_8(sandbox: Sandbox) -> None:
    """The error names the address."""
    add_role(sandbox)
    with socket.socket() as unused:  # bound, but not listening
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        status, stderr = fail(sandbox, "reader", AWS_ENDPOINT_URL=url)
    assert status == 8
    assert f"error: {url} could not be reached" in stderr


def test_crash_fails_like_any_other_error(warm_sandbox: Sandbox, tmp_path: Path) -> None:
    """Even a broken standard library yields `false` and status 1, without the exception's message."""
    (tmp_path / "difflib.py").write_text("raise RuntimeError('terces a'[::-1])\n")
    done = warm_sandbox.run("env", "alhpa", "--shell", "bash", PYTHONPATH=str(tmp_path))
    assert (done.returncode, done.stdout) == (1, FAILURE)
    assert "error: a bug in shellvault: RuntimeError" in done.stderr
    assert "a secret" not in done.stderr


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)])
def test_signal_during_an_aws_call_fails_like_any_other_error(
    sandbox: Sandbox, number: signal.Signals, status: int
) -> None:
    """A closed window or a `timeout` must not leave `eval` with empty input, which would succeed."""
    add_role(sandbox)
    sandbox.aws.faults.next("hang")
    command = [SHELLVAULT, "env", "reader", "--shell", "bash"]
    with subprocess.Popen(command, env=sandbox.env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as env:
        assert wait_for_calls(sandbox.aws.world, "AssumeRole", 1)
        env.send_signal(number)
        out, _ = env.communicate(timeout=TIME_LIMIT)
    assert (out.decode(), env.returncode) == (FAILURE, status)


def test_signal_ignored_by_nohup_stays_ignored(sandbox: Sandbox) -> None:
    """A session fetched for a job that outlives the terminal must arrive."""
    add_role(sandbox)
    sandbox.aws.faults.latency = 1.0
    command = ["sh", "-c", 'trap "" HUP; exec "$0" env reader --shell bash', SHELLVAULT]
    with subprocess.Popen(command, env=sandbox.env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as env:
        wait_until(lambda: any((sandbox.vault / "locks").glob("*")))
        env.send_signal(signal.SIGHUP)
        out, _ = env.communicate(timeout=TIME_LIMIT)
    assert env.returncode == 0
    assert out.startswith(b"{\n"), "no shell statements on stdout"


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait for an effect of another process."""
    end = time.monotonic() + TIME_LIMIT
    while not holds():
        assert time.monotonic() < end, "condition was not met in time"
        time.sleep(0.01)
