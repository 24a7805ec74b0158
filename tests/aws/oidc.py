"""The OIDC service of IAM Identity Center: registering, device authorization and tokens, refused as AWS refuses them.

Source: the IAM Identity Center OIDC API reference. What each grant asks for: `grants`. Pages for people: `browser`.
"""

from __future__ import annotations

import hmac
import json
import re
from typing import TYPE_CHECKING, Any

from tests.aws.errors import AwsError
from tests.aws.grants import CODE, DEVICE, GRANTS, REFRESH
from tests.aws.rest import Field, Fields, Route
from tests.aws.visit import Answer

if TYPE_CHECKING:
    from tests.aws.oauth import Client
    from tests.aws.visit import Visit

_SCOPE = re.compile(r"[a-z]+(:[a-z_]+)*", re.ASCII)
_LOOPBACK = re.compile(r"http://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?/[\w/.-]*", re.ASCII)


class OAuthForm:
    """Errors as OAuth has them, with AWS's name in a header."""

    service = "sso-oauth"

    def refuse(self, error: AwsError, request_id: str) -> Answer:
        """Return an error."""
        name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", error.code.removesuffix("Exception")).lower()
        body = {"error": "server_error" if error.status >= 500 else name, "error_description": error.message}
        headers = (("x-amzn-ErrorType", error.code),)
        return Answer(error.status, json.dumps(body).encode(), request_id, "application/json", headers)

    def fault(self, kind: str) -> AwsError:
        """Return a fault."""
        return {
            "throttle": AwsError("SlowDownException", "Too many requests"),
            "error500": AwsError("InternalServerException", "Something went wrong", 500),
        }[kind]

    def wrong(self, message: str) -> AwsError:
        """Return the refusal of a field."""
        return AwsError("InvalidRequestException", message)


def register_client(visit: Visit, fields: Fields) -> dict[str, Any]:
    """Register a public client; one that wants codes says where they may go."""
    sso = visit.world.sso
    if fields["clientType"] != "public":
        raise AwsError("InvalidClientMetadataException", "clientType must be public")
    scopes, grants = _scopes(fields), tuple(fields.get("grantTypes", (DEVICE, REFRESH)))
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
        "clientIdIssuedAt": int(visit.world.now()),
        "clientSecretExpiresAt": int(client.expires_at),
    }


def start_device_authorization(visit: Visit, fields: Fields) -> dict[str, Any]:
    """Begin a sign-in that the person confirms on a page."""
    sso, client = visit.world.sso, _client(visit, fields)
    if DEVICE not in client.grants:
        raise AwsError("UnauthorizedClientException", "The client is not registered for this grant type")
    if not sso.knows(fields["startUrl"]):
        raise AwsError("InvalidRequestException", "Invalid start url provided")
    device = sso.start_device(client)
    page = f"http://{visit.request.header('host')}/device"
    return {
        "deviceCode": device.code,
        "userCode": device.user_code,
        "verificationUri": page,
        "verificationUriComplete": f"{page}?user_code={device.user_code}",
        "expiresIn": int(sso.device_life),
        "interval": max(1, round(sso.interval)),
    }


def create_token(visit: Visit, fields: Fields) -> dict[str, Any]:
    """Issue tokens for a grant."""
    client, grant = _client(visit, fields), fields["grantType"]
    if grant not in GRANTS:
        raise AwsError("UnsupportedGrantTypeException", f"Unsupported grant type {grant}")
    if grant not in client.grants:
        raise AwsError("UnauthorizedClientException", "The client is not registered for this grant type")
    with visit.world.lock:  # a grant is good for one of two who come at once
        issued = visit.world.sso.tokens.issue(GRANTS[grant](visit, client, fields))
    answer = {"accessToken": issued.access, "tokenType": "Bearer", "expiresIn": issued.seconds}
    return answer | ({"refreshToken": issued.refresh} if issued.refresh and REFRESH in client.grants else {})


def _scopes(fields: Fields) -> tuple[str, ...]:
    scopes = tuple(fields.get("scopes", ()))
    if not all(isinstance(scope, str) and _SCOPE.fullmatch(scope) for scope in scopes):
        raise AwsError("InvalidScopeException", "A scope is not known")
    return scopes


def _client(visit: Visit, fields: Fields) -> Client:
    client = visit.world.sso.clients.valid(fields["clientId"])
    if client is None or not hmac.compare_digest(str(client.secret).encode(), fields["clientSecret"].encode()):
        raise AwsError("InvalidClientException", "Client is unknown, its secret wrong or its registration over", 401)
    return client


_FORM = OAuthForm()
_CLIENT = (Field("clientId", required=True), Field("clientSecret", required=True, secret=True))

ROUTES = {
    "POST /client/register": Route(
        "RegisterClient",
        register_client,
        _FORM,
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
        "StartDeviceAuthorization", start_device_authorization, _FORM, (*_CLIENT, Field("startUrl", required=True))
    ),
    "POST /token": Route(
        "CreateToken",
        create_token,
        _FORM,
        (
            *_CLIENT,
            Field("grantType", required=True),
            *(Field(name, secret=True) for name in ("deviceCode", "code", "refreshToken", "codeVerifier")),
            Field("redirectUri"),
            Field("scope", kind=list),
        ),
    ),
}
"""The service's actions. A refresh token comes only with the scope named in `oauth.ACCESS`."""
