"""The grants for which IAM Identity Center issues tokens, and what each of them has to prove.

Source: RFC 8628 (a device's code), RFC 7636 (a code with PKCE), and the OIDC API reference.
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

    from tests.aws.oauth import Client, SignedIn
    from tests.aws.rest import Fields
    from tests.aws.sso import Device
    from tests.aws.visit import Visit

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
CODE = "authorization_code"
REFRESH = "refresh_token"
SLACK = 0.05
"""Seconds by which a poll may come early: two clocks and a network lie between."""

_VERIFIER = re.compile(r"[\w.~-]{43,128}", re.ASCII)


def _by_device(visit: Visit, client: Client, fields: Fields) -> SignedIn:
    sso, now = visit.world.sso, visit.world.now()
    device = sso.device(fields.get("deviceCode", ""))
    if device is None or device.client.id != client.id or device.state == "used":
        raise AwsError("InvalidGrantException", "Invalid device code provided")
    if now >= device.expires_at:
        raise AwsError("ExpiredTokenException", "Device code has expired")
    sso.keep(device.replace(polled_at=now))
    if now - device.polled_at < sso.interval - SLACK:
        raise AwsError("SlowDownException", "The client is polling too fast")
    _check_answered(device)
    sso.keep(device.replace(state="used"))
    return sso.sign_in(client)


def _check_answered(device: Device) -> None:
    if device.state == "pending":
        raise AwsError("AuthorizationPendingException", "Authorization is pending")
    if device.state == "denied":
        raise AwsError("AccessDeniedException", "The person denied the request")


def _by_code(visit: Visit, client: Client, fields: Fields) -> SignedIn:
    """Take a code once, from the client and for the address it was made for, with the verifier of its challenge."""
    kept = visit.world.sso.codes.take(fields.get("code", ""))
    verifier = fields.get("codeVerifier", "")
    told = (client.id, fields.get("redirectUri", ""), challenge(verifier))
    if kept is None or not _VERIFIER.fullmatch(verifier):
        raise AwsError("InvalidGrantException", "Invalid authorization code or verifier")
    if not hmac.compare_digest(repr(kept).encode(), repr(told).encode()):
        raise AwsError("InvalidGrantException", "The code belongs to another client, address or verifier")
    return visit.world.sso.sign_in(client)


def _by_refresh(visit: Visit, client: Client, fields: Fields) -> SignedIn:
    signed_in = visit.world.sso.tokens.rotate(fields.get("refreshToken", ""), client.id)
    if signed_in is None:
        raise AwsError("InvalidGrantException", "Invalid refresh token provided")
    return signed_in


def challenge(verifier: str) -> str:
    """Return the S256 challenge of a verifier."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


GRANTS: dict[str, Callable[[Visit, Client, Fields], SignedIn]] = {
    DEVICE: _by_device,
    CODE: _by_code,
    REFRESH: _by_refresh,
}
"""What issues tokens, by the name of the grant type."""
