"""A failing `env`: the shell stays as it was, `eval` says so, and status and message say why."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from tests.aws.server import wait_for
from tests.commands.people import with_role
from tests.commands.speech import LOOK, SHELLS, into, looks, only_then, with_looks
from tests.sandbox import SHELLVAULT, TIME_LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.sandbox import Sandbox

FAILURE = "false\n"


def failed(sandbox: Sandbox, *words: str, **extra: str) -> tuple[int, str]:
    """Run an `env` that must fail; return its status and what it said, once stdout is what it has to be."""
    done = sandbox.run("env", "--shell", "bash", *words, **extra)
    assert done.stdout == FAILURE, "stdout holds something else"
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr


@pytest.mark.parametrize("inside", ["", "alpha"])
@pytest.mark.parametrize("shell", SHELLS)
def test_eval_of_a_failure_changes_nothing_and_stops_what_follows(settled: Sandbox, shell: str, inside: str) -> None:
    """`eval "$(shellvault env typo)" && terraform apply` must not run on the account before."""
    enter = [into(shell, inside)] if inside else []
    script = with_looks(*enter, LOOK, only_then(shell, into(shell, "alhpa"), "echo REACHED"))
    done = settled.shell(shell, script, AWS_PROFILE="mine", AWS_REGION="")
    *_, before, after = looks(done.stdout)
    assert after == before
    assert "REACHED" not in done.stdout


@pytest.mark.parametrize("shell", SHELLS)
def test_eval_of_a_failure_is_not_zero(settled: Sandbox, shell: str) -> None:
    """`$?` says it, too, to those who look."""
    assert settled.shell(shell, into(shell, "alhpa")).returncode == 1


def test_an_unknown_profile_is_answered_with_the_nearest_names(settled: Sandbox) -> None:
    """Never with the credentials of `[default]`."""
    settled.configure("[default]\nregion = eu-west-2\n")
    status, said = failed(settled, "alhpa")
    assert (status, said) == (
        3,
        "error: there is no profile 'alhpa', and no key pair stored under that name\nhint: did you mean alpha?\n",
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("alpha", "--duratoin", "1h"), "hint: did you mean --duration?"),
        (("alpha", "--duration", "soon"), "error: --duration"),
        (("alpha", "--shell", "fsh"), "error: no dialect for the shell 'fsh'"),
        (("alpha", "beta"), "error: env: 'beta' is one word too many"),
        ((), "error: which profile?"),
        (("-",), "error: there was no other profile in this shell before"),
        (("--unset", "alpha"), "'alpha' says nothing"),
    ],
)
def test_a_wrong_command_line_says_what_is_wrong_with_it(settled: Sandbox, words: tuple[str, ...], said: str) -> None:
    """Status 2, and the word that was meant where one is near."""
    status, stderr = failed(settled, *words)
    assert status == 2
    assert said in stderr


def test_a_role_that_no_key_pair_leads_to_says_what_to_add(settled: Sandbox) -> None:
    """Status 4."""
    settled.configure("[profile orphan]\nrole_arn = arn:aws:iam::111122223333:role/orphan\n")
    status, said = failed(settled, "orphan")
    assert status == 4
    assert "add source_profile = NAME to [profile orphan], or run: shellvault add orphan" in said


def test_a_locked_vault_that_may_not_ask_names_the_command_that_unlocks_it(sandbox: Sandbox) -> None:
    """Status 5, with --no-input and without a terminal alike."""
    with_role(sandbox)
    sandbox.run("lock")
    for words in (("reader", "--no-input"), ("reader",)):
        status, said = failed(sandbox, *words, SHELLVAULT_PASSPHRASE_FILE="")
        assert status == 5
        assert "error: the sealed vault is locked" in said
        assert "hint: shellvault unlock\n" in said
    assert sandbox.aws.world.calls == []


def test_a_role_that_may_not_be_assumed_is_aws_refusing(sandbox: Sandbox) -> None:
    """Status 7, with AWS's own words."""
    with_role(sandbox, "closed", trusts=())
    status, said = failed(sandbox, "closed")
    assert status == 7
    assert "error: AWS refused AssumeRole for 'closed': AccessDenied" in said


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("throttle", "AWS is throttling AssumeRole for 'reader'"),
        ("error500", "AWS failed at AssumeRole for 'reader' with HTTP 500"),
        ("drop", "could not be reached"),
        ("garbage", "could not be read"),
        ("truncate", "could not be read"),
    ],
)
def test_an_aws_that_does_not_answer_as_it_should_is_unreachable(sandbox: Sandbox, fault: str, said: str) -> None:
    """Status 8, whatever it is that goes wrong on the way."""
    with_role(sandbox)
    sandbox.aws.faults.next(fault, times=None)
    status, stderr = failed(sandbox, "reader")
    assert status == 8
    assert said in stderr


def test_an_aws_that_is_not_there_is_unreachable(sandbox: Sandbox) -> None:
    """Status 8, and the address that was tried."""
    with_role(sandbox)
    with socket.socket() as nobody:  # bound, and never listening
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        status, said = failed(sandbox, "reader", AWS_ENDPOINT_URL=url)
    assert status == 8
    assert f"error: {url} could not be reached" in said


def test_a_bug_is_a_failure_like_any_other(settled: Sandbox, tmp_path: Path) -> None:
    """Even with a broken standard library: `false`, status 1, and none of the exception's own words."""
    (tmp_path / "difflib.py").write_text("raise RuntimeError('terces a'[::-1])\n")
    done = settled.run("env", "alhpa", "--shell", "bash", PYTHONPATH=str(tmp_path))
    assert (done.returncode, done.stdout) == (1, FAILURE)
    assert "error: a bug in shellvault: RuntimeError" in done.stderr
    assert "a secret" not in done.stderr


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)])
def test_a_signal_while_aws_is_silent_is_a_failure_like_any_other(
    sandbox: Sandbox, number: signal.Signals, status: int
) -> None:
    """A closed window or a `timeout` around the shell must not leave `eval` with nothing, which would succeed."""
    with_role(sandbox)
    sandbox.aws.faults.next("hang")
    command = [SHELLVAULT, "env", "reader", "--shell", "bash"]
    with subprocess.Popen(command, env=sandbox.env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as env:
        assert wait_for(sandbox.aws.world, "AssumeRole", 1)
        env.send_signal(number)
        out, _ = env.communicate(timeout=TIME_LIMIT)
    assert (out.decode(), env.returncode) == (FAILURE, status)


def test_what_nohup_ignores_stays_ignored(sandbox: Sandbox) -> None:
    """A session on its way into a job that outlives the terminal must arrive."""
    with_role(sandbox)
    sandbox.aws.faults.latency = 1.0
    command = ["sh", "-c", 'trap "" HUP; exec "$0" env reader --shell bash', SHELLVAULT]
    with subprocess.Popen(command, env=sandbox.env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as env:
        wait_until(lambda: any((sandbox.vault / "locks").glob("*")))
        env.send_signal(signal.SIGHUP)
        out, _ = env.communicate(timeout=TIME_LIMIT)
    assert env.returncode == 0
    assert out.startswith(b"{\n"), "no statements"


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait for something that another process does."""
    end = time.monotonic() + TIME_LIMIT
    while not holds():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.01)
