"""What a check finds: values, which `doctor` and `status` each print in their own way."""

from __future__ import annotations

from shellvault.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.core.errors import ShellvaultError

OK, WARN, FAIL = "ok", "warn", "fail"


class Finding(Record):
    """One thing that was checked.

    Attributes:
        state: `OK`, `WARN` or `FAIL`.
        message: what was found.
        fix: the command or the advice that fixes it; empty where there is nothing to fix.
        status: the exit status of `doctor` where the state is `FAIL`.
        check: the name of the check that found it.
    """

    state: str
    message: str
    fix: str = ""
    status: int = 0
    check: str = ""


def from_error(error: ShellvaultError) -> Finding:
    """Return the finding that something cannot be used."""
    return Finding(FAIL, error.message, error.hint, error.status)
