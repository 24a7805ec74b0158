"""The agent's loop: takes requests in, lets workers run them, and does what is due."""

from __future__ import annotations

import json
import os
import selectors
import socket
import time
from contextlib import suppress
from functools import partial

from shellvault import __version__
from shellvault.agent.agent_client import ALIVE, DECLINED, DONE, pack
from shellvault.agent.channel import Channel, MalformedRequestError, is_namesake
from shellvault.agent.host import AgentHost
from shellvault.agent.renewals import Renewals
from shellvault.agent.runner import NoTerminal, answer, read_request
from shellvault.agent.serving import answer_claim, answer_question
from shellvault.agent.workers import Workers
from shellvault.core.environment import UTC
from shellvault.system.signals import CallOnTermination

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from shellvault.request import Request

MOST = 256  # clients at a time
IDLE = 15 * 60  # seconds without a request after which an agent that holds nothing leaves
_BEAT = 1.0  # seconds between signs of life to clients that wait
_LONGEST_SLEEP = 60.0  # seconds; the clock may be set, and the machine may sleep
_FAREWELL = 30.0  # seconds that running commands get when the agent is told to end


class Server:
    """Serves one socket.

    Args:
        listener: the socket.
        path: where it is.
        environ: the environment of this process.
        stays: whether to stay although there is nothing to do.
        leaves: whether to leave with the last claim.
    """

    def __init__(
        self, listener: socket.socket, path: str, environ: Mapping[str, str], *, stays: bool, leaves: bool
    ) -> None:
        self._listener = listener
        self._path = path
        self._stays = stays
        self._leaves = leaves
        self._started_at = time.time()
        self._asked_at = time.monotonic()
        self._channels: set[Channel] = set()
        self._workers = Workers()
        self._renewals = Renewals(NoTerminal())
        self._waker, self._wakened = socket.socketpair()
        self._host = AgentHost(environ, self._renewals, path, self._wake)
        self._selector = selectors.DefaultSelector()
        self._inode = os.lstat(path).st_ino
        self._stops_at = 0.0  # in monotonic time; 0: not at all
        self._ends_claims = False

    def serve(self, beside: Callable[[], None] | None = None) -> None:
        """Serve until there is no reason to stay; `beside` runs in a worker."""
        if beside:
            self._workers.start(beside)
        self._listener.setblocking(False)  # noqa: FBT003 - its only argument
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._selector.register(self._wakened, selectors.EVENT_READ)
        self._workers.start(self._host.serving.take_over)
        with CallOnTermination(self._terminate):
            while not self._is_done():
                for key, _ in self._selector.select(self._find_pause()):
                    self._attend(key)
                self._tend_channels()
                self._renew_due()
        self._host.serving.close(keeps=not self._ends_claims)
        self._host.wipe()

    def _terminate(self) -> None:
        """Leave the loop when what is running has ended."""
        self._stops_at = self._stops_at or time.monotonic() + _FAREWELL
        self._wake()

    def _wake(self) -> None:
        """Look at once whether there is still something to do."""
        self._waker.send(b".")

    def _attend(self, key: selectors.SelectorKey) -> None:
        if key.fileobj is self._listener:
            self._accept()
        elif isinstance(key.data, Channel):
            self._receive(key.data)
        else:
            os.read(key.fd, 1)

    def _accept(self) -> None:
        with suppress(BlockingIOError):
            while True:
                connection, _ = self._listener.accept()
                channel = Channel(connection)
                if channel.uid != os.getuid() or len(self._channels) >= MOST or self._stops_at:
                    channel.close()
                    continue
                self._channels.add(channel)
                self._selector.register(connection, selectors.EVENT_READ, channel)
                self._receive(channel)

    def _receive(self, channel: Channel) -> None:
        try:
            if fields := channel.receive():
                self._selector.unregister(channel.connection)
                channel.is_running = True
                self._answer(channel, fields)
        except MalformedRequestError:
            self._end(channel)

    def _answer(self, channel: Channel, fields: Sequence[bytes]) -> None:
        """Answer a request, or let a worker do it.

        Raises:
            MalformedRequestError: it is none.
        """
        version, kind, *rest = (*fields, b"", b"")[: max(2, len(fields))]
        if version != __version__.encode() or not is_namesake(channel.pid):
            self._reply(channel, DECLINED)
        elif kind == b"run":
            self._asked_at = time.monotonic()
            request = read_request(rest, channel, self._host)
            self._begin(channel, lambda: self._run(request, channel))
        elif kind == b"memory":
            self._asked_at = time.monotonic()
            self._reply(channel, DONE, self._host.answer_memory(os.fsdecode(b"".join(rest[:1])), rest[1:]))
        elif kind == b"forget":
            self._host.stop_renewals(os.fsdecode(b"".join(rest[:1])), {*map(os.fsdecode, rest[1:])})
            self._reply(channel, DONE)
        elif kind == b"pid":
            self._reply(channel, DONE, [b"%d" % os.getpid()])
        elif kind == b"status":
            self._reply(channel, DONE, [json.dumps(self._describe()).encode()])
        elif kind == b"claim":
            self._asked_at = time.monotonic()
            self._begin(channel, lambda: self._claim(rest, channel))
        elif kind == b"claimed":
            self._reply(channel, DONE, answer_question(self._host.serving, rest[:1]))
        elif kind == b"stop":
            self._stop(channel, is_forced=rest[:1] == [b"force"])
        else:
            raise MalformedRequestError

    def _begin(self, channel: Channel, job: Callable[[], None]) -> None:
        channel.send(ALIVE)
        self._workers.start(job)

    def _stop(self, channel: Channel, *, is_forced: bool) -> None:
        """Stop, unless that would take the credentials from programs."""
        claims = [] if is_forced else self._describe_claims()
        if not claims:
            self._ends_claims = is_forced
            self._stops_at = time.monotonic() + _FAREWELL
        self._reply(channel, DONE, [claim.encode() for claim in claims])

    def _claim(self, fields: Sequence[bytes], channel: Channel) -> None:
        """Open a claim, and send what its programs need, or what is in the way."""
        try:
            self._reply(channel, DONE, answer_claim(self._host.serving, fields))
        finally:
            self._end(channel)

    def _run(self, request: Request, channel: Channel) -> None:
        try:
            answer(request, channel)
        finally:
            self._end(channel)

    def _reply(self, channel: Channel, kind: bytes, fields: Sequence[bytes] = ()) -> None:
        channel.send(kind, pack(fields))
        self._end(channel)

    def _end(self, channel: Channel) -> None:
        with suppress(KeyError, ValueError):
            self._selector.unregister(channel.connection)
        channel.close()
        self._channels.discard(channel)

    def _tend_channels(self) -> None:
        """Show clients that wait that we are alive, and drop those whose request does not arrive."""
        for channel in list(self._channels):
            if channel.is_late:
                self._end(channel)
            elif channel.is_running:
                channel.show_life()

    def _renew_due(self) -> None:
        for renewal in self._renewals.take_due():
            self._workers.start(partial(self._renewals.renew, renewal))

    def _find_pause(self) -> float:
        """Return the seconds until something may be due."""
        if self._channels or self._stops_at:
            return _BEAT
        times = (self._host.drop_expired(), self._renewals.seconds_left(), _LONGEST_SLEEP)
        return min(seconds for seconds in times if seconds is not None)

    def _is_done(self) -> bool:
        if self._stops_at:
            return not self._channels or time.monotonic() > self._stops_at
        if self._channels:
            return False
        serving = self._host.serving
        if serving.claims():
            return not self._is_in_place()
        if self._leaves and serving.was_needed:
            return True
        is_idle = time.monotonic() - self._asked_at > IDLE and not self._stays
        return not self._is_in_place() or (is_idle and not self._renewals.profiles() and not self._host.is_needed())

    def _is_in_place(self) -> bool:
        """Return whether clients can still find this agent."""
        try:
            return os.lstat(self._path).st_ino == self._inode
        except OSError:
            return False

    def _describe(self) -> dict[str, object]:
        return {
            "pid": os.getpid(),
            "since": time.strftime(UTC, time.gmtime(self._started_at)),
            "memory_kib": find_resident_size(),
            "renews": self._renewals.profiles(),
            "keeps": self._host.describe(),
            "serves": self._describe_claims(),
        }

    def _describe_claims(self) -> list[str]:
        return [f"{claim.profile} to process {claim.owner}" for claim in self._host.serving.claims()]


def find_resident_size() -> int:
    """Return the memory of this process that is in use, in KiB; 0 where the system does not tell."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024
    except OSError:
        return 0
