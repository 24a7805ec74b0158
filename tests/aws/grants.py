"""The grants for which IAM Identity Center issues tokens, and what each requires.

Source: RFC 8628 (device codes), RFC 7636 (codes with PKCE), and the OIDC API reference.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from typing import TYPE_CHECKING

from tests.aws.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.aws.oauth import OAuthClient, SignIn
    from tests.aws.request_context import RequestContext
    from tests.aws.rest import Fields
    from tests.aws.sso import DeviceAuthorization

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
CODE = "authorization_code"
REFRESH = "refresh_token"
SLACK = 0.05
"""Seconds by which a poll may be early, to allow for clocks and the network."""

_VERIFIER = re.compile(r"[\w.~-]{43,128}", re.ASCII)


def _redeem_device_code(context: RequestContext, client: OAuthClient, fields: Fields) -> SignIn:
    sso, now = context.world.sso, context.world.now()
    device = sso.device(fields.get("deviceCode", ""))
    if device is None or device.client.id != client.id or device.state == "used":
        raise AwsError("InvalidGrantException", "Invalid device code provided")
    if now >= device.expires_at:
        raise AwsError("ExpiredTokenException", "Device code has expired")
    sso.keep(device.replace(polled_at=now))
    if now - device.polled_at < sso.interval - SLACK:
        raise AwsError("SlowDownException", "The client is polling too fast")
    _check_confirmed(device)
    sso.keep(device.replace(state="used"))
    return sso.sign_in(client)


def _check_confirmed(device: DeviceAuthorization) -> None:
    if device.state == "pending":
        raise AwsError("AuthorizationPendingException", "Authorization is pending")
    if device.state == "denied":
        raise AwsError("AccessDeniedException", "The person denied the request")


def _redeem_code(context: RequestContext, client: OAuthClient, fields: Fields) -> SignIn:
    """Redeem a code once, for the same client, redirect URI and challenge that it was issued for."""
    issued_for = context.world.sso.codes.redeem(fields.get("code", ""))
    verifier = fields.get("codeVerifier", "")
    presented = (client.id, fields.get("redirectUri", ""), compute_challenge(verifier))
    if issued_for is None or not _VERIFIER.fullmatch(verifier):
        raise AwsError("InvalidGrantException", "Invalid authorization code or verifier")
    if not hmac.compare_digest(repr(issued_for).encode(), repr(presented).encode()):
        raise AwsError("InvalidGrantException", "The code belongs to another client, address or verifier")
    return context.world.sso.sign_in(client)


def _redeem_refresh_token(context: RequestContext, client: OAuthClient, fields: Fields) -> SignIn:
    sign_in = context.world.sso.tokens.rotate(fields.get("refreshToken", ""), client.id)
    if sign_in is None:
        raise AwsError("InvalidGrantException", "Invalid refresh token provided")
    return sign_in


def compute_challenge(verifier: str) -> str:
    """Return the S256 challenge of a verifier."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


GRANTS: dict[str, Callable[[RequestContext, OAuthClient, Fields], SignIn]] = {
    DEVICE: _redeem_device_code,
    CODE: _redeem_code,
    REFRESH: _redeem_refresh_token,
}
"""The functions that redeem each grant type."""
