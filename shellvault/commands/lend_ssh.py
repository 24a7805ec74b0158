"""Lends over an ssh connection: the far side gets an address, and a file with a token, for as long as ssh runs."""

from __future__ import annotations

import os
import secrets
import time

from shellvault import LONGEST_PATH, find_folder, find_socket
from shellvault.agent.claims import CONNECTION
from shellvault.agent.lends import is_lent
from shellvault.agent.spawn import start_and_wait
from shellvault.agent_contact import is_answering
from shellvault.core.durations import format_clock
from shellvault.core.environment import child_environ
from shellvault.core.errors import UsageError
from shellvault.core.far_scripts import find_runner, make_guard, make_runner, pack_loan
from shellvault.core.ssh_line import check_settings, read_settings
from shellvault.exec_program import require_program
from shellvault.request import Answer
from shellvault.system import child_program
from shellvault.system.new_file import make_private_folder
from shellvault.system.paths import READING_OWN, read_file
from shellvault.system.ssh_connection import NoAnswerError, NotConnectedError, SshConnection

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from shellvault.commands.lend_loan import Loan
    from shellvault.core.ssh_line import SshLine
    from shellvault.core.wish import Wish
    from shellvault.request import Request
    from shellvault.settings import Settings

_OWN_ERROR = 255  # the exit status with which ssh reports an error of its own, having explained it
_PATIENCE = 30.0  # seconds
_LARGEST = 1 << 18  # bytes of ssh's settings
_ADDED = 17  # bytes that ssh adds to the path of a socket while it creates it


class SshLend:
    """Lends over the connection of one ssh command line.

    Raises:
        UsageError: ssh's settings forbid it, or ssh does not understand the command line.
        ShellvaultError: ssh cannot be run.
    """

    def __init__(self, line: SshLine, request: Request) -> None:
        self.label = line.label
        self._line = line
        self._request = request
        self._environ = child_environ(request.environ)
        self._mark = f"shellvault-lent-{secrets.token_hex(8)}"
        self._control = _choose_control(request.environ)
        require_program(line.program, self._environ)
        status, printed = self._ask(line.ask_settings(), quiet=False)
        if status:  # it has said why
            raise UsageError("ssh cannot use this command line", "try it without lend")
        self._settings = read_settings(printed)
        check_settings(self._settings, line.host)

    def run(self, loan: Loan, wish: Wish, variables: Mapping[str, str], settings: Settings) -> Answer:
        """Lend until ssh ends, and return its exit status.

        Raises:
            ShellvaultError: nothing can be lent; nothing is left on the far side.
        """
        command, guard = make_guard(self._mark)
        argv = self._line.open(self._control, command, self._settings)
        try:
            with SshConnection(argv, self._control, self._mark, self._environ, self._request.cwd) as connection:
                connection.send(guard)
                watch = self._hand_over(connection, loan, wish, variables)
                watch.loan.announce(self._request, settings)
                argv = self._line.run(self._control, find_runner(watch.folder), self._settings)
                status = connection.run(argv, watch.look)
        except NotConnectedError as error:
            if error.status == _OWN_ERROR:
                return Answer(error.status)
            raise self._explain_silence() from error
        except NoAnswerError as error:
            raise self._explain_silence() from error
        return Answer(status, stderr=watch.report())

    def _hand_over(self, connection: SshConnection, loan: Loan, wish: Wish, variables: Mapping[str, str]) -> _Watch:
        """Put the token on the far side, and have it forward a port to the endpoint."""
        if not (folder := connection.receive("folder")):
            raise UsageError(f"{self._line.host} has no folder for a token", "there must be room in /tmp there")
        loan = loan.begun()
        url, file = self._request.host.open_claim(loan.adjust(wish), os.getpid())
        near = url.removeprefix("http://").partition("/")[0].partition(":")[2]
        status, far = self._ask(self._line.forward(self._control, int(near)), quiet=True)
        if status or not far.strip().isdecimal():
            hint = "its sshd_config needs AllowTcpForwarding yes, or remote"
            raise UsageError(f"{self._line.host} does not let ssh forward a port to this machine", hint)
        script = make_runner(folder, url.replace(near, far.strip(), 1), variables, self._line.command)
        connection.send(pack_loan(read_file(file, READING_OWN, _LARGEST).decode(), script))
        connection.receive("ready")
        return _Watch(folder, url, loan, self._request)

    def _ask(self, argv: list[str], *, quiet: bool) -> tuple[int, str]:
        """Return the exit status of ssh, and what it prints."""
        try:
            done = child_program.run(
                argv, environ=self._environ, cwd=self._request.cwd, patience=_PATIENCE, most=_LARGEST, quiet=quiet
            )
        except (child_program.TooSlowError, child_program.TooMuchError):
            return _OWN_ERROR, ""
        return done.status, done.stdout.decode(errors="replace")

    def _explain_silence(self) -> UsageError:
        return UsageError(
            f"{self._line.host} does not run the commands that lend needs there",
            "is a command forced on this key or user, or is its shell not a shell?",
        )


class _Watch:
    """Watches over a loan while ssh runs.

    Args:
        folder: the folder on the far side.
        url: the claim's.
        loan: what is lent.
        request: the command's.
    """

    def __init__(self, folder: str, url: str, loan: Loan, request: Request) -> None:
        self.folder, self.loan = folder, loan
        self._url, self._request = url, request
        self._agent = find_socket(request.environ)
        self._ended_at = 0.0  # in epoch seconds; 0: it is still lent

    def look(self) -> None:
        """Note when the loan has ended; if the agent has gone before that, start one, which takes over."""
        now = time.time()
        if self._ended_at:
            return
        if now >= self.loan.until or not is_lent(self._agent, self._url):
            self._ended_at = min(now, self.loan.until)
        elif not is_answering(self._agent):
            start_and_wait(self._agent, self._request.environ, leaves=not self._request.terminal.stderr_is_tty)

    def report(self) -> str:
        """Return what to tell the user once ssh has ended."""
        until = format_clock(self._ended_at, time.time())
        return self.loan.describe(f"is no longer lent to '{self.loan.to}', since {until}") if self._ended_at else ""


def _choose_control(environ: Mapping[str, str]) -> str:
    """Return a path for the socket of the connection: ssh adds to it while it makes one."""
    name = f"{CONNECTION}{os.getpid()}"
    for folder in (find_folder(environ), find_folder({})):
        if len(os.fsencode(f"{folder}/{name}")) + _ADDED < LONGEST_PATH:
            return os.path.join(make_private_folder(folder), name)
    raise UsageError("the path of the runtime folder is too long for a socket", "set XDG_RUNTIME_DIR")
