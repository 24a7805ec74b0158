"""Exchanges a session for a sign-in token of the AWS console. The one request holds the session: over TLS only."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from botocore.awsrequest import AWSRequest

from shellvault.aws.aws_errors import RETRY, reach
from shellvault.aws.client import ATTEMPTS
from shellvault.aws.client_settings import require_endpoint
from shellvault.aws.http_session import BoundedSession
from shellvault.aws.service_answers import ForeignAnswerError
from shellvault.core.errors import AwsRefusedError, AwsUnreachableError
from shellvault.core.record import Secret

if TYPE_CHECKING:
    from shellvault.aws.network import Network
    from shellvault.core.model import Session

_PAUSE = 0.5  # seconds before the second attempt
_OK, _SERVER_ERROR = 200, 500
_OWN = (_OK, 400, 401)
"""How the service accepts and refuses a session: with a page, which another one looks like."""
_LONGEST = 16 * 1024  # characters


def fetch_sign_in_token(sign_in: str, session: Session, profile: str, network: Network, *, duration: int = 0) -> Secret:
    """Return a token that opens the console once, within a quarter of an hour.

    Args:
        sign_in: the URL of the partition's sign-in service.
        session: a role's, or a federated user's.
        profile: whose it is, for messages.
        network: certificates and proxies.
        duration: how long the console's session lasts, in seconds; 0 leaves it to the session's own expiry.

    Raises:
        AwsRefusedError: the console does not accept the session, or it was revoked.
        AwsUnreachableError: there was no answer, or none that could be read.
        UsageError: the endpoint or the certificates are not trusted.
    """
    given = {
        "sessionId": session.access_key_id,
        "sessionKey": str(session.secret_access_key),
        "sessionToken": str(session.session_token),
    }
    query = {"Action": "getSigninToken", "Session": json.dumps(given)}
    if duration:
        query["SessionDuration"] = str(duration)
    status, body = _fetch(sign_in, f"{sign_in}/federation?{urlencode(query)}", network)
    if status != _OK:
        raise _refused(sign_in, status, profile, duration)
    return _parse_token(sign_in, body)


def _fetch(sign_in: str, url: str, network: Network) -> tuple[int, bytes]:
    """Return the status and the body of the answer; ask again where the service fails."""
    require_endpoint(sign_in)
    network.guard.check_endpoint("signin", sign_in)
    http = BoundedSession(network, sign_in)
    for attempt in range(1, ATTEMPTS):
        try:
            return _send(http, sign_in, url)
        except AwsUnreachableError:
            time.sleep(_PAUSE * attempt)
    return _send(http, sign_in, url)


def _send(http: BoundedSession, sign_in: str, url: str) -> tuple[int, bytes]:
    with reach(sign_in):
        answer = http.send(AWSRequest(method="GET", url=url).prepare())
        status, body = int(answer.status_code), bytes(answer.content)
        if status < _SERVER_ERROR and status not in _OWN:
            raise ForeignAnswerError(status)
    if status >= _SERVER_ERROR:
        raise AwsUnreachableError(f"{sign_in} failed with HTTP {status}", RETRY)
    return status, body


def _refused(sign_in: str, status: int, profile: str, duration: int) -> AwsRefusedError:
    advice = "leave out --duration, or raise the role's maximum session duration; or " if duration else ""
    return AwsRefusedError(
        f"{sign_in} refused the session of '{profile}' (HTTP {status})",
        f"{advice}get a new session: shellvault clear, then {RETRY}",
    )


def _parse_token(sign_in: str, body: bytes) -> Secret:
    try:
        token = json.loads(body)["SigninToken"]
    except (ValueError, KeyError, TypeError, RecursionError):
        token = None
    if isinstance(token, str) and token.isascii() and token.isprintable() and 0 < len(token) <= _LONGEST:
        return Secret(token)
    raise AwsUnreachableError(f"the response of {sign_in} could not be parsed", RETRY)
