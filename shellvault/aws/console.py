"""Exchanges a session for a sign-in token of the AWS console. One request, which holds the session: over TLS only."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError, HTTPClientError
from botocore.httpsession import URLLib3Session
from botocore.utils import get_environ_proxies

from shellvault.aws.client import ATTEMPTS, CONNECT_TIMEOUT, READ_TIMEOUT
from shellvault.awsconfig.endpoints import is_loopback
from shellvault.core.errors import AwsRefusedError, AwsUnreachableError
from shellvault.core.record import Secret

if TYPE_CHECKING:
    from shellvault.core.model import Session

_PAUSE = 0.5  # seconds before a second attempt
_OK, _TOO_MANY, _SERVER_ERROR = 200, 429, 500
_LONGEST = 16 * 1024  # characters


def fetch_sign_in_token(
    sign_in: str, session: Session, profile: str, *, duration: int = 0, ca_bundle: str = ""
) -> Secret:
    """Return a token that opens the console once, within a quarter of an hour.

    Args:
        sign_in: the address of the partition's sign-in service.
        session: a role's, or a federated user's.
        profile: whose it is, for messages.
        duration: seconds that the console's session is to last; 0 leaves it to the session's own end.
        ca_bundle: a file of certificates to trust in place of botocore's own, or the empty string.

    Raises:
        AwsRefusedError: the session is not one for the console, or was revoked.
        AwsUnreachableError: there was no answer, or none that could be read.
    """
    given = {
        "sessionId": session.access_key_id,
        "sessionKey": str(session.secret_access_key),
        "sessionToken": str(session.session_token),
    }
    query = {"Action": "getSigninToken", "Session": json.dumps(given)}
    if duration:
        query["SessionDuration"] = str(duration)
    status, body = _answer(sign_in, f"{sign_in}/federation?{urlencode(query)}", ca_bundle)
    if status != _OK:
        raise _refused(sign_in, status, profile, duration)
    return _token(sign_in, body)


def _answer(sign_in: str, url: str, ca_bundle: str) -> tuple[int, bytes]:
    """Return the status and the body of the answer, asking again where the service asks for it by failing."""
    proxies = {} if is_loopback(sign_in) else get_environ_proxies(url)
    kind: Any = URLLib3Session  # its types say less than it takes
    http = kind(verify=ca_bundle or True, proxies=proxies, timeout=(CONNECT_TIMEOUT, READ_TIMEOUT))
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(_PAUSE * attempt)
        try:
            answer = http.send(AWSRequest(method="GET", url=url).prepare())
            status, body = int(answer.status_code), bytes(answer.content)
        except (BotoCoreError, HTTPClientError) as error:
            unreached = _unreached(
                sign_in, type(error).__name__
            )  # the error's own text holds the URL, and so the session
            continue
        if status < _SERVER_ERROR and status != _TOO_MANY:
            return status, body
        unreached = AwsUnreachableError(f"{sign_in} failed with HTTP {status}", "run the command again")
    raise unreached


def _unreached(sign_in: str, kind: str) -> AwsUnreachableError:
    if kind == "SSLError":
        return AwsUnreachableError(
            f"the certificate of {sign_in} is not trusted", "set ca_bundle in the profile, or AWS_CA_BUNDLE"
        )
    return AwsUnreachableError(
        f"{sign_in} could not be reached ({kind})", "check the network, then run the command again"
    )


def _refused(sign_in: str, status: int, profile: str, duration: int) -> AwsRefusedError:
    advice = "leave out --duration, or raise the role's maximum session duration; or " if duration else ""
    return AwsRefusedError(
        f"{sign_in} refused the session of '{profile}' (HTTP {status})",
        f"{advice}get a new session: shellvault clear, then run it again",
    )


def _token(sign_in: str, body: bytes) -> Secret:
    try:
        token = json.loads(body)["SigninToken"]
    except (ValueError, KeyError, TypeError, RecursionError):
        token = None
    if isinstance(token, str) and token.isascii() and token.isprintable() and 0 < len(token) <= _LONGEST:
        return Secret(token)
    raise AwsUnreachableError(f"the answer of {sign_in} could not be read", "run the command again")
