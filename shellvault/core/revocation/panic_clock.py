"""AWS's time while `panic` runs, and how far ahead the moment of a denial has to be. Pure."""

from __future__ import annotations

from shellvault.core.revocation.deny_policy import format_moment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from shellvault.core.revocation.denial import Caller

MARGIN = 5
"""Seconds, besides those for each step to come, by which a denial lies ahead."""
LONGEST = 120
"""The most seconds by which a denial lies ahead, and that a second run waits for one."""
_CALLS = 5  # that a step makes at most, usually
_FASTEST = 1.0  # seconds; no step counts as shorter


class PanicClock:
    """Knows AWS's time as soon as AWS has answered; `clock` returns monotonic seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._caller: Caller | None = None
        self._slowest = _FASTEST

    def learn(self, caller: Caller) -> None:
        """Learn the time and the speed of the network from an answer."""
        self._caller = caller
        self._slowest = max(self._slowest, _CALLS * caller.seconds)

    def now(self) -> int:
        """Return AWS's time in epoch seconds, or one that is up to two seconds later; 0 if it is not known."""
        if self._caller is None:
            return 0
        return self._caller.at + 2 + int(self._clock() - self._caller.read_at + self._caller.seconds)

    def find_ahead(self, left: int) -> int:
        """Return how many seconds ahead the moment of a denial is while this many steps are left."""
        return min(MARGIN + int(left * self._slowest), LONGEST)

    def find_wait(self, moment: str) -> int:
        """Return the seconds until a moment has passed; 0 for what is no moment, or too far away to be one of ours."""
        if self._caller is None:
            return 0
        now = self._caller.at + int(self._clock() - self._caller.read_at)
        return next((seconds for seconds in range(LONGEST + 1) if format_moment(now + seconds) > moment), 0)
