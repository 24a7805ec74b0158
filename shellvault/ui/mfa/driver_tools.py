"""The programs that the drivers need, and what is said where one is not there, fails, or is cancelled."""

from __future__ import annotations

from shellvault.core.errors import NotAskedError, PersonNeededError
from shellvault.core.record import Record
from shellvault.ui.mfa.driver_program import FOR_MACHINES, FOR_PEOPLE, run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from shellvault.ui.mfa.driver_program import DriverOutput

_CANCEL = 1  # exit status of every dialog whose Cancel button was pressed
_OTHERWISE = "or ask in another way, such as --prompt terminal"


class Tool(Record):
    """A driver's program, what it is called by people, and how one comes by it."""

    driver: str
    program: str
    install: str


def ask_person(
    tool: Tool, options: Sequence[str], *, stdin: str = "", is_cancel: Callable[[DriverOutput], bool] = lambda _: True
) -> str:
    """Show a person a dialog and return what was entered.

    `is_cancel` tells Cancel from a failure that has the same exit status.

    Raises:
        NotAskedError: the program cannot be run here.
        PersonNeededError: there was no answer.
    """
    done = _run(tool, options, FOR_PEOPLE, stdin=stdin, quiet=True)
    if done.status == _CANCEL and is_cancel(done):
        raise PersonNeededError("the question for an MFA code was cancelled", "run the command again")
    if done.status:
        raise PersonNeededError(f"{tool.program} could not ask{_why(done)}", f"mend it, {_OTHERWISE}")
    if not done.output:
        raise PersonNeededError("no answer was given", "run the command again")
    return done.output


def ask_machine(tool: Tool, options: Sequence[str], *, quiet: bool = False) -> DriverOutput:
    """Let a program work out a code, and return what it did, whatever that was.

    Raises:
        NotAskedError: the program cannot be run here.
        PersonNeededError: it took too long, or printed far too much.
    """
    return _run(tool, options, FOR_MACHINES, quiet=quiet)


def code_of(tool: Tool, done: DriverOutput, hint: str) -> str:
    """Return the code that a program worked out.

    Raises:
        PersonNeededError: it did not.
    """
    if done.status or not done.output:
        raise PersonNeededError(f"{tool.program} gave no code{_why(done)}", hint)
    return done.output


def require_display(tool: Tool, environ: Mapping[str, str], platform: str) -> None:
    """Raise NotAskedError where no window can be shown: the program's own failure would look like Cancel."""
    if platform != "darwin" and not (environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY")):
        raise NotAskedError(
            f"{tool.program} has no display to ask on: neither DISPLAY nor WAYLAND_DISPLAY is set",
            f"run it on a desktop, {_OTHERWISE}",
        )


def _run(tool: Tool, options: Sequence[str], patience: float, *, stdin: str = "", quiet: bool = False) -> DriverOutput:
    try:
        return run(tool.program, [tool.program, *options], patience, stdin=stdin, quiet=quiet)
    except FileNotFoundError:
        trouble = "is not installed"
    except OSError as error:
        trouble = f"could not be run: {error.strerror}"
    raise NotAskedError(
        f"the prompt driver '{tool.driver}' needs the program {tool.program}, which {trouble}",
        f"{tool.install}, {_OTHERWISE}",
    )


def _why(done: DriverOutput) -> str:
    last = done.complaint.splitlines()[-1:]
    return f" (exit status {done.status}): {last[0]}" if last else f" (exit status {done.status})"
