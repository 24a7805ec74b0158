"""The console's sign-in endpoint: exchanges a session for a one-time sign-in token that opens the console.

Source: "Enable custom identity broker access to the AWS console" in the IAM User Guide. Errors are plain 400
responses. A browser that is signed in stays so by a cookie, and has to sign out before it signs in as somebody else.
"""

from __future__ import annotations

import hmac
import json
import re
from html import escape
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.aws.errors import AwsError
from tests.aws.identities import random_secret
from tests.aws.request_context import HttpResponse
from tests.aws.rest import Field, Fields, Route

if TYPE_CHECKING:
    from tests.aws.identities import Credential
    from tests.aws.request_context import RequestContext

DURATIONS = range(900, 43200 + 1)
CONSOLES = {
    "aws": "aws.amazon.com",
    "aws-cn": "amazonaws.cn",
    "aws-us-gov": "amazonaws-us-gov.com",
    "aws-eusc": "amazonaws-eusc.eu",
}
"""The domain of each partition's console, where a login must end."""

_COOKIE = "console-session"
_SESSION_FIELDS = ("sessionId", "sessionKey", "sessionToken")


class PageErrorFormat:
    """Errors as HTML pages."""

    service = "signin"

    def render_error(self, error: AwsError, request_id: str) -> HttpResponse:
        """Render an error page."""
        text = f"<html><title>{escape(error.code)}</title><body>{escape(error.message)}</body></html>"
        return HttpResponse(error.status, text.encode(), request_id, "text/html")

    def fault(self, kind: str) -> AwsError:
        """Return the error of an injected fault."""
        return {"throttle": AwsError(kind, "Too many requests", 429), "error500": AwsError(kind, "Oops", 500)}[kind]

    def invalid_field(self, message: str) -> AwsError:
        """Return the error for an invalid field."""
        return AwsError("BadRequest", message)


def get_signin_token(context: RequestContext, fields: Fields) -> dict[str, str]:
    """Exchange a session of a role or federated user for a sign-in token."""
    caller = _verify_session(context, fields["Session"])
    _check_duration(caller, fields.get("SessionDuration"))
    if fields.get("SessionType", "json") != "json":
        raise _make_error("SessionType is not supported")
    context.principal = caller.principal.arn
    return {"SigninToken": str(context.world.signin.issue(caller.principal))}


def login(context: RequestContext, fields: Fields) -> HttpResponse:
    """Open the console at the destination, which must belong to the same partition."""
    principal = context.world.signin.redeem(fields["SigninToken"])
    if principal is None:
        raise _make_error("The sign-in token is invalid, was used or has expired")
    context.principal = principal.arn
    domain = CONSOLES[principal.arn.split(":")[1]]
    place = urlsplit(fields["Destination"])
    if place.scheme != "https" or not f".{place.hostname}".endswith(f".{domain}"):
        raise _make_error(f"The destination is not at {domain}")
    if _find_signed_in(context) not in ("", principal.arn):
        raise _make_error("You must first log out before logging into a different AWS account")
    return redirect(context, fields["Destination"], _make_cookie(context, principal.arn))


def logout(context: RequestContext, fields: Fields) -> HttpResponse:
    """End the browser's console session, and continue."""
    return redirect(context, fields["redirect_uri"], f"{_COOKIE}=; Path=/; Max-Age=0")


def show_console(context: RequestContext, _fields: Fields) -> HttpResponse:
    """Show the account in which the browser is signed in; the console itself has other hosts, which no test reaches."""
    arn = _find_signed_in(context)
    title = f"account {arn.split(':')[4]}" if arn else "signed out"
    return HttpResponse(200, f"<html><title>{title}</title></html>".encode(), context.request_id, "text/html")


def redirect(context: RequestContext, place: str, cookie: str = "") -> HttpResponse:
    """Return a redirect, which may set a cookie."""
    headers = (("Location", place), *([("Set-Cookie", cookie)] if cookie else []))
    return HttpResponse(302, b"", context.request_id, "text/html", headers)


def _find_signed_in(context: RequestContext) -> str:
    """Return the ARN as which the browser is signed in, or the empty string."""
    cookie = SimpleCookie(context.request.header("cookie")).get(_COOKIE)
    with context.world.lock:
        return context.world.signed_in.get(cookie.value, "") if cookie else ""


def _make_cookie(context: RequestContext, arn: str) -> str:
    """Return a cookie that keeps a browser signed in, for no other server and until the browser ends."""
    value = str(random_secret(40))
    with context.world.lock:
        context.world.signed_in[value] = arn
    return f"{_COOKIE}={value}; Path=/; HttpOnly"


def _verify_session(context: RequestContext, text: str) -> Credential:
    """Return the session in a request, which must not be a user's own."""
    fields_given = _parse_session(text)
    known = context.world.keys.find_active(fields_given["sessionId"])
    if known is None or known.session is None:
        raise _make_error("The session is unknown")
    presented = f"{fields_given['sessionKey']} {fields_given['sessionToken']}".encode()
    if not hmac.compare_digest(presented, f"{known.secret} {known.session.token}".encode()):
        raise _make_error("The session is invalid")
    if context.world.now() >= known.session.expires_at:
        raise _make_error("The session has expired")
    if known.session.kind == "session":
        raise _make_error("Credentials of GetSessionToken cannot sign in to the console")
    return known


def _parse_session(text: str) -> dict[str, str]:
    try:
        fields_given = json.loads(text)
    except ValueError:
        raise _make_error("Session is no JSON") from None
    if not isinstance(fields_given, dict) or sorted(fields_given) != sorted(_SESSION_FIELDS):
        raise _make_error(f"Session must have {', '.join(_SESSION_FIELDS)} and nothing else")
    if not all(isinstance(value, str) and value for value in fields_given.values()):
        raise _make_error("Session must hold texts")
    return fields_given


def _check_duration(caller: Credential, seconds: str | None) -> None:
    """Refuse a duration out of range, and any duration for sessions whose length is fixed."""
    if seconds is None:
        return
    if not re.fullmatch(r"\d{1,9}", seconds, re.ASCII) or int(seconds) not in DURATIONS:
        raise _make_error(f"SessionDuration must be from {DURATIONS[0]} to {DURATIONS[-1]}")
    if caller.session is None or caller.session.chained or caller.session.kind == "federated":
        raise _make_error("SessionDuration must not be used with credentials of GetFederationToken or of role chaining")


def _make_error(message: str) -> AwsError:
    return AwsError("BadRequest", message)


PAGE = PageErrorFormat()
"""The error format of everything opened in a browser."""

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
    "GET /console": Route("console", show_console, PAGE),
    "GET /oauth?Action=logout": Route("logout", logout, PAGE, (_ACTION, Field("redirect_uri", "query", required=True))),
}
"""Pages and actions, selected by the Action in the query."""
