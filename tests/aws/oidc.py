"""The OIDC service of IAM Identity Center: client registration, device authorization and tokens.

Source: the IAM Identity Center OIDC API reference. Grants are in `grants`, pages for the user in `sso_pages`.
"""

from __future__ import annotations

import hmac
import json
import re
from typing import TYPE_CHECKING, Any

from tests.aws.errors import AwsError
from tests.aws.grants import CODE, DEVICE, GRANTS, REFRESH
from tests.aws.request_context import HttpResponse
from tests.aws.rest import Field, Fields, Route

if TYPE_CHECKING:
    from tests.aws.oauth import OAuthClient
    from tests.aws.request_context import RequestContext

_SCOPE = re.compile(r"[a-z]+(:[a-z_]+)*", re.ASCII)
_LOOPBACK = re.compile(r"http://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?/[\w/.-]*", re.ASCII)


class OAuthErrorFormat:
    """OAuth's JSON errors, with AWS's error code in a header."""

    service = "sso-oauth"

    def render_error(self, error: AwsError, request_id: str) -> HttpResponse:
        """Render an error."""
        name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", error.code.removesuffix("Exception")).lower()
        body = {"error": "server_error" if error.status >= 500 else name}
        if error.message:
            body["error_description"] = error.message
        headers = (("x-amzn-ErrorType", error.code),)
        return HttpResponse(error.status, json.dumps(body).encode(), request_id, "application/json", headers)

    def fault(self, kind: str) -> AwsError:
        """Return the error of an injected fault."""
        return {
            "throttle": AwsError("SlowDownException", "Too many requests"),
            "error500": AwsError("InternalServerException", "Something went wrong", 500),
        }[kind]

    def invalid_field(self, message: str) -> AwsError:
        """Return the error for an invalid field."""
        return AwsError("InvalidRequestException", message)


def register_client(context: RequestContext, fields: Fields) -> dict[str, Any]:
    """Register a public client; one that uses codes must declare its redirect URIs."""
    sso = context.world.sso
    if fields["clientType"] != "public":
        raise AwsError("InvalidClientMetadataException", "clientType must be public")
    scopes, grants = _parse_scopes(fields), tuple(fields.get("grantTypes", (DEVICE, REFRESH)))
    offered = (DEVICE, REFRESH, CODE) if sso.offers_code else (DEVICE, REFRESH)
    if set(grants) - set(offered):
        raise AwsError("UnsupportedGrantTypeException", f"Not offered: {', '.join(sorted(set(grants) - set(offered)))}")
    redirects = tuple(fields.get("redirectUris", ()))
    if CODE in grants and not (redirects and all(_LOOPBACK.fullmatch(address) for address in redirects)):
        raise AwsError("InvalidRedirectUriException", "redirectUris must be of the loopback")
    if CODE in grants and not sso.knows(fields.get("issuerUrl", "")):
        raise AwsError("InvalidRequestException", "issuerUrl is not the portal of this directory")
    client = sso.clients.register(scopes, grants, redirects)
    return {
        "clientId": client.id,
        "clientSecret": client.secret,
        "clientIdIssuedAt": int(context.world.now()),
        "clientSecretExpiresAt": int(client.expires_at),
    }


def start_device_authorization(context: RequestContext, fields: Fields) -> dict[str, Any]:
    """Start a sign-in that the user confirms on a page."""
    sso, client = context.world.sso, _authenticate_client(context, fields)
    if DEVICE not in client.grants:
        raise AwsError("UnauthorizedClientException", "The client is not registered for this grant type")
    if not sso.knows(fields["startUrl"]):
        raise AwsError("InvalidRequestException", "")  # like AWS, without a message
    device = sso.start_device(client)
    page = f"http://{context.request.header('host')}/device"
    return {
        "deviceCode": device.code,
        "userCode": device.user_code,
        "verificationUri": page,
        "verificationUriComplete": f"{page}?user_code={device.user_code}",
        "expiresIn": int(sso.device_life),
        "interval": max(1, round(sso.interval)),
    }


def create_token(context: RequestContext, fields: Fields) -> dict[str, Any]:
    """Issue tokens for a grant."""
    client, grant = _authenticate_client(context, fields), fields["grantType"]
    if grant not in GRANTS:
        raise AwsError("UnsupportedGrantTypeException", f"Unsupported grant type {grant}")
    if grant not in client.grants:
        raise AwsError("UnauthorizedClientException", "The client is not registered for this grant type")
    with context.world.lock:  # a grant can be redeemed only once, even concurrently
        issued = context.world.sso.tokens.issue(GRANTS[grant](context, client, fields))
    answer = {"accessToken": issued.access, "tokenType": "Bearer", "expiresIn": issued.seconds}
    return answer | ({"refreshToken": issued.refresh} if issued.refresh and REFRESH in client.grants else {})


def _parse_scopes(fields: Fields) -> tuple[str, ...]:
    scopes = tuple(fields.get("scopes", ()))
    if not all(isinstance(scope, str) and _SCOPE.fullmatch(scope) for scope in scopes):
        raise AwsError("InvalidScopeException", "A scope is not known")
    return scopes


def _authenticate_client(context: RequestContext, fields: Fields) -> OAuthClient:
    client = context.world.sso.clients.find_valid(fields["clientId"])
    if client is None or not hmac.compare_digest(str(client.secret).encode(), fields["clientSecret"].encode()):
        raise AwsError("InvalidClientException", "Client is unknown, its secret wrong or its registration over", 401)
    return client


_ERROR_FORMAT = OAuthErrorFormat()
_CLIENT = (Field("clientId", required=True), Field("clientSecret", required=True, secret=True))

ROUTES = {
    "POST /client/register": Route(
        "RegisterClient",
        register_client,
        _ERROR_FORMAT,
        (
            Field("clientName", required=True),
            Field("clientType", required=True),
            Field("scopes", kind=list),
            Field("grantTypes", kind=list),
            Field("redirectUris", kind=list),
            Field("issuerUrl"),
        ),
    ),
    "POST /device_authorization": Route(
        "StartDeviceAuthorization",
        start_device_authorization,
        _ERROR_FORMAT,
        (*_CLIENT, Field("startUrl", required=True)),
    ),
    "POST /token": Route(
        "CreateToken",
        create_token,
        _ERROR_FORMAT,
        (
            *_CLIENT,
            Field("grantType", required=True),
            *(Field(name, secret=True) for name in ("deviceCode", "code", "refreshToken", "codeVerifier")),
            Field("redirectUri"),
            Field("scope", kind=list),
        ),
    ),
}
"""The actions of the service."""
