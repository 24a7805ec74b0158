"""Commands take turns in the agent, and none has to wait for one that waits for something else."""

from __future__ import annotations

import _thread
import subprocess
import threading
from typing import TYPE_CHECKING

import pytest

from shellvault.agent.workers import Workers
from shellvault.own_process import OwnProcess
from tests.agent.agent_sandbox import wait_until
from tests.commands.role_profiles import add_role
from tests.sandbox import SHELLVAULT

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.agent.agent_sandbox import AgentSandbox
    from tests.sandbox import Sandbox

CROWD = 200


class Jobs:
    """Jobs that note when they begin and end, and end when they are told to."""

    def __init__(self, workers: Workers) -> None:
        self.workers = workers
        self.begun: list[str] = []
        self.ended: list[str] = []
        self._may_end: dict[str, threading.Event] = {}

    def start(self, name: str, first: Callable[[], None] = lambda: None) -> None:
        """Start a job in turn that calls `first` and goes on until `end`."""
        self._may_end[name] = threading.Event()

        def job() -> None:
            self.begun.append(name)
            first()
            self._may_end[name].wait()
            self.ended.append(name)

        self.workers.start_in_turn(job)

    def end(self, *names: str) -> None:
        """Let jobs end."""
        for name in names:
            self._may_end[name].set()


@pytest.fixture
def jobs() -> Jobs:
    """Return jobs for new workers."""
    return Jobs(Workers())


def test_one_begins_when_the_one_before_it_ends(jobs: Jobs) -> None:
    """In the order in which they came."""
    for name in "abc":
        jobs.start(name)
    wait_until(lambda: jobs.begun == ["a"])
    jobs.end("b", "c")
    assert jobs.ended == []
    jobs.end("a")
    wait_until(lambda: not jobs.workers.are_busy)
    assert (jobs.begun, jobs.ended) == (list("abc"), list("abc"))


def test_hundreds_need_one_thread(jobs: Jobs) -> None:
    """None is started only to wait."""
    threads = set()
    for number in range(CROWD):
        jobs.start(str(number), lambda: threads.add(_thread.get_ident()))
    jobs.end(*map(str, range(CROWD)))
    wait_until(lambda: not jobs.workers.are_busy)
    assert (len(jobs.ended), len(threads)) == (CROWD, 1)


def test_one_that_is_about_to_wait_lets_the_next_begin(jobs: Jobs) -> None:
    """When it goes on, it does not take another turn: two may run for a moment."""
    jobs.start("waits", jobs.workers.give_way)
    jobs.start("next")
    jobs.start("last")
    wait_until(lambda: jobs.begun == ["waits", "next"])
    jobs.end("waits")
    wait_until(lambda: jobs.ended == ["waits"])
    assert jobs.begun == ["waits", "next"]
    jobs.end("next", "last")
    wait_until(lambda: not jobs.workers.are_busy)


def test_one_that_waits_without_a_word_lets_the_next_begin_at_the_second_beat(jobs: Jobs) -> None:
    """It may have begun just before the first."""
    jobs.start("waits")
    jobs.start("next")
    jobs.workers.beat()
    assert jobs.begun in ([], ["waits"])
    jobs.workers.beat()
    wait_until(lambda: jobs.begun == ["waits", "next"])
    jobs.end("waits", "next")
    wait_until(lambda: not jobs.workers.are_busy)


def test_what_needs_no_turn_begins_at_once_and_gives_nobody_elses_away(jobs: Jobs) -> None:
    """Such as a renewal, which waits for AWS."""
    jobs.start("has the turn")
    jobs.start("next")
    done = threading.Event()

    def renew() -> None:
        jobs.workers.give_way()
        done.set()

    jobs.workers.start(renew)
    assert done.wait(60)
    assert "next" not in jobs.begun
    jobs.end("has the turn", "next")
    wait_until(lambda: not jobs.workers.are_busy)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_one_that_fails_does_not_keep_its_turn(jobs: Jobs) -> None:
    """Jobs do not raise; if one does all the same, the others run."""

    def fail() -> None:
        raise SystemExit

    jobs.start("fails", fail)
    jobs.start("next")
    wait_until(lambda: jobs.begun == ["fails", "next"])
    jobs.end("next")
    wait_until(lambda: not jobs.workers.are_busy)


def test_without_a_thread_they_wait(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next beat tries again to start one."""

    def refuse(*_arguments: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as limited:
        limited.setattr(_thread, "start_new_thread", refuse)
        jobs.start("a")
        jobs.start("b")
        with pytest.raises(RuntimeError):
            jobs.workers.start(lambda: None)
        assert jobs.begun == []
    jobs.workers.beat()
    jobs.end("a", "b")
    wait_until(lambda: not jobs.workers.are_busy)
    assert jobs.ended == ["a", "b"]


def test_a_command_says_that_it_is_about_to_wait(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says so before it asks AWS; with a session in the cache it never waits."""
    add_role(sandbox)
    calls_before: list[int] = []
    world = sandbox.aws.world
    monkeypatch.setattr(OwnProcess, "expect_wait", lambda _self: calls_before.append(world.count("AssumeRole")))
    sandbox.load_session("reader")
    assert (calls_before, world.count("AssumeRole")) == ([0], 1)
    sandbox.load_session("reader")
    assert calls_before == [0]


def test_a_cached_session_is_handed_out_while_others_wait_for_aws(reader: AgentSandbox) -> None:
    """By the same agent, although AWS does not answer it."""
    reader.sandbox.add("other", reader.sandbox.aws.world.user().access_key())
    assert reader.run("exec", "other", "--json").returncode == 0
    pid, faults = reader.start(), reader.sandbox.aws.faults
    with faults.hold():
        waiting = [
            subprocess.Popen(
                [SHELLVAULT, "exec", "reader", "--json"], env=reader.sandbox.env, stdout=subprocess.DEVNULL
            )
            for _ in range(5)
        ]
        wait_until(lambda: faults.waiting)
        done = reader.run("env", "other", "--shell", "bash")
        assert ("ASIA" in done.stdout, [each.poll() for each in waiting]) == (True, [None] * 5)
    assert [each.wait() for each in waiting] == [0] * 5
    assert (reader.pid(), reader.sandbox.aws.world.count("AssumeRole")) == (pid, 1)
