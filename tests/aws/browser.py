"""The pages of IAM Identity Center that a person's browser opens; the person does what `world.sso.browser` says."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from tests.aws.errors import AwsError
from tests.aws.grants import CODE
from tests.aws.rest import Field, Fields, Route
from tests.aws.signin import PAGE, redirect
from tests.aws.visit import Answer

if TYPE_CHECKING:
    from tests.aws.visit import Visit

_CHALLENGE_LENGTH = 43
_CLOSED = {
    "approved": "Request approved. You can close this window.",
    "denied": "Request denied. You can close this window.",
    "pending": "Compare the code, and allow access.",
}


def authorize(visit: Visit, fields: Fields) -> Answer:
    """Send a code to a client's own address, or the refusal of the person.

    A client or an address that is not registered stays on the page: nobody is sent to an address that is not proven.
    """
    sso = visit.world.sso
    client = sso.clients.valid(fields["client_id"])
    if client is None or CODE not in client.grants or not client.admits(fields["redirect_uri"]):
        raise AwsError("InvalidRequestException", "The client or its redirect_uri is not registered")
    if fault := _fault(fields, client.scopes):
        return _back(visit, fields, error=fault)
    if sso.browser == "wait":
        return _page(visit, "pending")
    if sso.browser == "deny":
        return _back(visit, fields, error="access_denied")
    return _back(visit, fields, code=sso.codes.issue((client.id, fields["redirect_uri"], fields["code_challenge"])))


def device(visit: Visit, fields: Fields) -> Answer:
    """Show a device's code to the person, who answers at once or later."""
    sso, code = visit.world.sso, fields.get("user_code", "")
    if code and code not in sso.waiting():
        raise AwsError("InvalidRequestException", "The code is not valid, was used, or has expired")
    if not code or sso.browser == "wait":
        return _page(visit, "pending")
    if sso.browser == "deny":
        sso.deny(code)
        return _page(visit, "denied")
    sso.approve(code)
    return _page(visit, "approved")


def _fault(fields: Fields, scopes: tuple[str, ...]) -> str:
    """Return what OAuth calls the mistake in a request, or the empty string."""
    if fields["response_type"] != "code":
        return "unsupported_response_type"
    if fields["code_challenge_method"] != "S256" or len(fields["code_challenge"]) != _CHALLENGE_LENGTH:
        return "invalid_request"
    return "" if set(fields.get("scopes", "").split()) <= set(scopes) else "invalid_scope"


def _back(visit: Visit, fields: Fields, **query: str) -> Answer:
    return redirect(visit, f"{fields['redirect_uri']}?{urlencode(query | {'state': fields['state']})}")


def _page(visit: Visit, state: str) -> Answer:
    return Answer(200, f"<html><body>{_CLOSED[state]}</body></html>".encode(), visit.request_id, "text/html")


_AUTHORIZE = ("response_type", "client_id", "redirect_uri", "state", "code_challenge", "code_challenge_method")

ROUTES = {
    "GET /authorize": Route(
        "Authorize",
        authorize,
        PAGE,
        (*(Field(name, "query", required=True) for name in _AUTHORIZE), Field("scopes", "query")),
    ),
    "GET /device": Route("VerifyDevice", device, PAGE, (Field("user_code", "query"),)),
}
"""Where `authorize` and a device's verificationUriComplete lead."""
