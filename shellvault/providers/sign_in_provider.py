"""Signs in to IAM Identity Center: with a refresh token where there is one, else the user does it in a browser."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from shellvault.aws.aws_errors import ExpectedRefusalError
from shellvault.aws.oidc import OidcClient, Registration
from shellvault.core.errors import NotAskedError
from shellvault.core.record import Secret
from shellvault.core.text import quote_word
from shellvault.providers.aws_cli_sso import read_access_token
from shellvault.providers.sign_in_flows import SignInFlows
from shellvault.ui.browser import open_browser

if TYPE_CHECKING:
    from shellvault.core.chain.sso_links import SignIn
    from shellvault.core.model import KeyPair, Session
    from shellvault.providers.provider_context import ProviderContext

_EXPIRED = ("InvalidGrantException", "InvalidClientException", "UnauthorizedClientException", "ExpiredTokenException")
"""How the service refuses a refresh token, or a registration, that has expired."""


class SignInProvider:
    """Obtains access tokens."""

    def __init__(self, context: ProviderContext) -> None:
        self._context = context
        self._refresh_tokens = context.refresh_tokens()

    def __call__(self, link: SignIn, _source: KeyPair | Session | None) -> Session:
        """Return an access token as a session.

        Raises:
            PersonNeededError: the user had to sign in, and could not be asked or did not.
            AwsRefusedError: the service refused.
            AwsUnreachableError: it could not be reached, or asked for a pause.
        """
        oidc = OidcClient(link, self._context.network)
        return self._refresh(link, oidc) or self._borrow(link) or self._sign_in(link, oidc)

    def _refresh(self, link: SignIn, oidc: OidcClient) -> Session | None:
        kept = _unpack(self._refresh_tokens.get(link.identity))
        if kept is None or not kept.refresh_token or kept.expires_at <= time.time():
            return None
        try:
            session, renewed = oidc.token(
                kept, "refresh_token", expected=_EXPIRED, refreshToken=str(kept.refresh_token)
            )
        except ExpectedRefusalError:
            self._refresh_tokens.forget(link.identity)
            return None
        self._keep(link, renewed if renewed.refresh_token else kept)
        return session

    def _borrow(self, link: SignIn) -> Session | None:
        """Return the AWS CLI's access token for the same sign-in, but not one that AWS has just refused."""
        found = read_access_token(link, self._context.settings.user_home)
        refused = [getattr(session, "session_token", "") for session in self._context.refused]
        return found if found and found.session_token not in refused else None

    def _sign_in(self, link: SignIn, oidc: OidcClient) -> Session:
        ui, settings = self._context.ui, self._context.settings
        if not ui.may_ask:
            raise NotAskedError(
                f"'{link.profile}' needs a sign-in at {link.start_url}, but prompting is disabled (--no-input)",
                f"shellvault login --sso {quote_word(link.profile)}",
            )
        flow = settings.sso_flow
        code_first = flow == "browser" or (flow == "auto" and settings.has_local_browser)
        flows = SignInFlows(ui.notice, lambda url: open_browser(url, settings), code_first=code_first)
        session, registration = flows(link, oidc)
        self._keep(link, registration)
        return session

    def _keep(self, link: SignIn, registration: Registration) -> None:
        if registration.refresh_token and registration.expires_at > time.time():
            self._refresh_tokens.keep(link.identity, _pack(registration), registration.expires_at)


def _pack(registration: Registration) -> str:
    return json.dumps([getattr(registration, field) for field in Registration._fields])


def _unpack(text: str | None) -> Registration | None:
    try:
        client_id, secret, expires_at, refresh_token = json.loads(text or "")
        return Registration(str(client_id), Secret(secret), int(expires_at), Secret(refresh_token))
    except (OverflowError, TypeError, ValueError):  # not written by us
        return None
