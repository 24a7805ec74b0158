"""A machine's two clocks: the wall clock, which can be set, and the time since boot, which cannot."""

from __future__ import annotations

NOON = 1_900_000_000  # epoch seconds


class TwoClocks:
    """A wall clock and the time since boot; both advance only when a test says so."""

    def __init__(self) -> None:
        self._wall = float(NOON)
        self._since_boot = 5000.0

    def wall(self) -> float:
        """Return the time in epoch seconds."""
        return self._wall

    def since_boot(self) -> float:
        """Return the seconds since boot."""
        return self._since_boot

    def pass_time(self, seconds: float, *, wall: bool = True) -> None:
        """Let time pass, awake or asleep; without `wall`, the wall clock stands still, as on a paused machine."""
        self._since_boot += seconds
        self._wall += seconds if wall else 0

    def set_wall(self, now: float) -> None:
        """Set the wall clock, as a person or a time server does."""
        self._wall = now
