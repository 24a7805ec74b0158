"""Reads credentials out of answers that somebody else wrote; one that is cut or garbled is no answer."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from shellvault.core.errors import AwsUnreachableError
from shellvault.core.model import Session
from shellvault.core.record import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_VALUE = 16 * 1024  # characters; a session token has passed 4,096
UNTOLD = 15 * 60
"""Seconds after which credentials without an expiry are asked for again: AWS mints no session that is shorter."""

_LAST = 4_102_444_800  # the year 2100 in epoch seconds; what claims to last longer is not believed


def parse_session(answer: object, key: str, secret: str, token: str, expires_at: int | None) -> Session:
    """Return the session that an answer holds under these names; `expires_at` is epoch seconds, None where untold.

    Raises:
        AwsUnreachableError: a value is not there or not usable, or its time is over.
    """
    found = answer if isinstance(answer, dict) else {}
    values = [_text(found, name) for name in (key, secret, token)]
    now = int(time.time())
    end = now + UNTOLD if expires_at is None else min(expires_at, _LAST)
    if end <= now:
        raise AwsUnreachableError("the answer holds credentials that have expired already", "check the clock")
    return Session(values[0], Secret(values[1]), Secret(values[2]), end, Session.due(now, end))


def require_complete(parse_session: Session) -> Session:
    """Return a session that has all of its parts.

    Raises:
        AwsUnreachableError: it lacks one.
    """
    if parse_session.access_key_id and parse_session.secret_access_key and parse_session.session_token:
        return parse_session
    raise AwsUnreachableError("the answer holds no usable credentials", "run the command again")


def _text(answer: Mapping[str, Any], name: str) -> str:
    """Return a value that an environment variable and a header can carry; the empty string where there is none."""
    value = answer.get(name)
    if value is None:
        return ""
    usable = isinstance(value, str) and value.isascii() and value.isprintable() and " " not in value
    if not usable or len(value) > LONGEST_VALUE:
        raise AwsUnreachableError(f"the answer's {name} is not usable", "run the command again")
    return str(value)
