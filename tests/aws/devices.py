"""An MFA device and the server's half of it: which codes it would show, and which of them were spent."""

from __future__ import annotations

import hmac
import secrets
import time
from typing import TYPE_CHECKING

from tests.aws.totp import STEP, code_of, step_at

if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import RLock

WINDOW = (0, 1, -1)
"""Steps from now that the server accepts; the first ones last longest, so they are handed out first."""

DYING = 2
"""Seconds before the end of a step in which the oldest code of the window is too old to be worth sending."""


class MfaDevice:
    """A virtual device. It reads the server's clock, as a phone and AWS agree on the time."""

    def __init__(self, serial: str, clock: Callable[[], float], lock: RLock) -> None:
        self.serial = serial
        self._key = secrets.token_bytes(20)
        self._clock = clock
        self._lock = lock
        self._spent: set[int] = set()
        self._handed_out: set[int] = set()

    def code(self, at: float | None = None) -> str:
        """Return what the device shows at this moment (epoch seconds of the server's clock), used or not."""
        return code_of(self._key, step_at(self._clock() if at is None else at))

    def next_code(self) -> str:
        """Return a code that nobody used and this method never returned.

        Three fit into the server's window at any time: this step's, the next one's and the last one's. They come
        at once. A fourth within 30 seconds has to wait for the next step, so a test that needs many codes
        gives its users more devices.
        """
        while (code := self._unused()) is None:
            time.sleep(STEP - self._clock() % STEP + 0.01)
        return code

    def accept(self, code: str) -> bool:
        """Spend a code, for the server: true once for each step of the window."""
        with self._lock:
            now = step_at(self._clock())
            for step in (now + distance for distance in WINDOW):
                if step not in self._spent and hmac.compare_digest(code_of(self._key, step), code):
                    self._spent.add(step)
                    return True
            return False

    def _unused(self) -> str | None:
        with self._lock:
            now = self._clock()
            lasting = WINDOW if STEP - now % STEP > DYING else WINDOW[:-1]
            for step in (step_at(now) + distance for distance in lasting):
                if step not in self._spent | self._handed_out:
                    self._handed_out.add(step)
                    return code_of(self._key, step)
            return None
