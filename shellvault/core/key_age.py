"""How old a key pair is, and from when on it counts as old. Pure."""

from __future__ import annotations

from shellvault.core.errors import UsageError
from shellvault.core.record import Record
from shellvault.core.text import count, quote_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

USUAL_LIMIT = 90
"""Days after which a key pair counts as old, as in AWS's own rule `access-keys-rotated`."""

_DAY = 24 * 60 * 60
_LONGEST = 5  # digits of a number of days
_OFF = ("off", "no", "false")


class KeyAge(Record):
    """Since when there has been a key pair, in epoch seconds.

    If `is_told` is false, AWS has not told when it was created, and this is when it was stored: it may be older.
    """

    since: int
    is_told: bool

    def days(self, now: float) -> int:
        """Return how many whole days old it is; none if a clock says that it is yet to come."""
        return max(0, int(now - self.since) // _DAY)

    def is_over(self, limit: int, now: float) -> bool:
        """Return whether it is older than so many days; never, if the limit is 0."""
        return 0 < limit < self.days(now)

    def describe(self, now: float) -> str:
        """Return what it is, such as `132 days old`."""
        if not self.days(now):
            return "less than a day old" if self.is_told else "new to this vault"
        return f"{'' if self.is_told else 'at least '}{count(self.days(now), 'day')} old"


def describe_key_age(names: Sequence[str], age: KeyAge, now: float) -> str:
    """Return a sentence about the key pair that has these names."""
    return f"the key pair of {quote_names(names)} is {age.describe(now)}"


def parse_limit(text: str, what: str) -> int:
    """Return the days after which a key pair is old: those in a text such as `90d` or `90`; 0 for `off`: never.

    Raises:
        UsageError: the text is something else; `what` names it.
    """
    text = text.strip().lower()
    digits = text.removesuffix("d")
    if not text or text in _OFF:
        return 0 if text else USUAL_LIMIT
    if digits.isascii() and digits.isdigit() and len(digits) <= _LONGEST:
        return int(digits)
    raise UsageError(f"{what} is '{text}', which is not a number of days", f"set {what} to 90d, or to off")
