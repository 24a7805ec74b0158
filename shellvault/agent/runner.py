"""Runs a client's command line in the agent: the same command function as in the client, on the client's request."""

from __future__ import annotations

import os

from shellvault import DECLINED, DONE, NOTICE, PROGRAM, VERBS, pack
from shellvault.agent.channel import ClientNeededError, MalformedRequestError
from shellvault.cli import run
from shellvault.core.record import Record
from shellvault.request import Request
from shellvault.system.crash_report import STATUS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import NoReturn

    from shellvault.agent.channel import Channel
    from shellvault.request import Answer, Host, Program

_DEVICES = ("/dev/", "/proc/")  # a path there means a different file in each process
_NAMES_FILES = ("AWS_", "SHELLVAULT_", "REQUESTS_", "HOME", "XDG_")  # prefixes of variables that name files we read
_END_OF_OPTIONS = "--"


def need_client(*_arguments: object, **_options: object) -> NoReturn:
    """Hand the command back to its client, which has a terminal."""
    raise ClientNeededError


class AgentTerminal(Record):
    """A client's terminal: notices are sent there; a command that has a question is handed back to the client."""

    stdout_is_tty: bool
    stderr_is_tty: bool
    columns: int
    caller_pid: int
    channel: Channel

    @property
    def pid(self) -> int:
        """The client's process; 0 if the system does not tell."""
        return self.channel.pid

    def write(self, text: str) -> None:
        """Write to the client's stderr at once."""
        self.channel.send(NOTICE, _encode(text))

    def finish(self, answer: Answer) -> None:
        """Send this answer now; a later one is ignored."""
        send_answer(answer, self.channel)
        self.channel.close()

    expect_person = converse = discard_input = pass_on = choose = need_client


class NoTerminal(Record):
    """The terminal of a command whose output nobody sees."""

    stdout_is_tty: bool = False
    stderr_is_tty: bool = False
    columns: int = 0
    pid: int = 0
    caller_pid: int = 0

    def write(self, text: str) -> None:
        """Do nothing."""

    def finish(self, answer: Answer) -> None:
        """Do nothing."""

    expect_person = converse = discard_input = pass_on = choose = need_client


def read_request(fields: Sequence[bytes], channel: Channel, host: Host) -> Request:
    """Return the command line that a client sent.

    Raises:
        MalformedRequestError: it sent something else.
    """
    try:
        cwd, caller_pid, streams, columns, count, *texts = os.fsdecode(b"\0".join(fields)).split("\0")
        words, variables = texts[: int(count)], texts[int(count) :]
        environ = dict([text.split("=", 1) for text in variables])
        terminal = AgentTerminal(streams[0] == "1", streams[1] == "1", int(columns), int(caller_pid), channel)
    except (ValueError, IndexError) as error:
        raise MalformedRequestError from error
    return Request(tuple(words), environ, cwd, terminal, host)


def answer(request: Request, channel: Channel) -> None:
    """Run a command line and send its answer, or hand it back to the client."""
    try:
        found = run(request) if _is_for_us(request) else None
    except ClientNeededError:
        found = None
    if not found or found.status == STATUS:  # after a crash here, the client tries for itself
        channel.send(DECLINED)
    elif found.program:
        channel.send(PROGRAM, _describe_program(found.program, request.environ))
    else:
        send_answer(found, channel)


def send_answer(found: Answer, channel: Channel) -> None:
    """Send the answer of a command that runs no program."""
    channel.send(DONE, pack([b"%d" % found.status, _encode(found.stdout), _encode(found.stderr)]))


def _describe_program(program: Program, given: Mapping[str, str]) -> bytes:
    """Return the words, after their number, and what to change in the client's environment, separated by NUL."""
    argv, after = program.argv, program.environ
    changed = [f"{name}={value}" for name, value in after.items() if given.get(name) != value]
    return _encode("\0".join((str(len(argv)), *argv, *changed, *given.keys() - after.keys())))


def _is_for_us(request: Request) -> bool:
    """Return whether a command does the same here as in the client's process."""
    if request.words[:1] == () or request.words[0] not in VERBS:
        return False
    words = request.words
    ours = words[: words.index(_END_OF_OPTIONS)] if _END_OF_OPTIONS in words else words
    values = [value for name, value in request.environ.items() if name.startswith(_NAMES_FILES)]
    texts = "\n".join([request.cwd, *ours, *values])
    return not any(device in texts for device in _DEVICES)


def _encode(text: str) -> bytes:
    return text.encode(errors="surrogateescape")
