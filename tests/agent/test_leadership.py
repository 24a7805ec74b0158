"""One of the agent's threads runs the commands, one after another; while a command waits, another thread goes on."""

from __future__ import annotations

import _thread
import os
import queue
import signal
import socket
import subprocess
import threading
import time
import weakref
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from shellvault import ALIVE, DONE
from shellvault.agent import leadership
from shellvault.agent.channel import Channel
from shellvault.agent.leadership import Leadership
from shellvault.agent.workers import Workers
from shellvault.core.errors import VaultUnavailableError
from shellvault.system import waiting
from shellvault.system.file_lock import FileLock
from tests.agent.agent_sandbox import wait_until
from tests.commands.role_profiles import add_role
from tests.sandbox import SHELLVAULT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.agent.agent_sandbox import AgentSandbox
    from tests.sandbox import Sandbox

    Job = Callable[[], None]

CROWD = 200


class Loop:
    """A loop that runs one command in each round; they note when they begin and end, and in which thread."""

    def __init__(self) -> None:
        self.workers = Workers()
        self.leadership = Leadership(self._start, self._go_on)
        self.begun: list[str] = []
        self.ended: list[str] = []
        self.threads: list[int] = []
        self.has_threads = True
        self._commands: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._may_end: dict[str, threading.Event] = {}

    def add(self, name: str, first: Job = lambda: None) -> None:
        """Add a command that calls `first`, and then lasts until `end`."""
        self._may_end[name] = threading.Event()

        def command() -> None:
            self.begun.append(name)
            self.threads.append(_thread.get_ident())
            first()
            self._may_end[name].wait()
            self.ended.append(name)

        self._commands.put(command)

    def end(self, *names: str) -> None:
        """Let commands end."""
        for name in names:
            self._may_end[name].set()

    def run(self, script: Job) -> None:
        """Run the loop while a script runs in another thread; raise what it raises."""
        raised: list[BaseException] = []

        def play() -> None:
            try:
                script()
            except BaseException as error:  # noqa: BLE001 - raised in the main thread
                raised.append(error)
            finally:
                self.end(*self._may_end)
                self._commands.put(None)

        thread = threading.Thread(target=play)
        thread.start()
        self.leadership.keep()
        thread.join()
        wait_until(lambda: not self.workers.unfinished)
        assert raised == []

    def _start(self, job: Job) -> None:
        if not self.has_threads:
            raise RuntimeError
        self.workers.start(job)

    def _go_on(self) -> bool:
        command = self._commands.get()
        if command:
            self.leadership.run(command)
        return command is not None


@pytest.fixture
def loop() -> Iterator[Loop]:
    """Return a loop whose timer does not outlive the test."""
    before = signal.getsignal(signal.SIGALRM)
    yield Loop()
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def test_one_command_begins_when_the_one_before_it_ends(loop: Loop) -> None:
    """In the order in which they came."""
    for name in "abc":
        loop.add(name)

    def script() -> None:
        wait_until(lambda: loop.begun == ["a"])
        loop.end("b", "c")
        assert loop.ended == []
        loop.end("a")
        wait_until(lambda: loop.ended == ["a", "b", "c"])

    loop.run(script)
    assert loop.begun == ["a", "b", "c"]


def test_hundreds_need_one_thread(loop: Loop) -> None:
    """None is started only to wait."""
    names = list(map(str, range(CROWD)))
    for name in names:
        loop.add(name)
    loop.end(*names)
    loop.run(lambda: wait_until(lambda: loop.ended == names))
    assert len(set(loop.threads)) == 1


def test_one_that_is_about_to_wait_lets_the_next_begin(loop: Loop) -> None:
    """It does not get the lead back when it goes on, so two commands may run at once for a moment."""
    loop.add("waits", loop.leadership.give_way)
    loop.add("next")
    loop.add("last")

    def script() -> None:
        wait_until(lambda: loop.begun == ["waits", "next"])
        loop.end("waits")
        wait_until(lambda: loop.ended == ["waits"])
        assert loop.begun == ["waits", "next"]
        loop.end("next")
        wait_until(lambda: loop.begun == ["waits", "next", "last"])

    loop.run(script)
    assert loop.threads[0] != loop.threads[1]


