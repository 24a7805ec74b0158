"""The endpoint's replies: credentials, or an error in words that SDKs show. Pure."""

from __future__ import annotations

import json
import time

from shellvault.core import errors
from shellvault.core.environment import UTC
from shellvault.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.agent.http_rules import Refusal
    from shellvault.core.errors import ShellvaultError
    from shellvault.core.model import Session

_KINDS: tuple[tuple[type[ShellvaultError], int, str], ...] = (
    (errors.UsageError, 400, "Usage"),
    (errors.NoSuchProfileError, 404, "NoSuchProfile"),
    (errors.NoKeyPairError, 404, "NoKeyPair"),
    (errors.LockedError, 403, "VaultLocked"),
    (errors.VaultUnavailableError, 503, "VaultUnavailable"),
    (errors.PersonNeededError, 403, "PersonNeeded"),
    (errors.AwsRefusedError, 403, "AwsRefused"),
    (errors.AwsUnreachableError, 503, "AwsUnreachable"),
)
"""Kinds of errors. A 5xx says that a retry may succeed soon; SDKs retry by themselves."""


class HttpReply(Record):
    """An HTTP status and a body."""

    status: int
    body: bytes


def give(session: Session) -> HttpReply:
    """Return the reply with a session; programs ask again when it expires, even if only our cache sets that time."""
    found = {
        "AccessKeyId": session.access_key_id,
        "SecretAccessKey": session.secret_access_key,
        "Token": session.session_token,
        "Expiration": time.strftime(UTC, time.gmtime(session.expires_at)),
        **({"AccountId": session.account} if session.account else {}),
    }
    return HttpReply(200, json.dumps(found).encode())


def explain(error: ShellvaultError) -> HttpReply:
    """Return the reply for an error, with the hint, because the user sees nothing else from us."""
    found = ((status, code) for kind, status, code in _KINDS if isinstance(error, kind))
    status, code = next(found, (500, "InternalError"))
    return _write_error(status, code, f"{error.message}; {error.hint}" if error.hint else error.message)


def refuse(refusal: Refusal) -> HttpReply:
    """Return the reply to a request that is refused."""
    return _write_error(refusal.status, refusal.code, refusal.message)


def _write_error(status: int, code: str, message: str) -> HttpReply:
    """Return an error in JSON, with each name in both spellings, because SDKs disagree."""
    text = f"shellvault: {message}"
    return HttpReply(status, json.dumps({"code": code, "message": text, "Code": code, "Message": text}).encode())
