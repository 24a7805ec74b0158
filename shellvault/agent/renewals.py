"""Renews sessions before they expire, as long as shells and programs keep asking for them and no person is needed."""

from __future__ import annotations

import time
from contextlib import suppress

from shellvault.agent.channel import ClientNeededError
from shellvault.app import App
from shellvault.cli import read_settings
from shellvault.core.environment import NOT_FOR_CHILDREN, PASSPHRASE_FILE
from shellvault.core.errors import AwsUnreachableError, ShellvaultError
from shellvault.core.record import Record, Secret
from shellvault.request import Request
from shellvault.storage import status_file
from shellvault.system.deadline import time_since_boot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from typing import Any

    from shellvault.core.chain.resolve import ResolvedChain
    from shellvault.core.model import Session
    from shellvault.request import Host, Terminal
    from shellvault.settings import Settings

USED_FOR = 60 * 60  # seconds after the last request during which a session is renewed
_SECRETS = frozenset(NOT_FOR_CHILDREN) - {PASSPHRASE_FILE}  # variables
_PAUSE = 60  # seconds between attempts while AWS cannot be reached


class Renewal(Record):
    """A session to renew: who last asked for it and when, and when it is due.

    `via` is how it was chosen beside its profile: see `shellvault.core.environment.VIA`.
    `asked_at` is in seconds since boot, because the clock may be set; the other times are AWS's, in epoch seconds.
    """

    request: Request
    settings: Settings
    profile: str
    via: str
    identity: str
    asked_at: float
    refresh_at: float
    expires_at: int

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells it from the others."""
        return self.settings.home, self.profile, self.via

    def is_alive(self, now: float, since_boot: float) -> bool:
        """Return whether the session is still valid, and was asked for recently enough."""
        return now < self.expires_at and since_boot < self.asked_at + USED_FOR


class Renewals:
    """The sessions that are renewed before they expire.

    Args:
        terminal: the terminal of renewals, whose output nobody sees.
        clock: epoch seconds.
        since_boot: seconds that never run backwards.

    Attributes:
        minted_at: when a session was last obtained, in monotonic time.
    """

    def __init__(
        self,
        terminal: Terminal,
        clock: Callable[[], float] = time.time,
        since_boot: Callable[[], float] = time_since_boot,
    ) -> None:
        self._terminal = terminal
        self._clock = clock
        self._since_boot = since_boot
        self._known: dict[tuple[str, str, str], Renewal] = {}
        self.minted_at = time.monotonic()

    def note(
        self, request: Request, settings: Settings, held: tuple[str, str], identity: str, session: Session
    ) -> None:
        """Record that a client asked for a session; `held` is the profile and `Renewal.via`."""
        before = self._known.get((settings.home, *held))
        due, now = float(session.refresh_at), self._since_boot()
        if before and (before.identity, before.expires_at) == (identity, session.expires_at):
            due = max(due, before.refresh_at)  # later, if an attempt has failed
        else:
            self.minted_at = time.monotonic()
        # The client's terminal ends with the client.
        asked = Request(request.words, request.environ, request.cwd, self._terminal, request.host)
        kept = settings.replace(mfa_token=Secret("")) if settings.mfa_token else settings
        renewal = Renewal(asked, kept, *held, identity, now, due, session.expires_at)
        self._known[renewal.key] = renewal

    def stop(self, home: str, identities: Collection[str] | None) -> None:
        """Stop renewing the sessions with these identities, or every session of a home."""
        for renewal in self._alive():
            if renewal.settings.home == home and (identities is None or renewal.identity in identities):
                self._forget(renewal)

    def hold_secret(self) -> bool:
        """Return whether a client's environment holds a passphrase or the like, which programs in a shell never get."""
        return any(not _SECRETS.isdisjoint(renewal.request.environ) for renewal in self._alive())

    def describe(self) -> list[dict[str, Any]]:
        """Return the renewals in a form that JSON can hold."""
        plain = Renewal._fields[2:]
        return [
            {name: getattr(renewal, name) for name in plain}
            | {"words": renewal.request.words, "environ": dict(renewal.request.environ), "cwd": renewal.request.cwd}
            for renewal in self._alive()
        ]

    def restore(self, described: Iterable[Mapping[str, Any]], host: Host) -> None:
        """Take over the renewals that another agent described."""
        for found in described:
            request = Request(tuple(found["words"]), found["environ"], found["cwd"], self._terminal, host)
            plain = (found[name] for name in Renewal._fields[2:])
            with suppress(ShellvaultError):
                renewal = Renewal(request, read_settings(request), *plain)
                self._known[renewal.key] = renewal

    def profiles(self) -> list[str]:
        """Return the profiles whose sessions are renewed."""
        return sorted({renewal.profile for renewal in self._alive()})

    def take_due(self) -> list[Renewal]:
        """Return the renewals that are due, and postpone them so that they are not due again while they run."""
        now = self._clock()
        due = [renewal for renewal in self._alive() if renewal.refresh_at <= now]
        for renewal in due:
            self._postpone(renewal, now + _PAUSE)
        return due

    def seconds_left(self) -> float | None:
        """Return the seconds until a renewal is due; None if there is none."""
        now = self._clock()
        return min((max(0.0, renewal.refresh_at - now) for renewal in self._alive()), default=None)

    def renew(self, renewal: Renewal) -> None:
        """Obtain a new session, and record success or failure in the status file."""
        status = status_file.find_path(*renewal.key)
        quiet = renewal.settings.replace(no_input=True, fresh=False, mfa_token=Secret(""))  # nobody can be asked
        app = App(renewal.request, quiet)

        def obtain(chosen: ResolvedChain) -> tuple[str, Session]:
            return chosen.chain.identity, app.broker(chosen).renew(chosen.chain)

        self.minted_at = time.monotonic()
        try:
            identity, session = app.with_current_keys(app.resolve(renewal.profile), obtain)
        except ClientNeededError:
            self._forget(renewal)
        except AwsUnreachableError as error:
            status_file.record_failure(status, error)
        except ShellvaultError as error:
            self._forget(renewal)
            status_file.record_failure(status, error)
        else:
            status_file.record_renewal(status, session)
            self._note_renewal(renewal, identity, session)

    def _note_renewal(self, renewal: Renewal, identity: str, session: Session) -> None:
        """Schedule the renewal of the new session, unless the user has had the old one forgotten by now."""
        now = self._known.get(renewal.key)
        if now and now.identity == renewal.identity:
            times = {"refresh_at": session.refresh_at, "expires_at": session.expires_at}
            self._known[renewal.key] = now.replace(identity=identity, **times)

    def _alive(self) -> list[Renewal]:
        now, since_boot, known = self._clock(), self._since_boot(), dict(self._known)
        for key, renewal in known.items():
            if not renewal.is_alive(now, since_boot):
                self._known.pop(key, None)
        return [renewal for renewal in known.values() if renewal.is_alive(now, since_boot)]

    def _postpone(self, renewal: Renewal, until: float) -> None:
        self._known[renewal.key] = renewal.replace(refresh_at=until)

    def _forget(self, renewal: Renewal) -> None:
        self._known.pop(renewal.key, None)
