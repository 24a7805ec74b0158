"""The console's sign-in endpoint: a session becomes a sign-in token, and a token opens the console once.

Source: "Enable custom identity broker access to the AWS console" in the IAM User Guide. A refusal there is a bare 400.
"""

from __future__ import annotations

import hmac
import json
import re
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.aws.errors import AwsError
from tests.aws.rest import Field, Fields, Route
from tests.aws.visit import Answer

if TYPE_CHECKING:
    from tests.aws.identities import Credential
    from tests.aws.visit import Visit

DURATIONS = range(900, 43200 + 1)
CONSOLES = {
    "aws": "aws.amazon.com",
    "aws-cn": "amazonaws.cn",
    "aws-us-gov": "amazonaws-us-gov.com",
    "aws-eusc": "amazonaws-eusc.eu",
}
"""The domain of each partition's console, where a login may end."""

_SESSION_FIELDS = ("sessionId", "sessionKey", "sessionToken")


class Page:
    """Errors are pages for people."""

    service = "signin"

    def refuse(self, error: AwsError, request_id: str) -> Answer:
        """Return an error page."""
        text = f"<html><title>{escape(error.code)}</title><body>{escape(error.message)}</body></html>"
        return Answer(error.status, text.encode(), request_id, "text/html")

    def fault(self, kind: str) -> AwsError:
        """Return a fault's page."""
        return {"throttle": AwsError(kind, "Too many requests", 429), "error500": AwsError(kind, "Oops", 500)}[kind]

    def wrong(self, message: str) -> AwsError:
        """Return the refusal of a field."""
        return AwsError("BadRequest", message)


def get_signin_token(visit: Visit, fields: Fields) -> dict[str, str]:
    """Exchange a role's or a federated user's session for a sign-in token."""
    caller = _session_of(visit, fields["Session"])
    _check_duration(caller, fields.get("SessionDuration"))
    if fields.get("SessionType", "json") != "json":
        raise _bad("SessionType is not supported")
    visit.principal = caller.principal.arn
    return {"SigninToken": str(visit.world.signin.issue(caller.principal))}


def login(visit: Visit, fields: Fields) -> Answer:
    """Open the console at the destination, which has to be one of the same partition."""
    principal = visit.world.signin.take(fields["SigninToken"])
    if principal is None:
        raise _bad("The sign-in token is invalid, was used or has expired")
    visit.principal = principal.arn
    domain = CONSOLES[principal.arn.split(":")[1]]
    place = urlsplit(fields["Destination"])
    if place.scheme != "https" or not f".{place.hostname}".endswith(f".{domain}"):
        raise _bad(f"The destination is not at {domain}")
    return redirect(visit, fields["Destination"])


def logout(visit: Visit, fields: Fields) -> Answer:
    """End whatever the browser is signed in to, and go on."""
    return redirect(visit, fields["redirect_uri"])


def redirect(visit: Visit, place: str) -> Answer:
    """Return an answer that sends a browser elsewhere."""
    return Answer(302, b"", visit.request_id, "text/html", (("Location", place),))


def _session_of(visit: Visit, text: str) -> Credential:
    """Return the session that a request holds; a user's own session is not for the console."""
    given = _parsed(text)
    known = visit.world.keys.working(given["sessionId"])
    if known is None or known.session is None:
        raise _bad("The session is unknown")
    told = f"{given['sessionKey']} {given['sessionToken']}".encode()
    if not hmac.compare_digest(told, f"{known.secret} {known.session.token}".encode()):
        raise _bad("The session is invalid")
    if visit.world.now() >= known.session.expires_at:
        raise _bad("The session has expired")
    if known.session.kind == "session":
        raise _bad("Credentials of GetSessionToken cannot sign in to the console")
    return known


def _parsed(text: str) -> dict[str, str]:
    try:
        given = json.loads(text)
    except ValueError:
        raise _bad("Session is no JSON") from None
    if not isinstance(given, dict) or sorted(given) != sorted(_SESSION_FIELDS):
        raise _bad(f"Session must have {', '.join(_SESSION_FIELDS)} and nothing else")
    if not all(isinstance(value, str) and value for value in given.values()):
        raise _bad("Session must hold texts")
    return given


def _check_duration(caller: Credential, seconds: str | None) -> None:
    """Refuse a duration out of range, and any for sessions whose length is settled already."""
    if seconds is None:
        return
    if not re.fullmatch(r"\d{1,9}", seconds, re.ASCII) or int(seconds) not in DURATIONS:
        raise _bad(f"SessionDuration must be from {DURATIONS[0]} to {DURATIONS[-1]}")
    if caller.session is None or caller.session.chained or caller.session.kind == "federated":
        raise _bad("SessionDuration must not be used with credentials of GetFederationToken or of role chaining")


def _bad(message: str) -> AwsError:
    return AwsError("BadRequest", message)


PAGE = Page()
"""The form of everything that a browser opens."""

_ACTION = Field("Action", "query", required=True)


ROUTES = {
    "GET /federation?Action=getSigninToken": Route(
        "getSigninToken",
        get_signin_token,
        PAGE,
        (
            _ACTION,
            Field("Session", "query", required=True, secret=True),
            Field("SessionDuration", "query"),
            Field("SessionType", "query"),
        ),
    ),
    "GET /federation?Action=login": Route(
        "login",
        login,
        PAGE,
        (
            _ACTION,
            Field("Issuer", "query"),
            Field("Destination", "query", required=True),
            Field("SigninToken", "query", required=True, secret=True),
        ),
    ),
    "GET /oauth?Action=logout": Route("logout", logout, PAGE, (_ACTION, Field("redirect_uri", "query", required=True))),
}
"""What a browser or a broker may ask for; the Action stands in the query."""
