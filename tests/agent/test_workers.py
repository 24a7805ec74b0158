"""Commands take turns in the agent, and none has to wait for one that waits for something else."""

from __future__ import annotations

import _thread
import socket
import subprocess
import threading
from typing import TYPE_CHECKING

import pytest

from shellvault.agent.channel import Channel
from shellvault.agent.workers import Workers
from shellvault.agent_client import DECLINED, DONE
from shellvault.core.errors import VaultUnavailableError
from shellvault.system import waiting
from shellvault.system.file_lock import FileLock
from tests.agent.agent_sandbox import wait_until
from tests.commands.role_profiles import add_role
from tests.sandbox import SHELLVAULT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.agent.agent_sandbox import AgentSandbox
    from tests.sandbox import Sandbox

CROWD = 200


class Jobs:
    """Jobs that note when they begin and end, and end when they are told to."""

    def __init__(self, workers: Workers) -> None:
        self.workers = workers
        self.begun: list[str] = []
        self.ended: list[str] = []
        self.refused: list[str] = []
        self._may_end: dict[str, threading.Event] = {}

    def start(self, name: str, first: Callable[[], None] = lambda: None) -> None:
        """Start a job in turn that calls `first` and goes on until `end`."""
        self._may_end[name] = threading.Event()

        def job() -> None:
            self.begun.append(name)
            first()
            self._may_end[name].wait()
            self.ended.append(name)

        self.workers.start_in_turn(job, lambda: self.refused.append(name))

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
    wait_until(lambda: jobs.begun == ["waits"])
    jobs.workers.beat()
    assert jobs.begun == ["waits"]
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


def test_without_a_thread_they_are_refused(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    """At once, and so are those whose turn comes later; the clients do the work themselves."""

    def refuse(*_arguments: object) -> None:
        raise RuntimeError

    def wait() -> None:
        monkeypatch.setattr(_thread, "start_new_thread", refuse)
        jobs.workers.give_way()

    jobs.start("waits", wait)
    jobs.start("a")
    wait_until(lambda: jobs.refused == ["a"])
    jobs.start("b")
    assert (jobs.begun, jobs.refused) == (["waits"], ["a", "b"])
    with pytest.raises(RuntimeError):
        jobs.workers.start(lambda: None)
    jobs.end("waits")
    wait_until(lambda: not jobs.workers.are_busy)
    jobs.start("c")
    jobs.end("c")
    wait_until(lambda: jobs.ended == ["waits", "c"])


def lock_twice(path: str) -> None:
    """Wait for a lock that this process holds already, but not for long."""
    with FileLock(path), FileLock(path, limit=0):
        pass


def test_whoever_waits_for_aws_or_a_lock_says_so(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command does before it asks AWS, and not with a session in the cache; a lock is waited for with others."""
    add_role(sandbox)
    said: list[int] = []
    world = sandbox.aws.world
    monkeypatch.setattr(waiting, "_listeners", [lambda: said.append(world.count("AssumeRole"))])
    sandbox.load_session("reader")
    assert (said, world.count("AssumeRole")) == ([0], 1)
    sandbox.load_session("reader")
    assert said == [0]
    with pytest.raises(VaultUnavailableError):
        lock_twice(str(tmp_path / "lock"))
    assert set(said[1:]) == {1}


def test_a_client_that_has_gone_is_noticed() -> None:
    """Its command is not begun: others would wait for what nobody needs. One that only waits is not gone."""
    ours, theirs = socket.socketpair()
    channel = Channel(ours)
    found = [channel.is_abandoned]
    theirs.send(b"more than was asked for")
    found.append(channel.is_abandoned)
    assert ours.recv(100)
    theirs.close()
    assert [*found, channel.is_abandoned] == [False, False, True]
    channel.close()


def test_a_refused_client_is_not_waited_for() -> None:
    """One that has stopped reads nothing, and whoever refuses it keeps others waiting."""
    for is_full in (False, True):
        ours, theirs = socket.socketpair()
        channel = Channel(ours)
        while is_full:
            try:
                ours.send(bytes(1000))
            except BlockingIOError:
                break
        channel.is_running = True
        assert not channel.is_to_close
        channel.refuse()
        assert (channel.is_to_close, channel.is_open) == (True, not is_full)
        if not is_full:
            assert theirs.recv(100) == DECLINED + bytes(4)
        channel.close()
        theirs.close()


def test_a_client_that_does_not_read_lets_the_next_command_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sending it a large answer may take seconds."""
    said: list[str] = []
    monkeypatch.setattr(waiting, "_listeners", [lambda: said.append("waits")])
    monkeypatch.setattr("shellvault.agent.channel._SENDING", 0)
    ours, theirs = socket.socketpair()
    channel = Channel(ours)
    channel.send(DONE, b"little")
    assert said == []
    channel.send(DONE, bytes(10_000_000))
    assert (said, channel.is_open) == (["waits"], False)
    theirs.close()


def test_a_cached_session_is_handed_out_while_others_wait_for_aws(reader: AgentSandbox) -> None:
    """By the same agent, although AWS does not answer it."""
    reader.sandbox.add("other", reader.sandbox.aws.world.user().access_key())
    assert reader.run("exec", "other", "--json").returncode == 0
    pid, faults = reader.start(), reader.sandbox.aws.faults
    with faults.hold():
        others = [
            subprocess.Popen(
                [SHELLVAULT, "exec", "reader", "--json"], env=reader.sandbox.env, stdout=subprocess.DEVNULL
            )
            for _ in range(5)
        ]
        wait_until(lambda: faults.waiting)
        done = reader.run("env", "other", "--shell", "bash")
        assert ("ASIA" in done.stdout, [each.poll() for each in others]) == (True, [None] * 5)
    assert [each.wait() for each in others] == [0] * 5
    assert (reader.pid(), reader.sandbox.aws.world.count("AssumeRole")) == (pid, 1)
