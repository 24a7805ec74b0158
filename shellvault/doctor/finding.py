"""What a check finds: values, which `doctor` and `status` each print in their own way."""

from __future__ import annotations

from shellvault.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.core.errors import ShellvaultError

OK, NOTE, BAD = "ok", "note", "bad"


class Finding(Record):
    """One thing that was checked.

    Attributes:
        state: `OK`, `NOTE` or `BAD`.
        message: what was found.
        fix: the command or the advice that fixes it; empty where there is nothing to fix.
        status: the exit status of `doctor` where the state is `BAD`.
    """

    state: str
    message: str
    fix: str = ""
    status: int = 0


def from_error(error: ShellvaultError) -> Finding:
    """Return the finding that something cannot be used."""
    return Finding(BAD, error.message, error.hint, error.status)
