"""The agent's loop: accepts requests, has workers run them, and starts renewals when they are due."""

from __future__ import annotations

import os
import selectors
import socket
import sys
import time
from contextlib import suppress
from functools import partial

from shellvault import __version__
from shellvault.agent.channel import Channel
from shellvault.agent.host import AgentHost
from shellvault.agent.life import Memoir, Sweeper, Times, identify_file
from shellvault.agent.quick_answers import answer_at_once
from shellvault.agent.renewals import Renewal, Renewals
from shellvault.agent.runner import NoTerminal, answer, read_request
from shellvault.agent.serving import answer_claim
from shellvault.agent.workers import Workers
from shellvault.agent_client import ALIVE, DECLINED, DONE, find_place, pack
from shellvault.system.signals import CallOnTermination
from shellvault.system.waiting import call_before_waiting

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

MOST = 256  # clients at a time
_BEAT = 0.5  # seconds between signs of life to waiting clients
_FAREWELL = 30.0  # seconds that running commands have to finish when the agent is told to end
_RESPITE = 0.05  # seconds to wait when the system lets us accept no more clients
_LARGE = 1 << 16  # bytes; sending a larger answer may block


class Server:
    """Serves one socket.

    Args:
        listener: the socket.
        path: its path.
        environ: the environment of this process.
        stays: whether to keep running with nothing to do.
        leaves: whether to end with the last claim.
        most: how many clients there may be at a time.
        times: how long to wait for what.
        shrink: replaces this process with a small one; it returns only if that fails.
    """

    def __init__(
        self,
        listener: socket.socket,
        path: str,
        environ: Mapping[str, str],
        *,
        stays: bool,
        leaves: bool,
        most: int,
        times: Times,
        shrink: Callable[[Memoir], None],
    ) -> None:
        self._listener, self._path = listener, path
        self._stays, self._leaves = stays, leaves
        self._most, self._times = most, times
        self._shrink: Callable[[Memoir], None] | None = shrink
        self._started_at, self._asked_at = time.time(), time.monotonic()
        self._channels: set[Channel] = set()
        self._workers, self._sweeper = Workers(), Sweeper()
        call_before_waiting(self._workers.give_way)
        self._renewals = Renewals(NoTerminal())
        self._waker, self._wakened = socket.socketpair()
        self._waker.setblocking(False)  # noqa: FBT003 - its only argument
        self._host = AgentHost(environ, self._renewals, path, self._wake)
        self._selector = selectors.DefaultSelector()
        self._socket = identify_file(self._path)
        self._place, self._groups = find_place(), {*os.getgroups(), os.getegid()}
        self._next_look = self._stops_at = 0.0  # in monotonic time; 0: not at all
        self._ends_claims = False

    def resume(self, memoir: Memoir) -> None:
        """Carry on from the agent that became small."""
        self._started_at, self._asked_at = memoir.started_at, memoir.asked_at
        self._renewals.restore(memoir.renewals, self._host)

    def serve(self, beside: Callable[[], None] | None = None) -> None:
        """Serve until there is no reason to stay; `beside` runs in a worker."""
        if beside:
            self._workers.start(beside)
        for each in (self._listener, self._wakened):
            self._selector.register(each, selectors.EVENT_READ)
        self._workers.start(self._host.serving.take_over)
        with CallOnTermination(self._end_soon):
            self._listener.listen(MOST)  # not before: whoever is answered may end this process
            while not self._is_done():
                if self._shrink and self._is_to_shrink():
                    self._shrink(Memoir(self._started_at, self._asked_at, self._renewals.describe()))
                    self._shrink = None  # it failed, and would again
                events = self._selector.select(self._find_pause())
                for key, _ in events:
                    self._attend(key)
                if not events or time.monotonic() >= self._next_look:  # workers wait while this thread works
                    self._look_around()
                self._sweeper.sweep(is_busy=bool(self._channels), is_idle=not events)
        self._host.serving.close(keeps=not self._ends_claims)
        self._host.wipe()

    def is_in_place(self) -> bool:
        """Return whether clients can still find this agent: its socket may be gone or replaced by another agent's."""
        return identify_file(self._path) == self._socket is not None

    def _end_soon(self, ends_claims: bool = False) -> None:  # noqa: FBT001, FBT002 - as a callback gets it
        """Leave the loop once running commands have ended; the next agent serves the claims unless `ends_claims`."""
        self._ends_claims = ends_claims
        self._stops_at = self._stops_at or time.monotonic() + _FAREWELL
        self._wake()

    def _wake(self) -> None:
        """Make the loop check at once what is due."""
        with suppress(BlockingIOError):  # the loop is about to wake up anyway
            self._waker.send(b".")

    def _attend(self, key: selectors.SelectorKey) -> None:
        if key.fileobj is self._listener:
            self._accept()
        elif isinstance(key.data, Channel):
            self._receive(key.data)
        else:
            os.read(key.fd, _LARGE)

    def _accept(self) -> None:
        try:
            while True:
                connection, _ = self._listener.accept()
                channel = Channel(connection)
                if channel.uid != os.getuid() or len(self._channels) >= self._most or self._stops_at:
                    channel.close()
                    continue
                self._channels.add(channel)
                self._selector.register(connection, selectors.EVENT_READ, channel)
                self._receive(channel)
        except BlockingIOError:
            return
        except OSError:  # too many open files: clients that wait too long do the work themselves
            time.sleep(_RESPITE)

    def _receive(self, channel: Channel) -> None:
        try:
            if fields := channel.receive():
                self._selector.unregister(channel.connection)
                channel.is_running = True
                self._answer(channel, fields)
        except Exception:  # noqa: BLE001 - whatever one client sends, the others are served
            self._end(channel)

    def _answer(self, channel: Channel, fields: Sequence[bytes]) -> None:
        """Answer a request, or have a worker answer it.

        Raises:
            MalformedRequestError: the request is malformed.
        """
        self._asked_at = time.monotonic()
        self._sweeper.note_command()
        version, place, kind, *rest = (*fields, b"", b"", b"")[: max(3, len(fields))]
        is_like_us = version == __version__.encode() or kind == b"stop"  # any version may stop us
        may_read_more = kind == b"run" and not channel.find_groups() <= self._groups
        if may_read_more or not is_like_us or place != self._place:
            self._reply(channel, DECLINED)
        elif kind == b"run":
            request = read_request(rest, channel, self._host)
            self._begin(channel, lambda: answer(request, channel))
        elif kind == b"claim":
            self._begin(channel, lambda: channel.send(DONE, pack(answer_claim(self._host.serving, rest))))
        else:
            self._reply(channel, DONE, answer_at_once(self._host, kind, rest, self._started_at, self._end_soon))

    def _begin(self, channel: Channel, job: Callable[[], None]) -> None:
        """Have a worker answer, because it may take a while."""
        if len(self._channels) > 1:  # this one may have to wait
            channel.send(ALIVE)

        def work() -> None:
            try:
                if not channel.is_abandoned:  # before its turn
                    job()
            finally:
                self._end(channel)
                self._sweeper.sweep(is_busy=bool(self._channels), is_idle=False)

        self._workers.start_in_turn(work, channel.refuse)

    def _reply(self, channel: Channel, kind: bytes, fields: Sequence[bytes] = ()) -> None:
        send = partial(self._send, channel, kind, body := pack(fields))
        if len(body) > _LARGE:  # sending may block, and the loop must not
            self._workers.start(send)
        else:
            send()

    def _send(self, channel: Channel, kind: bytes, body: bytes) -> None:
        channel.send(kind, body)
        self._end(channel)

    def _end(self, channel: Channel) -> None:
        with suppress(KeyError, ValueError):
            self._selector.unregister(channel.connection)
        channel.close()
        self._channels.discard(channel)

    def _look_around(self) -> None:
        """Send waiting clients a sign of life, drop those whose request does not arrive, and start what is due."""
        self._next_look = time.monotonic() + _BEAT
        for channel in list(self._channels):
            if channel.is_to_close:
                self._end(channel)
            elif channel.is_running:
                channel.show_life()
        self._workers.beat()
        for renewal in self._renewals.take_due():
            self._workers.start(partial(self._renew, renewal))

    def _renew(self, renewal: Renewal) -> None:
        try:
            self._renewals.renew(renewal)
        finally:
            self._wake()  # the next due time has changed

    def _find_pause(self) -> float:
        """Return the seconds until something may be due."""
        if self._channels or self._stops_at:
            return max(0.0, min(_BEAT, self._next_look - time.monotonic()))
        times = (self._host.drop_expired(), self._renewals.seconds_left(), self._times.longest_sleep)
        return min(seconds for seconds in times if seconds is not None)

    def _is_done(self) -> bool:
        if self._stops_at:
            return not self._channels or time.monotonic() > self._stops_at
        if self._channels:
            return False
        if self._host.serving.is_in_use():
            return not self.is_in_place()
        if self._leaves and self._host.serving.was_needed:
            return True
        is_idle = time.monotonic() - self._asked_at > self._times.idle and not self._stays
        return not self.is_in_place() or (is_idle and not self._renewals.profiles() and not self._host.is_needed())

    def _is_to_shrink(self) -> bool:
        """Return whether this process is larger than necessary, and holds no secret that a new one would need."""
        if "botocore" not in sys.modules or self._channels or self._stops_at or self._workers.are_busy:
            return False
        return time.monotonic() - self._renewals.minted_at > self._times.mintless and not self._host.holds_secret()
