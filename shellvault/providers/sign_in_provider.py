"""Signs a person in to IAM Identity Center: with a refresh token where one is kept, else through the browser."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from shellvault.aws.oidc import OidcClient, Registration
from shellvault.core.errors import NotAskedError, quote_word
from shellvault.core.record import Secret

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from shellvault.core.chain.links import SignIn
    from shellvault.core.model import Session

    class RefreshTokenStore(Protocol):
        """Where registrations and refresh tokens are kept."""

        def get(self, identity: str) -> str | None:
            """Return what is kept under this name."""

        def keep(self, identity: str, text: str, expires_at: int) -> None:
            """Keep a text until a moment in epoch seconds."""

        def forget(self, identity: str) -> int:
            """Forget what is kept under this name."""


NO_LONGER = ("InvalidGrantException", "InvalidClientException", "UnauthorizedClientException", "ExpiredTokenException")
"""What the service answers to a refresh token, or a registration, whose time is over."""


class SignInProvider:
    """Mints access tokens.

    Args:
        keepsakes: where registrations and refresh tokens are kept.
        by_person: lets a person sign in; None where nobody may be asked.
        elsewhere: returns a token that is valid already, of another program's sign-in.
        ca_bundle: a file of certificates to trust in place of botocore's own, or the empty string.
    """

    def __init__(
        self,
        keepsakes: RefreshTokenStore,
        by_person: Callable[[SignIn, OidcClient], tuple[Session, Registration]] | None,
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
        oidc = OidcClient(link, self._ca_bundle)
        try:
            return self._renewed(link, oidc) or self._elsewhere(link) or self._signed_in(link, oidc)
        except ClientError as error:
            raise oidc.refused(error) from None

    def _renewed(self, link: SignIn, oidc: OidcClient) -> Session | None:
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

    def _signed_in(self, link: SignIn, oidc: OidcClient) -> Session:
        if self._by_person is None:
            raise NotAskedError(
                f"'{link.profile}' needs a sign-in at {link.start_url}, and --no-input forbids to ask",
                f"shellvault login --sso {quote_word(link.profile)}",
            )
        session, registration = self._by_person(link, oidc)
        self._keep(link, registration)
        return session

    def _keep(self, link: SignIn, registration: Registration) -> None:
        if registration.refresh_token and registration.expires_at > time.time():
            self._keepsakes.keep(link.identity, _pack(registration), registration.expires_at)


def _pack(registration: Registration) -> str:
    return json.dumps([getattr(registration, field) for field in Registration._fields])


def _unpack(text: str | None) -> Registration | None:
    try:
        client_id, secret, expires_at, refresh_token = json.loads(text or "")
        return Registration(str(client_id), Secret(secret), int(expires_at), Secret(refresh_token))
    except (OverflowError, TypeError, ValueError):  # not written by us
        return None
