"""Parses credentials that other programs and services print; what is cut short or garbled is refused."""

from __future__ import annotations

import time

from shellvault.core.errors import AwsUnreachableError
from shellvault.core.model import Session
from shellvault.core.record import Secret

LONGEST_VALUE = 16 * 1024  # characters; session tokens have passed 4,096
DEFAULT_LIFETIME = 15 * 60
"""Seconds after which credentials without an expiry are asked for again: no session of AWS is shorter."""

_RETRY = "run the command again"
_LATEST = 4_102_444_800  # the year 2100 in epoch seconds; a later expiry is not believed


def parse_session(answer: object, key: str, secret: str, token: str, expires_at: int | None) -> Session:
    """Return the session that an answer holds under these names.

    `expires_at` is in epoch seconds, None where the answer names no expiry.

    Raises:
        AwsUnreachableError: a value is unusable, or the session has expired.
    """
    values = [_parse_value(answer, name) for name in (key, secret, token)]
    now = int(time.time())
    end = now + DEFAULT_LIFETIME if expires_at is None else min(expires_at, _LATEST)
    if end <= now:
        raise AwsUnreachableError("the response contained credentials that have already expired", "check the clock")
    return Session(values[0], Secret(values[1]), Secret(values[2]), end, Session.due(now, end))


def require_complete(session: Session) -> Session:
    """Return a session that has all of its parts.

    Raises:
        AwsUnreachableError: one is missing.
    """
    if session.access_key_id and session.secret_access_key and session.session_token:
        return session
    raise AwsUnreachableError("the response contained no usable credentials", _RETRY)


def _parse_value(answer: object, name: str) -> str:
    """Return a value that an environment variable and a header can carry; the empty string where there is none."""
    value = answer.get(name) if isinstance(answer, dict) else None
    if value is None:
        return ""
    usable = isinstance(value, str) and value.isascii() and value.isprintable() and " " not in value
    if not usable or len(value) > LONGEST_VALUE:
        raise AwsUnreachableError(f"the response contained no usable {name}", _RETRY)
    return str(value)
