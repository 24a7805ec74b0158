"""Runs a program that gives a code, in the time that a person or a machine may take for it."""

from __future__ import annotations

from shellvault.core.errors import PersonNeededError
from shellvault.core.record import Record
from shellvault.system import child_program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

FOR_PEOPLE = 180  # seconds that a dialog waits: its asker may hold a lock that other shells wait for
FOR_MACHINES = 60
LONGEST = 4096  # bytes; no code is longer


class DriverOutput(Record):
    """What became of a program: its exit status (minus the signal that killed it), and what it printed."""

    status: int
    output: str
    complaint: str = ""


def run(name: str, argv: Sequence[str], patience: float, *, stdin: str = "", quiet: bool = False) -> DriverOutput:
    """Run a program to its end; `quiet` keeps its stderr from the person and returns it as the complaint.

    Raises:
        OSError: it could not be started.
        PersonNeededError: it took longer than `patience` seconds, or printed more than any code is long; says `name`.
        KeyboardInterrupt: Ctrl-C; the program is gone.
    """
    try:
        done = child_program.run(argv, patience=patience, most=LONGEST, stdin=stdin, quiet=quiet)
    except child_program.TooSlowError:
        raise PersonNeededError(f"{name} gave no code within {patience:g} s", "run the command again") from None
    except child_program.TooMuchError:
        raise PersonNeededError(
            f"{name} printed far more than a code", "run it by hand to see what it prints"
        ) from None
    return DriverOutput(done.status, _text(done.output), _text(done.complaint))


def _text(printed: bytes) -> str:
    return printed.decode(errors="replace").strip()
