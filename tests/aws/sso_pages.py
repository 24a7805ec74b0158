"""The pages of IAM Identity Center, where the simulated user does what `world.sso.browser` says."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from tests.aws.errors import AwsError
from tests.aws.grants import CODE
from tests.aws.request_context import HttpResponse
from tests.aws.rest import Field, Fields, Route
from tests.aws.signin import PAGE, redirect

if TYPE_CHECKING:
    from tests.aws.request_context import RequestContext

_CHALLENGE_LENGTH = 43
_TEXTS = {
    "approved": "Request approved. You can close this window.",
    "denied": "Request denied. You can close this window.",
    "pending": "Compare the code, and allow access.",
}


def authorize(context: RequestContext, fields: Fields) -> HttpResponse:
    """Redirect to the client with a code or an error.

    An unregistered client or redirect URI gets an error page, as no one may be redirected to an unverified address.
    """
    sso = context.world.sso
    client = sso.clients.find_valid(fields["client_id"])
    if client is None or CODE not in client.grants or not client.allows_redirect(fields["redirect_uri"]):
        raise AwsError("InvalidRequestException", "The client or its redirect_uri is not registered")
    if fault := _find_error(fields, client.scopes):
        return _redirect_back(context, fields, error=fault)
    if sso.browser == "wait":
        return _render_page(context, "pending")
    if sso.browser == "deny":
        return _redirect_back(context, fields, error="access_denied")
    return _redirect_back(
        context, fields, code=sso.codes.issue((client.id, fields["redirect_uri"], fields["code_challenge"]))
    )


def verify_device(context: RequestContext, fields: Fields) -> HttpResponse:
    """Show a device code to the user, who confirms it at once or later."""
    sso, code = context.world.sso, fields.get("user_code", "")
    if code and code not in sso.waiting():
        raise AwsError("InvalidRequestException", "The code is not valid, was used, or has expired")
    if not code or sso.browser == "wait":
        return _render_page(context, "pending")
    if sso.browser == "deny":
        sso.deny(code)
        return _render_page(context, "denied")
    sso.approve(code)
    return _render_page(context, "approved")


def _find_error(fields: Fields, scopes: tuple[str, ...]) -> str:
    """Return OAuth's name for the error in a request, or the empty string."""
    if fields["response_type"] != "code":
        return "unsupported_response_type"
    if fields["code_challenge_method"] != "S256" or len(fields["code_challenge"]) != _CHALLENGE_LENGTH:
        return "invalid_request"
    return "" if set(fields.get("scopes", "").split()) <= set(scopes) else "invalid_scope"


def _redirect_back(context: RequestContext, fields: Fields, **query: str) -> HttpResponse:
    return redirect(context, f"{fields['redirect_uri']}?{urlencode(query | {'state': fields['state']})}")


def _render_page(context: RequestContext, state: str) -> HttpResponse:
    return HttpResponse(200, f"<html><body>{_TEXTS[state]}</body></html>".encode(), context.request_id, "text/html")


_REQUIRED = ("response_type", "client_id", "redirect_uri", "state", "code_challenge", "code_challenge_method")

ROUTES = {
    "GET /authorize": Route(
        "Authorize",
        authorize,
        PAGE,
        (*(Field(name, "query", required=True) for name in _REQUIRED), Field("scopes", "query")),
    ),
    "GET /device": Route("VerifyDevice", verify_device, PAGE, (Field("user_code", "query"),)),
}
"""The targets of `authorize` and of a device's verificationUriComplete."""
