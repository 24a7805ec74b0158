"""A driver's program is gone when we are, and we do not wait for ever."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from shellvault.core.errors import PersonNeededError
from shellvault.ui.mfa.driver_program import run
from tests.commands.role_profiles import add_mfa_role
from tests.sandbox import SHELLVAULT
from tests.ui.fakes import PROGRAMS, Fake

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sandbox import Sandbox

ENDINGS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}
WITHIN = 20  # seconds; only keeps a test that fails from hanging the run


def gone(pid: int) -> bool:
    """Say whether a process has ended, within a while."""
    end = time.monotonic() + WITHIN
    while time.monotonic() < end:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False


def appears(path: Path) -> str:
    """Wait until a file holds something, and return it."""
    end = time.monotonic() + WITHIN
    while not (path.exists() and path.read_text()):
        assert time.monotonic() < end, f"no {path.name}"
        time.sleep(0.02)
    return path.read_text()


@pytest.mark.parametrize(
    ("driver", "number"),
    [*((driver, signal.SIGINT) for driver in PROGRAMS), ("zenity", signal.SIGTERM), ("zenity", signal.SIGHUP)],
)
def test_a_signal_ends_the_program_too(sandbox: Sandbox, driver: str, number: signal.Signals) -> None:
    """No dialog stays behind; stdout is `false`, and the status is the signal's."""
    add_mfa_role(sandbox)
    fake = Fake(sandbox, driver, "exec sleep 300")
    words = [SHELLVAULT, "env", "guarded", "--shell", "bash", "--prompt", driver]
    with subprocess.Popen(words, env=sandbox.env, stdout=-1, stderr=-1) as process:
        pid = int(appears(fake.pid))
        process.send_signal(number)
        out, _ = process.communicate(timeout=WITHIN)
    assert (process.returncode, out) == (ENDINGS[number], b"false\n")
    assert gone(pid)
    assert sandbox.aws.world.calls == []


def test_a_program_that_hangs_is_ended_after_its_time(tmp_path: Path) -> None:
    """Also one that does not listen, and with it the wait for what it started."""
    body = "trap '' TERM; sleep 300 & echo $$ >pid; while :; do sleep 0.1; done"
    began = time.monotonic()
    with pytest.raises(PersonNeededError, match=r"^a dialog gave no code within 0\.5 s$"):
        run("a dialog", ["sh", "-c", f"cd '{tmp_path}'; {body}"], 0.5)
    assert time.monotonic() - began < 10
    assert gone(int((tmp_path / "pid").read_text()))


def test_what_a_program_leaves_running_is_not_waited_for() -> None:
    """An agent that it started holds its stdout open."""
    began = time.monotonic()
    answer = run("agent", ["sh", "-c", "sleep 30 & echo 123456"], 20)
    assert (answer.status, answer.output) == (0, "123456")
    assert time.monotonic() - began < 10


def test_a_program_that_closes_its_output_and_stays_is_ended_too() -> None:
    """The time counts for the whole."""
    with pytest.raises(PersonNeededError, match="gave no code within"):
        run("closed", ["sh", "-c", "exec >&- 2>&-; exec sleep 300"], 0.5, quiet=True)


def test_a_complaint_of_any_length_is_no_trouble() -> None:
    """Its end is kept, and the code is found."""
    script = "import sys; sys.stderr.write('x' * 10**6 + 'the end'); print(123456)"
    answer = run("chatty", [sys.executable, "-c", script], 20, quiet=True)
    assert (answer.status, answer.output) == (0, "123456")
    assert answer.complaint.endswith("the end")


def test_a_program_that_reads_nothing_gets_nothing() -> None:
    """A pipe that is closed at once is no failure of ours."""
    assert run("deaf", ["sh", "-c", "exec <&-; sleep 0.2; echo 123456"], 20, stdin="x" * 300).output == "123456"
