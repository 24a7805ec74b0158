"""Decides which of the agent's threads leads. That thread runs the loop, and also the commands that clients ask for.

So commands take turns: Python runs one thread at a time anyway, and handing each command to another thread would take
longer than most commands do. A command that is about to wait for AWS or another process gives the lead to another
thread, which serves the next client. The lead is taken from a command that waits without saying so.
"""

from __future__ import annotations

import _thread
import socket
from contextlib import suppress

from shellvault.system.signals import ALARM, SignalsToSocket, set_alarm

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Job = Callable[[], None]

_PATIENCE = 0.5  # seconds between looks at a command; at the second, the lead is taken from it


class Leadership:
    """The lead.

    Args:
        start: runs a job in another thread; it raises RuntimeError if the system allows no more threads.
        go_on: one round of the loop; it returns whether there is to be another.

    Attributes:
        loop_end: a socket for the loop to watch: it is readable after `wake_loop`. What is sent there reaches the main
            thread: the number of a signal, or 0 at the end.
    """

    def __init__(self, start: Callable[[Job], None], go_on: Callable[[], bool]) -> None:
        self._start, self._go_on = start, go_on
        self._lock = _thread.allocate_lock()
        self._leader = 0  # a thread; 0 while the lead passes from one to another
        self._command: Job | None = None  # what the leader is running
        self._seen: Job | None = None  # the same at the last look
        self._failure: BaseException | None = None
        self.loop_end, self._main_end = socket.socketpair()
        self.loop_end.setblocking(False)  # noqa: FBT003 - its only argument
        self._is_watched = False  # whether a look will follow

    def keep(self) -> None:
        """Have the loop run to its end in other threads; this one has to be the main thread, which gets the signals.

        Raises:
            RuntimeError: the system allows no more threads.
        """
        with SignalsToSocket(self.loop_end.fileno()):
            self._start(self._lead)
            while number := self._main_end.recv(1)[0]:
                if number == ALARM:
                    self._look()
        if self._failure:
            raise self._failure

    def wake_loop(self) -> None:
        """Make the loop check at once what is due."""
        with suppress(BlockingIOError):  # it is about to wake up anyway
            self._main_end.send(b".", socket.MSG_DONTWAIT)

    def is_ours(self) -> bool:
        """Return whether this thread leads."""
        return self._leader == _thread.get_ident()

    def run(self, command: Job) -> None:
        """Run a command in the leading thread; by the time it ends, another thread may lead."""
        with self._lock:
            self._command = command
            if not self._is_watched:
                self._watch()
        try:
            command()
        finally:
            with self._lock:
                if self.is_ours():
                    self._command = None

    def give_way(self) -> None:
        """Let another thread lead if this one does: its command is about to wait."""
        with self._lock:
            if self._command and self.is_ours():
                self._pass_on()

    def stop_watching(self) -> bool:
        """Stop the timer, which would end a program that replaces this one; False: it has just gone off."""
        with self._lock:
            if self._is_watched and not set_alarm(0):
                return False
            self._is_watched = False
            return True

    def _lead(self) -> None:
        self._leader = _thread.get_ident()
        is_over = False
        try:
            while self.is_ours() and not is_over:
                is_over = not self._go_on()
        except BaseException as error:  # noqa: BLE001 - raised again in the main thread
            self._failure, is_over = error, True
        if is_over:
            self.loop_end.send(b"\0")

    def _look(self) -> None:
        """Take the lead from a command that has had it since the last look: it waits without saying so."""
        with self._lock:
            self._is_watched = False
            if self._command and self._command is self._seen:
                self._pass_on()
            self._seen = self._command
            if self._command:
                self._watch()

    def _watch(self) -> None:
        """Have a look in a while: a timer costs less than a thread that waits."""
        self._is_watched = True
        set_alarm(_PATIENCE)

    def _pass_on(self) -> None:
        """Let another thread lead, with the lock held; if the system allows no more of them, this one has to."""
        leader, self._leader, command, self._command = self._leader, 0, self._command, None
        try:
            self._start(self._lead)
        except RuntimeError:
            self._leader, self._command = leader, command
