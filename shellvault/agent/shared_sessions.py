"""The sessions behind the claims: one per identity, obtained once however many ask, and renewed before it expires.

Everything here runs in the endpoint's loop, except `mint`, which runs in worker threads.
"""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from shellvault.core.errors import ShellvaultError
from shellvault.core.model import Session

if TYPE_CHECKING:
    from collections.abc import Callable

    from shellvault.agent.claims import Claim

    Mint = Callable[[Claim], Session]
    Outcome = Session | ShellvaultError

_PATIENCE = 1.0  # seconds that a request waits for a renewal while the old session is valid; boto3 gives up after 2
_FIRST_PAUSE, _LONGEST_PAUSE = 2.0, 60.0  # seconds between attempts while they fail
_LONGEST_WITHOUT = 5.0  # seconds; the longest pause if there is no valid session, since programs then wait
_IN_USE = 60 * 60  # seconds after the last request during which a session is renewed ahead
_MOST_THREADS = 32


class _Shared:
    """What is known about one identity's session."""

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        self.session: Session | None = None
        self.error: ShellvaultError | None = None
        self.minting: asyncio.Task[Outcome] | None = None
        self.asked_at = 0.0
        self.failures = 0
        self.failed_at = 0.0

    def is_fresh(self) -> bool:
        """Return whether the session has more than the margin left."""
        return self.session is not None and time.time() < self.session.refresh_at

    def valid(self) -> Session | None:
        """Return the session if it has not expired."""
        return self.session if self.session and time.time() < self.session.expires_at else None

    def is_pausing(self) -> bool:
        """Return whether the last attempt failed too recently to try again."""
        if not self.failures:
            return False
        longest = _LONGEST_PAUSE if self.valid() else _LONGEST_WITHOUT
        return time.monotonic() < self.failed_at + min(_FIRST_PAUSE * self.failures, longest)


class SharedSessions:
    """Sessions by identity.

    Args:
        mint: obtains a session; it may take long, and raises ShellvaultError.
    """

    def __init__(self, mint: Mint) -> None:
        self._mint = mint
        self._held: dict[str, _Shared] = {}
        self._threads = ThreadPoolExecutor(_MOST_THREADS, "shellvault-mint")

    def find(self, claim: Claim) -> Outcome | None:
        """Return what can be answered at once, or None if the caller has to wait for `obtain`."""
        held = self._hold(claim)
        if held.is_fresh():
            return held.session
        if held.is_pausing() and not held.minting:
            return held.valid() or held.error
        return None

    async def obtain(self, claim: Claim) -> Outcome:
        """Return a session or an error; if a renewal is slow or fails, the old session while it is valid."""
        held = self._hold(claim)
        minting = self._start(held, claim)
        if held.valid():
            await asyncio.wait({minting}, timeout=_PATIENCE)
            if not minting.done() and (valid := held.valid()):
                return valid
        outcome = await asyncio.shield(minting)
        return outcome if isinstance(outcome, Session) else held.valid() or outcome

    def keep(self, claim: Claim, session: Session) -> None:
        """Store a session that was obtained elsewhere."""
        self._note(self._held.setdefault(claim.wish.identity, _Shared(claim)), session)

    def begin(self, claim: Claim) -> None:
        """Start obtaining a session before the first request needs it."""
        if self.find(claim) is None:
            self._start(self._hold(claim), claim)

    def look(self, identity: str) -> tuple[Session | None, ShellvaultError | None]:
        """Return an identity's session if it is valid, and the last error if no attempt has succeeded since."""
        held = self._held.get(identity)
        return (held.valid(), held.error) if held else (None, None)

    def renew_due(self) -> None:
        """Start renewing the sessions that are due and in use."""
        for held in self._held.values():
            in_use = time.monotonic() < held.asked_at + _IN_USE
            due = held.session is not None and not held.is_fresh()
            if in_use and due and held.claim.wish.renews_ahead and not held.minting and not held.is_pausing():
                self._start(held, held.claim)

    def forget(self, identity: str = "") -> None:
        """Forget an identity's session, or all sessions."""
        for name in [identity] if identity else list(self._held):
            self._held.pop(name, None)

    async def stop(self) -> None:
        """Start nothing more; do not wait for calls that are running."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        running = [held.minting for held in self._held.values() if held.minting]
        for minting in running:
            minting.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _hold(self, claim: Claim) -> _Shared:
        held = self._held.setdefault(claim.wish.identity, _Shared(claim))
        held.claim, held.asked_at = claim, time.monotonic()
        return held

    def _start(self, held: _Shared, claim: Claim) -> asyncio.Task[Outcome]:
        """Return the task that obtains the session; start one if none is running."""
        if held.minting is None:
            held.minting = asyncio.get_running_loop().create_task(self._run(held, claim))
        return held.minting

    async def _run(self, held: _Shared, claim: Claim) -> Outcome:
        try:
            outcome = await asyncio.get_running_loop().run_in_executor(self._threads, self._mint_safely, claim)
        except RuntimeError:  # the endpoint is closing
            outcome = ShellvaultError("the endpoint has stopped")
        held.minting = None
        self._note(held, outcome)
        return outcome

    def _mint_safely(self, claim: Claim) -> Outcome:
        try:
            return self._mint(claim)
        except ShellvaultError as error:
            return error.with_traceback(None)
        except Exception as error:  # noqa: BLE001 - waiting programs get an answer, but not the text of a bug
            return ShellvaultError(f"a bug in shellvault: {type(error).__name__}", "please report it")

    def _note(self, held: _Shared, outcome: Outcome) -> None:
        if isinstance(outcome, Session):
            held.session, held.error = outcome, None
        else:
            held.error = outcome
        held.failures = 0 if held.is_fresh() else held.failures + 1
        held.failed_at = time.monotonic()
