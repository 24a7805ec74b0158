"""The user's own process as a command sees it: its streams, its terminal device, and the memory it can use."""

from __future__ import annotations

import _signal
import os
import sys

from shellvault.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from types import FrameType
    from typing import NoReturn, TypeVar

    from shellvault.core.profile_search import Choices
    from shellvault.core.secret_memory import SecretMemory
    from shellvault.core.wish import ClaimStatus, Wish
    from shellvault.request import Answer, Ask

    Result = TypeVar("Result")

KILLED_BY_SIGPIPE = 128 + 13
"""The exit status that shells give to a program whose reader has gone."""
_PIECE = 4096  # bytes; a pipe that can take something takes as much without blocking
_POLL = 0.2  # seconds


class OwnProcess(Record):
    """A process that runs one command and ends: see `Terminal` and `Host`.

    Attributes:
        stdout_is_tty: see `Terminal`.
        caller_pid: the same.
        stderr_is_tty: the same.
        agent: the path of the agent's socket, if there may be one.
        starts_agent: whether this process may start it even without a terminal.
    """

    stdout_is_tty: bool = False
    caller_pid: int = 0
    stderr_is_tty: bool = False
    agent: str = ""
    starts_agent: bool = False

    note_session = None

    @property
    def pid(self) -> int:
        """See `Terminal`."""
        return os.getpid()

    @property
    def columns(self) -> int:
        """See `Terminal`."""
        try:
            return os.get_terminal_size(1).columns
        except OSError:  # stdout is no terminal
            return 0

    def write(self, text: str) -> None:
        """Write to stderr at once."""
        _write(2, text.encode(errors="surrogateescape"))

    def pass_on(self, stream: int, data: bytes, give_up: Callable[[], bool]) -> None:
        """See `Terminal`."""
        from select import select

        left = memoryview(data)
        while left:
            if sys.platform == "win32":  # where `select` takes only sockets
                left = left[_write(stream, left.tobytes()) :]
            elif select([], [stream], [], _POLL)[1]:
                left = left[os.write(stream, left[:_PIECE]) :]
            elif give_up():
                return

    def finish(self, answer: Answer) -> NoReturn:
        """Write this answer, and end this process and what it has started."""
        if child_program := sys.modules.get("shellvault.system.child_program"):  # not loaded: no program runs
            child_program.kill_all()
        os._exit(write_answer(answer))

    def expect_person(self) -> None:
        """Do nothing: the user can be asked here, and their programs can be run."""

    def converse(self, talk: Callable[[Ask], Result], *, hidden: bool) -> Result:
        """Let `talk` ask on the terminal device; for the errors see `shellvault.ui.terminal.converse`."""
        if sys.platform == "win32":
            from shellvault.ui.windows_console import converse
        else:
            from shellvault.ui.terminal import converse

        return converse(talk, hidden=hidden, ignore_suspend=not self.stdout_is_tty)

    def discard_input(self) -> None:
        """Discard what was typed ahead on the terminal device."""
        if sys.platform == "win32":
            from shellvault.ui.windows_console import discard_input
        else:
            from shellvault.ui.terminal import discard_input

        discard_input()

    def choose(self, choices: Choices, query: str, environ: Mapping[str, str], cwd: str) -> str | None:
        """Let the user choose a profile on the terminal device; for the errors see `shellvault.ui.picker.choose`."""
        from shellvault.ui.picker import choose

        return choose(choices, query, environ, cwd, self.write)

    def agent_pid(self) -> int | None:
        """Ask the agent, if there may be one."""
        if not self.agent:
            return None
        from shellvault import DONE, exchange, unpack

        kind, body = exchange(self.agent, [b"pid"])
        return int(unpack(body)[0]) if kind == DONE else None

    def memory(self, home: str, environ: Mapping[str, str]) -> SecretMemory:
        """Return the agent's memory; an agent is started if there is none, and there may be one."""
        from shellvault.agent.remote_memory import RemoteMemory
        from shellvault.agent.spawn import start_and_wait
        from shellvault.agent_contact import ask_memory, is_answering

        may_start = self.starts_agent or self.stderr_is_tty or environ.get("SHELLVAULT_AGENT") == "on"
        if self.agent and may_start and environ.get("SHELLVAULT_AGENT") != "off" and not is_answering(self.agent):
            start_and_wait(self.agent, environ)
        return RemoteMemory(lambda question: ask_memory(self.agent, home, question))

    def stop_renewals(self, home: str, identities: Collection[str] | None) -> None:
        """Tell the agent, if there is one; one that cannot be told is ended."""
        if not self.agent:
            return
        from shellvault import exchange
        from shellvault.agent.ending import end_if_hung, end_other_versions

        if identities is None or identities:
            exchange(self.agent, [b"forget", os.fsencode(home), *map(os.fsencode, identities or ())])
            end_other_versions(self.agent)
        end_if_hung(self.agent, self.write)

    def open_claim(self, wish: Wish, owner: int) -> tuple[str, str]:
        """Ask the agent for a claim; see `request_claim`."""
        from shellvault.agent.claim_request import request_claim

        return request_claim(self.agent, wish, owner, stays=self.stderr_is_tty)

    def find_claim(self, url: str) -> ClaimStatus | None:
        """Ask the agent."""
        from shellvault.agent.claim_request import ask_for_claim

        return ask_for_claim(self.agent, url)

    def require_bus(self, environ: Mapping[str, str]) -> None:
        """Do nothing: this is the environment of this process."""


def print_and_exit_on_signal(find_text: Callable[[], str]) -> None:
    """Make SIGTERM, SIGHUP and SIGQUIT print a text to stdout before they end this process.

    A shell that evaluates our output needs its `false` even then.
    """

    def print_and_exit(number: int, _frame: FrameType | None) -> None:
        os.write(1, find_text().encode())
        os._exit(128 + number)

    for name in ("SIGTERM", "SIGHUP", "SIGQUIT"):
        if (number := getattr(_signal, name, None)) and _signal.getsignal(number) != _signal.SIG_IGN:  # as under nohup
            _signal.signal(number, print_and_exit)


def write_answer(answer: Answer) -> int:
    """Write an answer to this process's streams, and return the exit status.

    A shell that evaluates stdout needs its `false`, whatever becomes of the message on stderr.
    """
    status = answer.status
    for stream, text in ((2, answer.stderr), (1, answer.stdout)):
        data = text.encode(errors="surrogateescape")
        try:
            while data:  # one write, except where a pipe takes less
                data = data[_write(stream, data) :]
        except OSError as error:
            if stream == 1:
                status = _explain(error)
    return status


def _write_on_windows(stream: int, data: bytes) -> int:
    """Write to a stream. A console gets text: it would decode bytes with a legacy code page."""
    if not os.isatty(stream):
        return os.write(stream, data)
    with open("CONOUT$", "w", encoding="utf-8", errors="replace") as console:
        console.write(data.decode(errors="replace"))
    return len(data)


_write = _write_on_windows if sys.platform == "win32" else os.write


def _explain(error: OSError) -> int:
    """Say why stdout could not be written, and return the exit status."""
    if isinstance(error, BrokenPipeError):
        return KILLED_BY_SIGPIPE
    from contextlib import suppress

    with suppress(OSError):
        os.write(2, f"error: cannot write to stdout: {error.strerror}\n".encode())
    return 1
