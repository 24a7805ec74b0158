"""The endpoint's open claims by path; each ends with its owner. Everything here runs in the endpoint's loop.

What was lent may end before that: it then stays here, to tell programs so, until its owner ends.
"""

from __future__ import annotations

import asyncio
import os
import time
from typing import TYPE_CHECKING

from shellvault.agent.claims import forget_token
from shellvault.agent.http_rules import refuse_after
from shellvault.system.deadline import time_since_boot
from shellvault.system.process_life import open_process

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from shellvault.agent.claims import Claim
    from shellvault.agent.http_rules import Refusal
    from shellvault.core.wish import Wish


class OpenClaim:
    """An open claim, and the requests for it so far; `refusal` says why it no longer gives credentials.

    What was lent ends by the wall clock, or if that is set back, when the time that was left has passed.

    Args:
        claim: the claim.
        clock: epoch seconds.
        since_boot: seconds that never run backwards.
    """

    def __init__(
        self, claim: Claim, clock: Callable[[], float] = time.time, since_boot: Callable[[], float] = time_since_boot
    ) -> None:
        self.claim = claim
        self._clock, self._since_boot = clock, since_boot
        wish = claim.wish
        self._ends = since_boot() + wish.lent_until - max(clock(), wish.lent_at)
        self.process = -1
        self.asked_at: int | None = None
        self.requests = 0
        self._given = ""
        self.refusal: Refusal | None = None

    @property
    def is_late(self) -> bool:
        """Whether it was lent, and its time is over."""
        is_over = self._clock() >= self.claim.wish.lent_until or self._since_boot() >= self._ends
        return bool(self.claim.wish.lent_to) and is_over

    def note_request(self) -> None:
        """Count a request."""
        self.asked_at = int(time.time())
        self.requests += 1

    def is_new(self, key_id: str) -> bool:
        """Return whether the claim's programs get this session for the first time, and remember that they did."""
        before, self._given = self._given, key_id
        return before != key_id


class ClaimTable:
    """The claims by path.

    Args:
        on_end: called after a claim has ended.
    """

    def __init__(self, on_end: Callable[[Claim], None]) -> None:
        self._on_end = on_end
        self._open: dict[str, OpenClaim] = {}

    def __iter__(self) -> Iterator[OpenClaim]:
        return iter([each for each in self._open.values() if not each.refusal])

    @property
    def is_empty(self) -> bool:
        """Whether no claim has an owner left, including those that no longer give credentials."""
        return not self._open

    def find(self, path: str) -> OpenClaim | None:
        """Return the claim at a path; one whose token file was removed has ended."""
        found = self._open.get(path)
        if found and not os.path.exists(found.claim.token_file):
            self.end(path)
            return None
        if found and found.is_late:
            self.withdraw(found, refuse_after(found.claim.wish.lent_until))
        return found

    def withdraw(self, found: OpenClaim, refusal: Refusal) -> None:
        """Stop serving a claim, and tell its programs why. The token file stays, or they would complain about that."""
        if not found.refusal:
            found.refusal = refusal
            self._on_end(found.claim)

    def find_same(self, wish: Wish, owner: int) -> Claim | None:
        """Return this process's claim for the same session, if its token file still exists."""
        for each in self:
            claim = each.claim
            if claim.owner.pid == owner and claim.wish.asks_for_same(wish) and os.path.exists(claim.token_file):
                return claim
        return None

    def add(self, claim: Claim) -> None:
        """Open a claim; if the system has pidfds, the claim ends as soon as its owner does."""
        self._open[claim.path] = found = OpenClaim(claim)
        found.process = open_process(claim.owner.pid)
        if found.process >= 0:
            asyncio.get_running_loop().add_reader(found.process, self.end, claim.path)
        if not claim.owner.is_running:  # checked last: another process may have had the id by then
            self.end(claim.path)

    def end(self, path: str) -> None:
        """End a claim, if it is still open."""
        found = self._open.pop(path, None)
        if found is None:
            return
        if found.process >= 0:
            asyncio.get_running_loop().remove_reader(found.process)
            os.close(found.process)
        forget_token(found.claim)
        if not found.refusal:
            self._on_end(found.claim)

    def end_all(self) -> None:
        """End every claim."""
        for path in list(self._open):
            self.end(path)

    def check(self) -> None:
        """End claims whose time is over, or whose owner or token file has gone without the system reporting it."""
        for path, each in list(self._open.items()):
            if self.find(path) and each.process < 0 and not each.claim.owner.is_running:
                self.end(path)
