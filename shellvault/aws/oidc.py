"""Calls IAM Identity Center's OIDC service for one sign-in; it asks nobody and keeps nothing.

The protocol is AWS's SSO OIDC: RFC 8628 (device authorization) and RFC 7636 (authorization code with PKCE).
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from shellvault.aws import credential_parsing
from shellvault.aws.aws_errors import RETRY, call
from shellvault.aws.client import client
from shellvault.core.errors import AwsUnreachableError
from shellvault.core.record import Record, Secret

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from shellvault.aws.network import Network
    from shellvault.core.chain.sso_links import SignIn
    from shellvault.core.model import Session

_NAME = "shellvault"
_LONGEST_TOKEN = 24 * 3600  # seconds; AWS: an hour
_LONGEST_REGISTRATION = 366 * 24 * 3600  # AWS: 90 days
_DEFAULT_LIFETIME = 600  # seconds in which a device can be authorized; AWS: 10 minutes
_DEFAULT_INTERVAL = 5  # seconds between two polls; RFC 8628


class Registration(Record):
    """This program's registration as a client, with the refresh token of the last sign-in, if any."""

    client_id: str
    client_secret: Secret
    expires_at: int
    refresh_token: Secret = Secret()


class DeviceAuthorization(Record):
    """What the user needs to authorize this device; `lifetime` and `interval` are in seconds."""

    device_code: Secret
    user_code: str
    url: str
    lifetime: int
    interval: float


class OidcClient:
    """The service's calls for one sign-in; for their errors see `shellvault.aws.aws_errors.call`."""

    def __init__(self, link: SignIn, network: Network) -> None:
        self._link = link
        self._client = client(link.service, link.region, link.endpoint, network, None)

    @property
    def url(self) -> str:
        """Where the service is."""
        return str(self._client.meta.endpoint_url).rstrip("/")

    def register(self, **more: object) -> Registration:
        """Return a new registration; `more` is what a flow needs of it."""
        given = {"clientName": _NAME, "clientType": "public", "scopes": [*self._link.scopes], **more}
        answer = call(self._client, "register_client", given, self._link)
        with _parsing():
            end = min(int(answer["clientSecretExpiresAt"]), int(time.time()) + _LONGEST_REGISTRATION)
            return Registration(str(answer["clientId"]), Secret(answer["clientSecret"]), end)

    def start(self, registration: Registration) -> DeviceAuthorization:
        """Return what the user needs to authorize this device."""
        given = {**_identify(registration), "startUrl": self._link.start_url}
        answer = call(self._client, "start_device_authorization", given, self._link)
        with _parsing():
            return DeviceAuthorization(
                device_code=Secret(answer["deviceCode"]),
                user_code=str(answer["userCode"]),
                url=str(answer.get("verificationUriComplete") or answer["verificationUri"]),
                lifetime=int(answer.get("expiresIn") or _DEFAULT_LIFETIME),
                interval=float(answer.get("interval") or _DEFAULT_INTERVAL),
            )

    def token(
        self, registration: Registration, grant: str, *, expected: Collection[str], **given: str
    ) -> tuple[Session, Registration]:
        """Return an access token as a session, and the registration with the refresh token that came with it.

        Raises:
            ExpectedRefusalError: the service refused this grant with one of the expected codes.
        """
        parameters = {**_identify(registration), "grantType": grant, **given}
        answer = call(self._client, "create_token", parameters, self._link, expected=expected)
        with _parsing():
            return _parse_token(answer), registration.replace(refresh_token=Secret(answer.get("refreshToken") or ""))


def _identify(registration: Registration) -> dict[str, str]:
    return {"clientId": registration.client_id, "clientSecret": str(registration.client_secret)}


def unreadable() -> AwsUnreachableError:
    """Return the error for an answer that makes no sense."""
    return AwsUnreachableError("the response of the sign-in could not be parsed", RETRY)


@contextmanager
def _parsing() -> Iterator[None]:
    """Translate what is raised when an answer is not what it should be."""
    try:
        yield
    except (AttributeError, LookupError, OverflowError, TypeError, ValueError):
        raise unreadable() from None


def _parse_token(answer: dict[str, Any]) -> Session:
    end = int(time.time()) + min(int(answer["expiresIn"]), _LONGEST_TOKEN)
    session = credential_parsing.parse_session(answer, "", "", "accessToken", end)
    if not session.session_token:
        raise AwsUnreachableError("the response contained no access token", RETRY)
    return session
