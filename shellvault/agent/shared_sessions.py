"""The sessions behind the claims: one for each identity, obtained once however many ask, and renewed ahead of its end.

Everything here runs in the endpoint's loop, except `mint`, which runs in threads.
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

_PATIENCE = 1.0  # seconds that somebody waits for a renewal while the last session is valid; boto3 gives up after 2
_FIRST_PAUSE, _LONGEST_PAUSE = 2.0, 60.0  # seconds between two tries while they fail
_LONGEST_WITHOUT = 5.0  # seconds; the same where there is no valid session, and everybody waits for one
_IN_USE = 60 * 60  # seconds after a request in which its session is renewed unasked
_MOST_THREADS = 32


class _Shared:
    """What is known of one identity."""

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
        """Return the session while it lasts."""
        return self.session if self.session and time.time() < self.session.expires_at else None

    def is_pausing(self) -> bool:
        """Return whether the last try failed a moment ago."""
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
        """Return what can be answered at once, or None if `obtain` has to be waited for."""
        held = self._hold(claim)
        if held.is_fresh():
            return held.session
        if held.is_pausing() and not held.minting:
            return held.valid() or held.error
        return None

    async def obtain(self, claim: Claim) -> Outcome:
        """Return a session, the last one while it is valid and there is no newer, or why there is none."""
        held = self._hold(claim)
        minting = self._start(held, claim)
        if held.valid():
            await asyncio.wait({minting}, timeout=_PATIENCE)
            if not minting.done() and (valid := held.valid()):
                return valid
        outcome = await asyncio.shield(minting)
        return outcome if isinstance(outcome, Session) else held.valid() or outcome

    def keep(self, claim: Claim, session: Session) -> None:
        """Take a session that somebody has obtained already."""
        self._note(self._held.setdefault(claim.wish.identity, _Shared(claim)), session)

    def begin(self, claim: Claim) -> None:
        """Begin to obtain a session, for whoever asks soon."""
        if self.find(claim) is None:
            self._start(self._hold(claim), claim)

    def look(self, identity: str) -> tuple[Session | None, ShellvaultError | None]:
        """Return the valid session of an identity, and the last error if nothing has succeeded since."""
        held = self._held.get(identity)
        return (held.valid(), held.error) if held else (None, None)

    def renew_due(self) -> None:
        """Begin to renew what is due and in use."""
        for held in self._held.values():
            in_use = time.monotonic() < held.asked_at + _IN_USE
            due = held.session is not None and not held.is_fresh()
            if in_use and due and held.claim.wish.renews_ahead and not held.minting and not held.is_pausing():
                self._start(held, held.claim)

    def forget(self, identity: str = "") -> None:
        """Forget the session of an identity, or all."""
        for name in [identity] if identity else list(self._held):
            self._held.pop(name, None)

    def stop(self) -> None:
        """Begin nothing any more; what runs is left to itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _hold(self, claim: Claim) -> _Shared:
        held = self._held.setdefault(claim.wish.identity, _Shared(claim))
        held.claim, held.asked_at = claim, time.monotonic()
        return held

    def _start(self, held: _Shared, claim: Claim) -> asyncio.Task[Outcome]:
        """Return the task that obtains the session: the one that runs, or a new one."""
        if held.minting is None:
            held.minting = asyncio.get_running_loop().create_task(self._run(held, claim))
        return held.minting

    async def _run(self, held: _Shared, claim: Claim) -> Outcome:
        try:
            outcome = await asyncio.get_running_loop().run_in_executor(self._threads, self._mint_safely, claim)
        except RuntimeError:  # the endpoint stops
            outcome = ShellvaultError("the endpoint has stopped")
        held.minting = None
        self._note(held, outcome)
        return outcome

    def _mint_safely(self, claim: Claim) -> Outcome:
        try:
            return self._mint(claim)
        except ShellvaultError as error:
            return error.with_traceback(None)
        except Exception as error:  # noqa: BLE001 - whoever waits gets an answer, without the text of a bug
            return ShellvaultError(f"a bug in shellvault: {type(error).__name__}", "please report it")

    def _note(self, held: _Shared, outcome: Outcome) -> None:
        if isinstance(outcome, Session):
            held.session, held.error = outcome, None
        else:
            held.error = outcome
        held.failures = 0 if held.is_fresh() else held.failures + 1
        held.failed_at = time.monotonic()
