"""Signs a person in to IAM Identity Center: with a refresh token where one is kept, else through the browser.

The protocol is AWS's SSO OIDC: RFC 8628 (device authorization) and RFC 7636 (authorization code with PKCE).
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from shellvault.errors import AwsUnreachableError, NotAskedError, PersonNeededError
from shellvault.minters import answers
from shellvault.minters.client import NO_ANSWER, client
from shellvault.minters.refusals import refusal, unreachable
from shellvault.record import Record, Secret

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from shellvault.chains.links import SignIn
    from shellvault.model import Session

    class Keepsakes(Protocol):
        """Where registrations and refresh tokens are kept."""

        def get(self, identity: str) -> str | None:
            """Return what is kept under this name."""

        def keep(self, identity: str, text: str, expires_at: int) -> None:
            """Keep a text until a moment in epoch seconds."""

        def forget(self, identity: str) -> int:
            """Forget what is kept under this name."""


NO_LONGER = ("InvalidGrantException", "InvalidClientException", "UnauthorizedClientException", "ExpiredTokenException")
"""What the service answers to a refresh token, or a registration, whose time is over."""

GARBLED = (AttributeError, KeyError, OverflowError, TypeError, ValueError)
"""What comes of reading an answer that is not what it should be."""

_NAME = "shellvault"
_LONGEST_TOKEN = 24 * 3600  # seconds; AWS: an hour
_LONGEST_REGISTRATION = 366 * 24 * 3600  # AWS: 90 days


class Registration(Record):
    """This program as the service knows it, with the refresh token of the last sign-in, if any."""

    client_id: str
    client_secret: Secret
    expires_at: int
    refresh_token: Secret = Secret()


class Oidc:
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
        end = min(int(answer["clientSecretExpiresAt"]), int(time.time()) + _LONGEST_REGISTRATION)
        return Registration(str(answer["clientId"]), Secret(answer["clientSecret"]), end)

    def start(self, registration: Registration) -> dict[str, Any]:
        """Return what the person has to be told to authorize this device."""
        return self._call(
            "start_device_authorization",
            clientId=registration.client_id,
            clientSecret=str(registration.client_secret),
            startUrl=self._link.start_url,
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
        try:
            return _bearer(answer), registration.replace(refresh_token=Secret(answer.get("refreshToken") or ""))
        except GARBLED:
            raise unreadable() from None

    def _call(self, name: str, **parameters: object) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = getattr(self._client, name)(**parameters)
        except NO_ANSWER as error:
            raise unreachable(error, self._link) from None
        return answer

    def refused(self, error: ClientError) -> Exception:
        """Return the error for an answer that no flow expects."""
        return refusal(error.response, self._link, time.time())


class SignInMinter:
    """Mints access tokens.

    Args:
        keepsakes: where registrations and refresh tokens are kept.
        by_person: lets a person sign in; None where nobody may be asked.
        elsewhere: returns a token that is valid already, of another program's sign-in.
        ca_bundle: a file of certificates to trust in place of botocore's own, or the empty string.
    """

    def __init__(
        self,
        keepsakes: Keepsakes,
        by_person: Callable[[SignIn, Oidc], tuple[Session, Registration]] | None,
        elsewhere: Callable[[SignIn], Session | None],
        ca_bundle: str = "",
    ) -> None:
        self._keepsakes = keepsakes
        self._by_person = by_person
        self._elsewhere = elsewhere
        self._ca_bundle = ca_bundle

    def __call__(self, link: SignIn) -> Session:
        """Return a session that is an access token.

        Raises:
            PersonNeededError: a person has to sign in, and could not be asked or did not.
            AwsRefusedError: the service refused.
            AwsUnreachableError: it could not be reached, or asked to be left alone.
        """
        oidc = Oidc(link, self._ca_bundle)
        try:
            return self._renewed(link, oidc) or self._elsewhere(link) or self._signed_in(link, oidc)
        except ClientError as error:
            raise oidc.refused(error) from None
        except GARBLED:
            raise unreadable() from None

    def _renewed(self, link: SignIn, oidc: Oidc) -> Session | None:
        kept = _unpack(self._keepsakes.get(link.identity))
        if kept is None or not kept.refresh_token or kept.expires_at <= time.time():
            return None
        try:
            session, renewed = oidc.token(kept, "refresh_token", refreshToken=str(kept.refresh_token))
        except ClientError as error:
            if error.response["Error"].get("Code") not in NO_LONGER:
                raise
            self._keepsakes.forget(link.identity)
            return None
        self._keep(link, renewed if renewed.refresh_token else kept)
        return session

    def _signed_in(self, link: SignIn, oidc: Oidc) -> Session:
        if self._by_person is None:
            raise NotAskedError(
                f"'{link.profile}' needs a sign-in at {link.start_url}, and --no-input forbids to ask",
                "run the command without --no-input",
            )
        session, registration = self._by_person(link, oidc)
        self._keep(link, registration)
        return session

    def _keep(self, link: SignIn, registration: Registration) -> None:
        if registration.refresh_token:
            self._keepsakes.keep(link.identity, _pack(registration), registration.expires_at)


def declined(link: SignIn) -> PersonNeededError:
    """Return the error for a person who said no."""
    return PersonNeededError(f"the sign-in at {link.start_url} was declined", "run the command again")


def overdue(link: SignIn) -> PersonNeededError:
    """Return the error for a person who did not come."""
    return PersonNeededError(f"nobody signed in at {link.start_url} in time", "run the command again")


def unreadable() -> AwsUnreachableError:
    """Return the error for an answer that makes no sense."""
    return AwsUnreachableError("the answer of the sign-in could not be read", "run the command again")


def lost(link: SignIn) -> AwsUnreachableError:
    """Return the error for a sign-in whose answer did not arrive."""
    return AwsUnreachableError(f"the answer to the sign-in at {link.start_url} was lost", "run the command again")


def _bearer(answer: dict[str, Any]) -> Session:
    end = int(time.time()) + min(int(answer["expiresIn"]), _LONGEST_TOKEN)
    session = answers.session(answer, "", "", "accessToken", end)
    if not session.session_token:
        raise AwsUnreachableError("the answer holds no access token", "run the command again")
    return session


def _pack(registration: Registration) -> str:
    return json.dumps([getattr(registration, field) for field in Registration._fields])


def _unpack(text: str | None) -> Registration | None:
    try:
        client_id, secret, expires_at, refresh_token = json.loads(text or "")
        return Registration(str(client_id), Secret(secret), int(expires_at), Secret(refresh_token))
    except (TypeError, ValueError):  # not written by us
        return None
