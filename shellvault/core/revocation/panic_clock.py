"""AWS's time while `panic` runs, and how far ahead the moment of a denial has to be. Pure."""

from __future__ import annotations

from shellvault.core.revocation.deny_policy import format_moment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from shellvault.core.revocation.denial import AwsTime

MARGIN = 60
"""How far a denial's moment lies in the future, in seconds, on top of the time that the remaining steps take.

AWS needs a while to apply a policy everywhere, and until then, denied sessions can still assume other roles.
"""
LONGEST = 900
"""The furthest that a denial's moment may lie in the future, in seconds."""
_LAST = 5  # seconds after the last step
_CALLS = 5  # that a step makes at most, usually
_FASTEST = 1.0  # seconds; no step counts as shorter


class PanicClock:
    """Tells AWS's time once AWS has answered. `clock` returns seconds since boot, including sleep."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._time: AwsTime | None = None
        self._slowest = _FASTEST

    def learn(self, time: AwsTime) -> None:
        """Learn the time and the speed of the network from an answer."""
        self._time = time
        self._slowest = max(self._slowest, _CALLS * time.seconds)

    def now(self) -> int:
        """Return AWS's time in epoch seconds, or one that is up to two seconds later; 0 if it is not known."""
        return self._find_now(self._time.seconds) + 2 if self._time else 0

    def find_ahead(self, left: int) -> int:
        """Return how many seconds ahead the moment of a denial is while this many steps are left."""
        return min(MARGIN + int(left * self._slowest), LONGEST)

    def find_wait(self, moment: str, left: int) -> int:
        """Return the seconds until a moment has passed, or 0 if that is after the end of this run: see `is_after`."""
        now = self._find_now(0)
        return next((seconds for seconds in range(self._find_rest(left)) if format_moment(now + seconds) > moment), 0)

    def is_after(self, moment: str, left: int) -> bool:
        """Return whether a moment is after the end of this run, when no key pair works any more."""
        return moment > format_moment(self._find_now(0) + self._find_rest(left))

    def _find_rest(self, left: int) -> int:
        return _LAST + int(left * self._slowest)

    def _find_now(self, seconds: float) -> int:
        return self._time.at + int(self._clock() - self._time.read_at + seconds) if self._time else 0
