"""One-time codes as in RFC 4226 and RFC 6238 (SHA-1, steps of 30 seconds), and nothing about who may use them."""

from __future__ import annotations

import hmac

STEP = 30
"""Seconds for which a code is current."""


def step_at(at: float) -> int:
    """Return the number of the step in which this moment (epoch seconds) lies."""
    return int(at // STEP)


def code_of(key: bytes, step: int, digits: int = 6) -> str:
    """Return the code of one step."""
    mac = hmac.new(key, step.to_bytes(8, "big"), "sha1").digest()
    offset = mac[-1] & 15
    number = int.from_bytes(mac[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**digits:0{digits}}"
