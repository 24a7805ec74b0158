"""Runs the programs that drivers need, and says what happened where one is missing, fails, or is cancelled."""

from __future__ import annotations

from shellvault.core.environment import child_environ
from shellvault.core.errors import NotAskedError, PersonNeededError
from shellvault.core.record import Record
from shellvault.system import child_program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from shellvault.settings import Settings

DIALOG_PATIENCE = 180  # seconds that a dialog waits: the process may hold a lock that other shells wait for
GENERATOR_PATIENCE = 60
LONGEST = 4096  # bytes; no code is longer
_CANCEL = 1  # exit status of every dialog whose Cancel button was pressed
_ALTERNATIVE = "or use another driver, such as --prompt terminal"


class DriverTool(Record):
    """The program that a driver needs, and how to get it."""

    driver: str
    program: str
    install: str


class DriverOutput(Record):
    """How a program ended: its exit status (or minus the signal that killed it), and what it printed."""

    status: int
    stdout: str
    stderr: str = ""


def show_dialog(
    tool: DriverTool,
    options: Sequence[str],
    settings: Settings,
    *,
    stdin: str = "",
    is_cancel: Callable[[DriverOutput], bool] = lambda _: True,
) -> str:
    """Show the user a dialog and return what was entered.

    `is_cancel` tells Cancel from a failure that has the same exit status.

    Raises:
        NotAskedError: the program cannot be run here.
        PersonNeededError: there was no answer.
    """
    done = _run_tool(tool, options, settings, DIALOG_PATIENCE, stdin=stdin, quiet=True)
    if done.status == _CANCEL and is_cancel(done):
        raise PersonNeededError("the question was cancelled", "run the command again")
    if done.status:
        raise PersonNeededError(f"{tool.program} could not ask{_explain(done)}", f"fix it, {_ALTERNATIVE}")
    if not done.stdout:
        raise PersonNeededError("no answer was given", "run the command again")
    return done.stdout


def run_generator(tool: DriverTool, options: Sequence[str], settings: Settings, *, quiet: bool = False) -> DriverOutput:
    """Let a program work out a code, and return how it ended.

    Raises:
        NotAskedError: the program cannot be run here.
        PersonNeededError: it took too long, or printed far too much.
    """
    return _run_tool(tool, options, settings, GENERATOR_PATIENCE, quiet=quiet)


def require_output(tool: DriverTool, done: DriverOutput, hint: str) -> str:
    """Return the code that a program worked out.

    Raises:
        PersonNeededError: there is none.
    """
    if done.status or not done.stdout:
        raise PersonNeededError(f"{tool.program} gave no code{_explain(done)}", hint)
    return done.stdout


def require_display(tool: DriverTool, settings: Settings) -> None:
    """Raise NotAskedError where no window can be shown: the program's own failure would look like Cancel."""
    if not settings.has_display:
        raise NotAskedError(
            f"{tool.program} has no display to ask on: neither DISPLAY nor WAYLAND_DISPLAY is set",
            f"run it on a desktop, {_ALTERNATIVE}",
        )


def run_driver_program(
    name: str, argv: Sequence[str], settings: Settings, patience: float, *, stdin: str = "", quiet: bool = False
) -> DriverOutput:
    """Run a program to its end; `quiet` captures its stderr instead of showing it.

    Raises:
        OSError: it could not be started.
        PersonNeededError: it took longer than `patience` seconds, or printed more than a code; the error says `name`.
        KeyboardInterrupt: Ctrl-C; the program has ended.
    """
    environ = child_environ(settings.environ)
    try:
        done = child_program.run(
            argv,
            environ=environ,
            cwd=settings.cwd,
            patience=patience,
            most=LONGEST,
            stdin=[stdin] if stdin else [],
            quiet=quiet,
        )
    except child_program.TooSlowError:
        raise PersonNeededError(f"{name} gave no answer within {patience:g} s", "run the command again") from None
    except child_program.TooMuchError:
        raise PersonNeededError(
            f"{name} printed far more than a code", "run it by hand to see what it prints"
        ) from None
    return DriverOutput(done.status, _decode(done.stdout), _decode(done.stderr))


def _run_tool(
    tool: DriverTool,
    options: Sequence[str],
    settings: Settings,
    patience: float,
    *,
    stdin: str = "",
    quiet: bool = False,
) -> DriverOutput:
    argv = [tool.program, *options]
    try:
        return run_driver_program(tool.program, argv, settings, patience, stdin=stdin, quiet=quiet)
    except OSError as error:
        raise _unusable(tool, error) from None


def _unusable(tool: DriverTool, error: OSError) -> NotAskedError:
    missing = isinstance(error, FileNotFoundError)
    trouble = "is not installed" if missing else f"could not be run: {error.strerror}"
    return NotAskedError(
        f"the prompt driver '{tool.driver}' needs the program {tool.program}, which {trouble}",
        f"{tool.install}, {_ALTERNATIVE}",
    )


def _decode(printed: bytes) -> str:
    return printed.decode(errors="replace").strip()


def _explain(done: DriverOutput) -> str:
    last = done.stderr.splitlines()[-1:]
    return f" (exit status {done.status}): {last[0]}" if last else f" (exit status {done.status})"
