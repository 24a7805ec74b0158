"""One-time codes according to RFC 4226 and RFC 6238 (SHA-1, steps of 30 seconds)."""

from __future__ import annotations

import hmac

STEP = 30
"""Seconds for which a code is shown."""


def compute_step(at: float) -> int:
    """Return the number of the step at a time (epoch seconds)."""
    return int(at // STEP)


def compute_code(key: bytes, step: int, digits: int = 6) -> str:
    """Return the code of a step."""
    mac = hmac.new(key, step.to_bytes(8, "big"), "sha1").digest()
    offset = mac[-1] & 15
    number = int.from_bytes(mac[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**digits:0{digits}}"
