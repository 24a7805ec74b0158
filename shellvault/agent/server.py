"""The agent's loop: accepts requests, runs them, and starts renewals when they are due."""

from __future__ import annotations

import os
import select
import sys
import time
from contextlib import suppress
from functools import partial

from shellvault import DECLINED, DONE, __version__, find_place, pack
from shellvault.agent.channel import Channel
from shellvault.agent.host import AgentHost
from shellvault.agent.leadership import Leadership
from shellvault.agent.life import Memoir, Sweeper, Times, identify_file
from shellvault.agent.quick_answers import answer_at_once
from shellvault.agent.renewals import Renewal, Renewals
from shellvault.agent.runner import NoTerminal, answer, read_request
from shellvault.agent.serving import answer_claim
from shellvault.agent.workers import Workers
from shellvault.system.signals import CallOnTermination
from shellvault.system.waiting import call_before_waiting

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping, Sequence

MOST = 256  # clients at a time
_QUEUE = 1024  # clients that may wait until the loop accepts them
_BEAT = 0.5  # seconds between signs of life to waiting clients
_FAREWELL = 30.0  # seconds that running commands have to finish when the agent is told to end
_RESPITE = 0.05  # seconds to wait when the system lets us accept no more clients
_LARGE = 1 << 16  # bytes
_SLOW = (b"run", b"claim")  # requests that are not worth answering once the client has gone


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
        self._leadership = Leadership(self._workers.start, self._go_on)
        call_before_waiting(self._leadership.give_way)
        self._renewals = Renewals(NoTerminal())
        self._host = AgentHost(environ, self._renewals, path, self._leadership.wake_loop)
        self._poller, self._arriving = select.poll(), dict[int, Channel]()  # descriptor -> whose request arrives
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
        for each in (self._listener, self._leadership.loop_end):
            self._poller.register(each, select.POLLIN)
        self._workers.start(self._host.serving.take_over)
        with CallOnTermination(self._end_soon):
            self._listener.listen(_QUEUE)  # not before: whoever is answered may end this process
            self._leadership.keep()
        self._host.serving.close(keeps=not self._ends_claims)
        self._host.wipe()

    def is_in_place(self) -> bool:
        """Return whether clients can still find this agent: its socket may be gone or replaced by another agent's."""
        return identify_file(self._path) == self._socket is not None

    def _end_soon(self, ends_claims: bool = False) -> None:  # noqa: FBT001, FBT002 - as a callback gets it
        """Leave the loop once running commands have ended; the next agent serves the claims unless `ends_claims`."""
        self._ends_claims = ends_claims
        self._stops_at = self._stops_at or time.monotonic() + _FAREWELL
        self._leadership.wake_loop()

    def _go_on(self) -> bool:
        """Do one round of the loop in the leading thread, unless it loses the lead; return False at the end."""
        if self._is_done():
            return False
        if self._shrink and self._is_to_shrink() and self._leadership.stop_watching():
            self._shrink(Memoir(self._started_at, self._asked_at, self._renewals.describe()))
            self._shrink = None  # it failed, and would again
        events = self._poller.poll(self._find_pause() * 1000)
        if not events or time.monotonic() >= self._next_look:  # before the lead is lost, perhaps in every round
            self._look_around()
        for file, _ in events:
            self._attend(file)
            if not self._leadership.is_ours():
                return True
        self._sweeper.sweep(is_busy=bool(self._channels), is_idle=not events)
        return True

    def _attend(self, file: int) -> None:
        if file == self._listener.fileno():
            self._accept()
        elif file in self._arriving:
            self._receive(file)
        elif file == self._leadership.loop_end.fileno():
            self._leadership.loop_end.recv(_LARGE)

    def _accept(self) -> None:
        try:
            channel = Channel(self._listener.accept()[0])
        except BlockingIOError:  # it has gone
            return
        except OSError:  # too many open files: clients that wait too long do the work themselves
            time.sleep(_RESPITE)
            return
        if channel.uid != os.getuid() or len(self._channels) >= self._most or self._stops_at:
            channel.close()
            return
        file = channel.connection.fileno()
        self._channels.add(channel)
        self._arriving[file] = channel
        self._poller.register(file, select.POLLIN)
        self._receive(file)

    def _receive(self, file: int) -> None:
        channel = self._arriving[file]
        try:
            if not (fields := channel.receive()):
                return
            self._poller.unregister(file)
            del self._arriving[file]
            channel.is_running = True
            self._leadership.run(lambda: self._answer(channel, fields))
        except BaseException:  # noqa: BLE001, S110 - whatever one client sends, the others are served
            pass
        self._end(channel)

    def _answer(self, channel: Channel, fields: Sequence[bytes]) -> None:
        """Answer a request.

        Raises:
            MalformedRequestError: the request is malformed.
        """
        self._asked_at = time.monotonic()
        self._sweeper.note_command()
        version, place, kind, *rest = (*fields, b"", b"", b"")[: max(3, len(fields))]
        is_like_us = version == __version__.encode() or kind == b"stop"  # any version may stop us
        may_read_more = kind == b"run" and not channel.find_groups() <= self._groups
        if kind in _SLOW and channel.is_abandoned:
            return
        if may_read_more or not is_like_us or place != self._place:
            channel.send(DECLINED)
        elif kind == b"run":
            answer(read_request(rest, channel, self._host), channel)
        elif kind == b"claim":
            channel.send(DONE, pack(answer_claim(self._host.serving, rest)))
        else:
            found = answer_at_once(self._host, kind, rest, self._started_at, self._end_soon)
            channel.send(DONE, pack(found))

    def _end(self, channel: Channel) -> None:
        file = channel.connection.fileno()
        if self._arriving.pop(file, None):
            self._poller.unregister(file)
        channel.close()
        self._channels.discard(channel)

    def _look_around(self) -> None:
        """Send waiting clients a sign of life, drop those whose request does not arrive, and start what is due."""
        self._next_look = time.monotonic() + _BEAT
        for channel in list(self._channels):
            if channel.is_late:
                self._end(channel)
            elif channel.is_running:
                channel.show_life()
        for renewal in self._renewals.take_due():
            with suppress(RuntimeError):  # no more threads; it is due again in a minute
                self._workers.start(partial(self._renew, renewal))

    def _renew(self, renewal: Renewal) -> None:
        try:
            self._renewals.renew(renewal)
        finally:
            self._leadership.wake_loop()  # the next due time has changed

    def _find_pause(self) -> float:
        """Return the seconds until something may be due."""
        if self._channels or self._stops_at:
            return max(0.0, min(_BEAT, self._next_look - time.monotonic()))
        longest = _BEAT if self._sweeper.is_due else self._times.longest_sleep
        times = (self._host.drop_expired(), self._renewals.seconds_left(), longest)
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
        is_busy = self._channels or self._workers.unfinished > 1  # one is this thread
        if "botocore" not in sys.modules or is_busy or self._stops_at:
            return False
        return time.monotonic() - self._renewals.minted_at > self._times.mintless and not self._host.holds_secret()
