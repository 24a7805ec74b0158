"""Renews sessions before they expire, while shells and programs go on asking for them, and nobody has to be there."""

from __future__ import annotations

import time

from shellvault.agent.channel import ClientNeededError
from shellvault.app import App
from shellvault.core.errors import AwsUnreachableError, ShellvaultError
from shellvault.core.record import Record, Secret
from shellvault.storage import status_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from shellvault.core.model import Session
    from shellvault.request import Request, Terminal
    from shellvault.settings import Settings

USED_FOR = 60 * 60  # seconds after the last request for a session in which it is renewed
_PAUSE = 60  # seconds between attempts while AWS cannot be reached


class Renewal(Record):
    """A session that clients ask for: who asked last, and when, and when it is due. Times are in epoch seconds."""

    request: Request
    settings: Settings
    profile: str
    identity: str
    asked_at: float
    refresh_at: float
    expires_at: int

    def is_alive(self, now: float) -> bool:
        """Return whether there is still something to renew, and somebody to renew it for."""
        return now < self.expires_at and now < self.asked_at + USED_FOR


class Renewals:
    """The sessions that are renewed ahead.

    Args:
        terminal: the terminal of commands that nobody sees.
        clock: epoch seconds.
    """

    def __init__(self, terminal: Terminal, clock: Callable[[], float] = time.time) -> None:
        self._terminal = terminal
        self._clock = clock
        self._known: dict[tuple[str, str], Renewal] = {}

    def note(self, request: Request, settings: Settings, profile: str, identity: str, session: Session) -> None:
        """Take note that a session was asked for."""
        now, quiet = self._clock(), settings.replace(no_input=True, fresh=False, mfa_token=Secret(""))
        renewal = Renewal(request, quiet, profile, identity, now, session.refresh_at, session.expires_at)
        self._known[settings.home, profile] = renewal

    def stop(self, home: str, identities: Collection[str]) -> None:
        """Forget sessions that the user wants forgotten."""
        for renewal in self._alive():
            if renewal.settings.home == home and renewal.identity in identities:
                self._forget(renewal)

    def profiles(self) -> list[str]:
        """Return the profiles whose sessions are renewed."""
        return sorted({renewal.profile for renewal in self._alive()})

    def take_due(self) -> list[Renewal]:
        """Return what is due now; it is not due again until it has been tried."""
        now = self._clock()
        due = [renewal for renewal in self._alive() if renewal.refresh_at <= now]
        for renewal in due:
            self._postpone(renewal, now + _PAUSE)
        return due

    def seconds_left(self) -> float | None:
        """Return the seconds until something is due; None: nothing is."""
        now = self._clock()
        return min((max(0.0, renewal.refresh_at - now) for renewal in self._alive()), default=None)

    def renew(self, renewal: Renewal) -> None:
        """Obtain a new session, and say in the status file what came of it."""
        status = status_file.find_path(renewal.settings.home, renewal.profile)
        app = App(renewal.request.replace(terminal=self._terminal), renewal.settings)
        try:
            resolved = app.resolve(renewal.profile)
            session = app.with_current_keys(resolved, lambda chosen: app.broker(chosen).renew(chosen.chain))
        except ClientNeededError:
            self._forget(renewal)
        except AwsUnreachableError as error:
            status_file.record_failure(status, error)
        except ShellvaultError as error:
            self._forget(renewal)
            status_file.record_failure(status, error)
        else:
            status_file.record_renewal(status, session)
            renewed = renewal.replace(refresh_at=session.refresh_at, expires_at=session.expires_at)
            self._known[renewal.settings.home, renewal.profile] = renewed

    def _alive(self) -> list[Renewal]:
        now, known = self._clock(), dict(self._known)
        for key, renewal in known.items():
            if not renewal.is_alive(now):
                self._known.pop(key, None)
        return [renewal for renewal in known.values() if renewal.is_alive(now)]

    def _postpone(self, renewal: Renewal, until: float) -> None:
        self._known[renewal.settings.home, renewal.profile] = renewal.replace(refresh_at=until)

    def _forget(self, renewal: Renewal) -> None:
        self._known.pop((renewal.settings.home, renewal.profile), None)
