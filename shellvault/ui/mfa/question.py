"""What a driver is told when a code of an MFA device is wanted."""

from __future__ import annotations

from shellvault.core.record import Record
from shellvault.core.text import sanitize

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_LONGEST = 300  # characters: some dialogs refuse a text of a thousand


class Question(Record):
    """The question for one code.

    Args:
        serial: the MFA device's serial number or ARN.
        profile: the profile whose key pair the device belongs to.
        process: the profile's mfa_process, or the empty string.
        environ: where a driver finds its own settings.
        notice: tells the person something that is not an error.
    """

    serial: str
    profile: str
    process: str
    environ: Mapping[str, str]
    notice: Callable[[str], None]

    @property
    def text(self) -> str:
        """The question as a person reads it: one line, in which nothing can move a cursor, and no option."""
        return sanitize(f"MFA code for {self.profile} ({self.serial})")[:_LONGEST]
