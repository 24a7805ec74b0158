"""A driver's program ends when shellvault does, and nothing waits for it for ever."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from shellvault.core.errors import PersonNeededError
from shellvault.ui.mfa.driver_program import run_driver_program
from tests.commands.role_profiles import add_mfa_role
from tests.sandbox import SHELLVAULT
from tests.ui.fake_drivers import PROGRAMS, FakeDriver
from tests.ui.settings_factory import make_settings

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

STATUSES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}
WITHIN = 20  # seconds; only keeps a test that fails from hanging the run


def wait_until_gone(pid: int) -> bool:
    """Return whether a process ends within the time limit."""
    end = time.monotonic() + WITHIN
    while time.monotonic() < end:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True  # its parent is gone as well, and init takes a while to reap it
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.02)
    return False


def wait_for_content(path: Path) -> str:
    """Wait until a file has content, and return it."""
    end = time.monotonic() + WITHIN
    while not (path.exists() and path.read_text()):
        assert time.monotonic() < end, f"no {path.name}"
        time.sleep(0.02)
    return path.read_text()


@pytest.mark.parametrize(
    ("driver", "number"),
    [*((driver, signal.SIGINT) for driver in PROGRAMS), ("zenity", signal.SIGTERM), ("zenity", signal.SIGHUP)],
)
def test_a_signal_also_ends_the_program(sandbox: Sandbox, driver: str, number: signal.Signals) -> None:
    """No dialog stays behind; stdout is `false`, and the exit status is the signal's."""
    add_mfa_role(sandbox)
    fake = FakeDriver(sandbox, driver, "exec sleep 300")
    words = [SHELLVAULT, "env", "guarded", "--shell", "bash", "--prompt", driver]
    with subprocess.Popen(words, env=sandbox.env, stdout=-1, stderr=-1) as process:
        pid = int(wait_for_content(fake.pid))
        process.send_signal(number)
        out, _ = process.communicate(timeout=WITHIN)
    assert (process.returncode, out) == (STATUSES[number], b"false\n")
    assert wait_until_gone(pid)
    assert sandbox.aws.world.calls == []


def test_a_hanging_program_is_killed_after_its_time_limit(tmp_path: Path) -> None:
    """Even one that ignores SIGTERM; programs that it started are not waited for."""
    script = "trap '' TERM; sleep 300 & echo $$ >pid; while :; do sleep 0.1; done"
    began = time.monotonic()
    with pytest.raises(PersonNeededError, match=r"^a dialog gave no answer within 0\.5 s$"):
        run_driver_program("a dialog", ["sh", "-c", f"cd '{tmp_path}'; {script}"], make_settings(), 0.5)
    assert time.monotonic() - began < 10
    assert wait_until_gone(int((tmp_path / "pid").read_text()))


def test_programs_left_in_the_background_are_not_waited_for() -> None:
    """An agent that it started holds its stdout open."""
    began = time.monotonic()
    done = run_driver_program("agent", ["sh", "-c", "sleep 30 & echo 123456"], make_settings(), 20)
    assert (done.status, done.stdout) == (0, "123456")
    assert time.monotonic() - began < 10


def test_a_program_that_closes_its_output_and_stays_is_killed() -> None:
    """The time limit counts for the whole run."""
    with pytest.raises(PersonNeededError, match="gave no answer within"):
        run_driver_program("closed", ["sh", "-c", "exec >&- 2>&-; exec sleep 300"], make_settings(), 0.5, quiet=True)


def test_stderr_may_be_of_any_length() -> None:
    """Its end is kept, and the code is found."""
    script = "import sys; sys.stderr.write('x' * 10**6 + 'the end'); print(123456)"
    done = run_driver_program("chatty", [sys.executable, "-c", script], make_settings(), 20, quiet=True)
    assert (done.status, done.stdout) == (0, "123456")
    assert done.stderr.endswith("the end")


def test_a_program_need_not_read_its_stdin() -> None:
    """A pipe that is closed at once is not an error."""
    assert (
        run_driver_program(
            "deaf", ["sh", "-c", "exec <&-; sleep 0.2; echo 123456"], make_settings(), 20, stdin="x" * 300
        ).stdout
        == "123456"
    )