def test_the_lead_is_taken_from_one_that_waits_without_a_word(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not from each in turn that is running when somebody looks: those that end in time keep it."""
    monkeypatch.setattr(leadership, "_PATIENCE", 0.2)
    quick = list(map(str, range(8)))
    for name in quick:
        loop.add(name, lambda: time.sleep(0.1))
    loop.end(*quick)
    loop.add("waits")
    loop.add("next")
    loop.run(lambda: wait_until(lambda: loop.begun == [*quick, "waits", "next"]))
    assert [len(set(loop.threads[:9])), len(set(loop.threads))] == [1, 2]


def test_no_signal_of_the_timer_is_missed(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A signal may arrive at any moment, even just before the main thread waits for the next one."""
    monkeypatch.setattr(leadership, "_PATIENCE", 0.00001)
    names = list(map(str, range(100)))
    for name in names:
        loop.add(name)
    loop.run(lambda: wait_until(lambda: loop.begun == names))
    assert len(set(loop.threads)) == len(names)


def test_the_lead_is_taken_even_if_the_timers_signal_was_blocked(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever starts an agent may have blocked it, and programs inherit that."""
    monkeypatch.setattr(leadership, "_PATIENCE", 0.05)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
    loop.add("waits")
    loop.add("next")
    try:
        loop.run(lambda: wait_until(lambda: loop.begun == ["waits", "next"]))
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    assert loop.ended


def test_only_the_leading_thread_gives_it_away(loop: Loop) -> None:
    """A renewal waits for AWS, too, but it has a thread of its own."""
    loop.add("leads")
    loop.add("next")

    def script() -> None:
        wait_until(lambda: loop.begun == ["leads"])
        done = threading.Event()

        def renew() -> None:
            loop.leadership.give_way()
            done.set()

        loop.workers.start(renew)
        assert done.wait(60)
        assert loop.begun == ["leads"]

    loop.run(script)
    assert loop.ended == ["leads", "next"]


def test_without_another_thread_the_next_one_begins_later(loop: Loop) -> None:
    """The system allows no more of them; the one that waits goes on to lead when it has ended."""

    def wait() -> None:
        loop.has_threads = False
        loop.leadership.give_way()

    loop.add("waits", wait)
    loop.add("next")

    def script() -> None:
        wait_until(lambda: not loop.has_threads)
        assert loop.begun == ["waits"]
        loop.end("waits")
        wait_until(lambda: loop.begun == ["waits", "next"])

    loop.run(script)
    assert len(set(loop.threads)) == 1


def test_a_loop_that_fails_ends(loop: Loop) -> None:
    """What it raises is raised in the main thread."""
    failing = Leadership(loop.workers.start, lambda: bool(1 // 0))
    with pytest.raises(ZeroDivisionError):
        failing.keep()


def test_no_timer_goes_off_after_it_was_stopped(loop: Loop) -> None:
    """It would end the program that replaces this one."""

    def script() -> None:
        wait_until(lambda: loop.begun == ["a"])
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 0
        assert loop.leadership.stop_watching()
        assert signal.getitimer(signal.ITIMER_REAL)[0] == 0

    loop.add("a")
    loop.run(script)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_worker_that_fails_is_counted_as_finished() -> None:
    """Jobs do not raise; if one does all the same, the others run."""
    workers, done = Workers(), threading.Event()

    def fail() -> None:
        raise SystemExit

    workers.start(fail)
    workers.start(done.set)
    assert done.wait(60)
    wait_until(lambda: not workers.unfinished)


def test_a_worker_forgets_what_it_has_done() -> None:
    """A job may hold a session; its thread waits for the next one without it."""

    class Session:
        pass

    workers, ended = Workers(), threading.Event()
    gone = threading.Event()
    session = Session()
    weakref.finalize(session, gone.set)

    def job(_session: Session = session) -> None:
        ended.set()

    workers.start(job)
    del job, session
    assert ended.wait(60)
    assert gone.wait(60)


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


def ask_for_session(agents: AgentSandbox) -> socket.socket:
    """Ask the agent for a session of `reader`, and return the connection."""
    variables = (os.fsencode(f"{name}={value}") for name, value in agents.sandbox.env.items())
    about = os.fsencode(agents.sandbox.home), b"%d" % os.getpid(), b"00", b"0"
    return agents.send(b"run", *about, b"3", b"exec", b"reader", b"--json", *variables)


def count_signs_of_life(connection: socket.socket) -> int:
    """Return how many signs of life have arrived that were not counted before."""
    connection.settimeout(0)
    data, count = b"", 0
    with suppress(BlockingIOError):
        while chunk := connection.recv(1 << 16):
            data += chunk
    while data:
        count += data[:1] == ALIVE
        data = data[5 + int.from_bytes(data[1:5]) :]
    return count


def test_waiting_clients_get_signs_of_life_while_others_arrive(reader: AgentSandbox) -> None:
    """Otherwise they would think that the agent hangs. Here each round of its loop brings another client."""
    pid, faults = reader.start(), reader.sandbox.aws.faults
    with faults.hold():
        first = ask_for_session(reader)
        wait_until(lambda: faults.waiting)
        os.kill(pid, signal.SIGSTOP)
        others = [ask_for_session(reader) for _ in range(CROWD)]
        time.sleep(1)  # a sign of life is overdue
        count_signs_of_life(first)
        os.kill(pid, signal.SIGCONT)
        wait_until(lambda: others[-1].recv(1, socket.MSG_PEEK))
        time.sleep(0.1)  # all get one in the same round
        assert count_signs_of_life(first) > count_signs_of_life(others[-1]) > 0
    for connection in (first, *others):
        connection.close()
