"""How the user signs in: in this machine's browser (PKCE), or with a code that works on any device."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from shellvault.aws.aws_errors import ExpectedRefusalError
from shellvault.aws.oidc import unreadable
from shellvault.core.errors import AwsRefusedError, AwsUnreachableError, PersonNeededError
from shellvault.ui.oauth_callback import OAuthCallback

if TYPE_CHECKING:
    from collections.abc import Callable

    from shellvault.aws.oidc import OidcClient, Registration
    from shellvault.core.chain.sso_links import SignIn
    from shellvault.core.errors import ShellvaultError
    from shellvault.core.model import Session

    Granted = tuple[Session, Registration]
    """An access token, and the registration with its refresh token."""

PATIENCE = 600  # seconds
_SLOW_DOWN = 5  # seconds that the interval grows by, where the service asks for it; RFC 8628
_CODE_LIFETIME = 60  # seconds in which AWS accepts an authorization code; its documentation does not say
_LONGEST_WORD = 100  # characters
_LONGEST_URL = 8192
_LONGEST_INTERVAL = 60  # seconds
_DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
_WITH_CODE = "the browser has to be on this machine; for any other: Ctrl-C, then export SHELLVAULT_SSO_FLOW=device"
_INVALID_GRANT = "InvalidGrantException"
_POLLING = ("AuthorizationPendingException", "SlowDownException", "ExpiredTokenException", "AccessDeniedException")
"""How the service answers while a device is not authorized; RFC 8628."""


class SignInFlows:
    """Lets the user sign in.

    Args:
        notice: tells the user something.
        browse: opens a URL in a browser.
        code_first: whether to try the browser of this machine before the device code.
        patience: seconds in which the user has to sign in.
    """

    def __init__(
        self,
        notice: Callable[[str], None],
        browse: Callable[[str], None],
        *,
        code_first: bool,
        patience: float = PATIENCE,
    ) -> None:
        self._notice = notice
        self._browse = browse
        self._code_first = code_first
        self._patience = patience
        self._had_outage = False

    def __call__(self, link: SignIn, oidc: OidcClient) -> Granted:
        """Return an access token, and the registration with its refresh token.

        Raises:
            PersonNeededError: the user declined, or did not sign in in time.
            AwsRefusedError: the service refused.
            AwsUnreachableError: it could not be reached, or its answer was lost.
        """
        if not self._code_first:
            return self._use_device(link, oidc)
        with OAuthCallback(self._notice) as callback:
            try:
                registration = oidc.register(
                    grantTypes=["authorization_code", "refresh_token"],
                    redirectUris=[callback.registered_url],
                    issuerUrl=link.start_url,
                )
            except AwsRefusedError:  # not every service offers it
                return self._use_device(link, oidc)
            return self._use_browser(link, oidc, registration, callback)

    def _use_browser(
        self, link: SignIn, oidc: OidcClient, registration: Registration, callback: OAuthCallback
    ) -> Granted:
        verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(24)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "response_type": "code",
            "client_id": registration.client_id,
            "redirect_uri": callback.url,
            "state": state,
            "code_challenge_method": "S256",
            "scopes": " ".join(link.scopes),
            "code_challenge": challenge,
        }
        self._notice(_WITH_CODE)
        self._open(link, f"{oidc.url}/authorize?{urlencode(query)}")
        code = _require_code(link, callback.wait(state, self._patience))
        given = {"code": code, "redirectUri": callback.url, "codeVerifier": verifier}
        end = time.monotonic() + _CODE_LIFETIME
        while time.monotonic() < end:
            if found := self._request_token(link, oidc, registration, "authorization_code", given):
                return found
            time.sleep(1)
        raise _lost(link)

    def _use_device(self, link: SignIn, oidc: OidcClient) -> Granted:
        registration = oidc.register()
        started = oidc.start(registration)
        self._notice(f"the code is {started.user_code}: compare it with what the page shows")
        self._open(link, started.url)
        given = {"deviceCode": str(started.device_code)}
        end = time.monotonic() + min(started.lifetime, self._patience)
        interval = min(max(1.0, started.interval), _LONGEST_INTERVAL)
        while time.monotonic() < end:
            found, slower = self._poll(link, oidc, registration, given)
            if found:
                return found
            interval += slower
            time.sleep(interval)
        raise _too_late(link)

    def _poll(
        self, link: SignIn, oidc: OidcClient, registration: Registration, given: dict[str, str]
    ) -> tuple[Granted | None, float]:
        """Return what the device was granted, if anything, and the seconds by which to lengthen the interval."""
        try:
            return self._request_token(link, oidc, registration, _DEVICE_CODE, given), 0
        except ExpectedRefusalError as refusal:
            return None, _slow_down(link, refusal)

    def _request_token(
        self, link: SignIn, oidc: OidcClient, registration: Registration, grant: str, given: dict[str, str]
    ) -> Granted | None:
        """Return what a grant gives; None while AWS is down, so that the user need not sign in again for that."""
        polling = _POLLING if grant == _DEVICE_CODE else ()
        spent = (_INVALID_GRANT,) if self._had_outage else ()  # by an answer that never arrived
        try:
            return oidc.token(registration, grant, expected=(*polling, *spent), **given)
        except ExpectedRefusalError as refusal:
            if refusal.code == _INVALID_GRANT:
                raise _lost(link) from None
            raise
        except AwsUnreachableError as error:
            if not self._had_outage:
                self._notice(f"{error.message}; trying again")
            self._had_outage = True
            return None

    def _open(self, link: SignIn, url: str) -> None:
        usable = url.isprintable() and len(url) <= _LONGEST_URL
        if not url.startswith(("https://", "http://")) or not usable:  # it goes to a browser's command line
            raise unreadable()
        self._notice(f"sign in for '{link.profile}': {url}")
        self._browse(url)


def _require_code(link: SignIn, answer: dict[str, str] | None) -> str:
    """Return the authorization code in what the browser returned with."""
    if answer is None:
        raise _too_late(link)
    if "code" in answer:
        return answer["code"]
    raise _without_code(link, answer.get("error", ""))


def _without_code(link: SignIn, error: str) -> ShellvaultError:
    """Return the error for a browser that returned with `error` in place of a code."""
    if error in ("", "access_denied"):
        return _declined(link)
    usable = error.isascii() and error.isprintable()
    return AwsRefusedError(
        f"AWS refused the sign-in at {link.start_url}: {error[:_LONGEST_WORD] if usable else 'error'}",
        "or try SHELLVAULT_SSO_FLOW=device",
    )


def _slow_down(link: SignIn, refusal: ExpectedRefusalError) -> float:
    """Return the seconds by which to lengthen the interval, as long as the user may still sign in."""
    if refusal.code == "ExpiredTokenException":
        raise _too_late(link) from None
    if refusal.code == "AccessDeniedException":
        raise _declined(link) from None
    return _SLOW_DOWN if refusal.code == "SlowDownException" else 0


def _declined(link: SignIn) -> PersonNeededError:
    return PersonNeededError(f"the sign-in at {link.start_url} was declined", "run the command again")


def _too_late(link: SignIn) -> PersonNeededError:
    return PersonNeededError(f"timed out waiting for the sign-in at {link.start_url}", "run the command again")


def _lost(link: SignIn) -> AwsUnreachableError:
    return AwsUnreachableError(f"the answer to the sign-in at {link.start_url} was lost", "run the command again")
