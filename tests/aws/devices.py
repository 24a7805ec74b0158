"""An MFA device and the server's view of it: valid codes, and those already used."""

from __future__ import annotations

import hmac
import secrets
import time
from typing import TYPE_CHECKING

from tests.aws.totp import STEP, compute_code, compute_step

if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import RLock

WINDOW = (0, 1, -1)
"""Steps from now that the server accepts, the longest-lived codes first."""

_MARGIN = 2
"""Seconds before the end of a step in which the window's oldest code is no longer handed out."""


class MfaDevice:
    """A virtual MFA device, which uses the server's clock."""

    def __init__(self, serial: str, clock: Callable[[], float], lock: RLock) -> None:
        self.serial = serial
        self._key = secrets.token_bytes(20)
        self._clock = clock
        self._lock = lock
        self._spent: set[int] = set()
        self._handed_out: set[int] = set()

    def code(self, at: float | None = None) -> str:
        """Return the code shown at a time (epoch seconds of the server's clock), used or not."""
        return compute_code(self._key, compute_step(self._clock() if at is None else at))

    def next_code(self) -> str:
        """Return an unused code that this method has not returned before.

        Three codes are valid at any time: those of the current, next and previous steps. They are returned at once,
        while a fourth within 30 seconds has to wait for the next step. A test that needs many codes should use
        several devices.
        """
        while (code := self._take_unused()) is None:
            time.sleep(STEP - self._clock() % STEP + 0.01)
        return code

    def accept(self, code: str) -> bool:
        """Use up a code on behalf of the server; true once per step of the window."""
        with self._lock:
            now = compute_step(self._clock())
            for step in (now + distance for distance in WINDOW):
                if step not in self._spent and hmac.compare_digest(compute_code(self._key, step), code):
                    self._spent.add(step)
                    return True
            return False

    def _take_unused(self) -> str | None:
        with self._lock:
            now = self._clock()
            lasting = WINDOW if STEP - now % STEP > _MARGIN else WINDOW[:-1]
            for step in (compute_step(now) + distance for distance in lasting):
                if step not in self._spent | self._handed_out:
                    self._handed_out.add(step)
                    return compute_code(self._key, step)
            return None
