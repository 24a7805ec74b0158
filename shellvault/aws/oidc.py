"""The calls of IAM Identity Center's OIDC service for one sign-in; it knows no person and keeps nothing.

The protocol is AWS's SSO OIDC: RFC 8628 (device authorization) and RFC 7636 (authorization code with PKCE).
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from shellvault.aws import credential_parsing
from shellvault.aws.aws_errors import translate_failure, translate_refusal
from shellvault.aws.client import NO_ANSWER, client
from shellvault.core.errors import AwsUnreachableError
from shellvault.core.record import Record, Secret

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.exceptions import ClientError

    from shellvault.core.chain.links import SignIn
    from shellvault.core.model import Session

_NAME = "shellvault"
_LONGEST_TOKEN = 24 * 3600  # seconds; AWS: an hour
_LONGEST_REGISTRATION = 366 * 24 * 3600  # AWS: 90 days
_LIFE = 600  # seconds in which a device can be authorized, where the service does not say it; AWS: 10 minutes
_INTERVAL = 5  # seconds between two looks; RFC 8628, where the service names none


class Registration(Record):
    """This program as the service knows it, with the refresh token of the last sign-in, if any."""

    client_id: str
    client_secret: Secret
    expires_at: int
    refresh_token: Secret = Secret()


class DeviceAuthorization(Record):
    """What the person has to be told to authorize this device; `lasts` and `interval` are seconds."""

    device_code: Secret
    user_code: str
    url: str
    lasts: int
    interval: float


class OidcClient:
    """The service's calls for one sign-in, with its errors translated."""

    def __init__(self, link: SignIn, ca_bundle: str) -> None:
        self._link = link
        self._client = client("sso-oidc", link.region, link.endpoint, ca_bundle, None)

    @property
    def url(self) -> str:
        """Where the service is."""
        return str(self._client.meta.endpoint_url).rstrip("/")

    def register(self, **more: object) -> Registration:
        """Return a new registration; `more` is what a flow needs of it.

        Raises:
            ClientError: the service does not offer that flow.
        """
        answer = self._call(
            "register_client", clientName=_NAME, clientType="public", scopes=[*self._link.scopes], **more
        )
        with _reading():
            end = min(int(answer["clientSecretExpiresAt"]), int(time.time()) + _LONGEST_REGISTRATION)
            return Registration(str(answer["clientId"]), Secret(answer["clientSecret"]), end)

    def start(self, registration: Registration) -> DeviceAuthorization:
        """Return what the person has to be told to authorize this device."""
        answer = self._call(
            "start_device_authorization",
            clientId=registration.client_id,
            clientSecret=str(registration.client_secret),
            startUrl=self._link.start_url,
        )
        with _reading():
            return DeviceAuthorization(
                device_code=Secret(answer["deviceCode"]),
                user_code=str(answer["userCode"]),
                url=str(answer.get("verificationUriComplete") or answer["verificationUri"]),
                lasts=int(answer.get("expiresIn") or _LIFE),
                interval=float(answer.get("interval") or _INTERVAL),
            )

    def token(self, registration: Registration, grant: str, **given: str) -> tuple[Session, Registration]:
        """Return an access token as a session, and the registration with the refresh token that came along.

        Raises:
            ClientError: the service's answer to this grant is no.
        """
        answer = self._call(
            "create_token",
            clientId=registration.client_id,
            clientSecret=str(registration.client_secret),
            grantType=grant,
            **given,
        )
        with _reading():
            return _bearer(answer), registration.replace(refresh_token=Secret(answer.get("refreshToken") or ""))

    def _call(self, name: str, **parameters: object) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = getattr(self._client, name)(**parameters)
        except NO_ANSWER as error:
            raise translate_failure(error, self._link) from None
        return answer

    def refused(self, error: ClientError) -> Exception:
        """Return the error for an answer that no flow expects."""
        return translate_refusal(error.response, self._link, time.time())


def unreadable() -> AwsUnreachableError:
    """Return the error for an answer that makes no sense."""
    return AwsUnreachableError("the answer of the sign-in could not be read", "run the command again")


@contextmanager
def _reading() -> Iterator[None]:
    """Turn what comes of reading an answer that is not what it should be into an error for people."""
    try:
        yield
    except (AttributeError, LookupError, OverflowError, TypeError, ValueError):
        raise unreadable() from None


def _bearer(answer: dict[str, Any]) -> Session:
    end = int(time.time()) + min(int(answer["expiresIn"]), _LONGEST_TOKEN)
    session = credential_parsing.parse_session(answer, "", "", "accessToken", end)
    if not session.session_token:
        raise AwsUnreachableError("the answer holds no access token", "run the command again")
    return session
