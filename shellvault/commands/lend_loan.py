"""One loan: what is lent to whom and until when, and how the user and the log are told."""

from __future__ import annotations

import time

from shellvault.core.durations import format_clock, parse_duration
from shellvault.core.record import Record
from shellvault.core.text import sanitize
from shellvault.storage import session_log

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.argparser import Arguments
    from shellvault.core.chain.links import Link
    from shellvault.core.model import Session
    from shellvault.core.wish import Wish
    from shellvault.request import Request
    from shellvault.settings import Settings

_DEFAULT = "1h"


class Loan(Record):
    """What is lent.

    Attributes:
        profile: the profile, as messages name it.
        to: what it is lent to, as messages name it.
        at: since when, in epoch seconds.
        until: until when at most.
        session: the session that it starts with.
        link: the last link of its chain.
    """

    profile: str
    to: str
    at: int
    until: int
    session: Session
    link: Link

    def begun(self) -> Loan:
        """Return the same loan as one that begins now: logging in may have taken a while."""
        now = int(time.time())
        return self.replace(at=now, until=now + self.until - self.at)

    def adjust(self, wish: Wish) -> Wish:
        """Return the wish for the session of this loan."""
        return wish.as_lent(self.to, self.at, self.until)

    def announce(self, request: Request, settings: Settings) -> None:
        """Log the loan, and tell the user that it has begun."""
        session_log.note_session(request, settings, session_log.LENT, self.profile, self.link, self.session, self.to)
        request.terminal.write(self.describe(f"is lent to '{self.to}' until {format_clock(self.until, time.time())}"))

    def describe(self, what: str) -> str:
        """Return a line for the user that begins with the profile."""
        return f"shellvault: '{sanitize(self.profile)}' {sanitize(what)}\n"


def make_loan(profile: str, to: str, arguments: Arguments, session: Session, link: Link) -> Loan:
    """Return a loan that starts now; see `Loan` for the parameters."""
    now = int(time.time())
    return Loan(profile, to, now, now + parse_duration(arguments.get("--for") or _DEFAULT, "--for"), session, link)
