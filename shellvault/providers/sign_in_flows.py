"""How a person signs in: through this machine's browser (PKCE), or with a code that works from any device."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from botocore.exceptions import ClientError

from shellvault.aws.oidc import unreadable
from shellvault.core.errors import AwsRefusedError, AwsUnreachableError, PersonNeededError
from shellvault.ui.oauth_callback import OAuthCallback

if TYPE_CHECKING:
    from collections.abc import Callable

    from shellvault.aws.oidc import OidcClient, Registration
    from shellvault.core.chain.links import SignIn
    from shellvault.core.errors import ShellvaultError
    from shellvault.core.model import Session

PATIENCE = 600  # seconds
_SLOWER = 5  # seconds more between two looks, where the service wants that; RFC 8628
_CODE_LIFE = 60  # seconds in which AWS takes an authorization code; none says how long exactly
_LONGEST_WORD = 100  # characters
_LONGEST_URL = 8192
_LONGEST_INTERVAL = 60  # seconds
_DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"


class SignInFlows:
    """Lets a person sign in.

    Args:
        tell: tells the person something.
        browse: opens a URL in a browser.
        code_first: whether to try the browser of this machine before the device code.
        patience: seconds in which the person has to come.
    """

    def __init__(
        self,
        tell: Callable[[str], None],
        browse: Callable[[str], None],
        *,
        code_first: bool,
        patience: float = PATIENCE,
    ) -> None:
        self._tell = tell
        self._browse = browse
        self._code_first = code_first
        self._patience = patience
        self._told_of_away = False

    def __call__(self, link: SignIn, oidc: OidcClient) -> tuple[Session, Registration]:
        """Return an access token, and the registration with its refresh token.

        Raises:
            PersonNeededError: the person declined, or did not come.
            ClientError: the service refused.
        """
        if self._code_first:
            with OAuthCallback() as callback:
                try:
                    registration = oidc.register(
                        grantTypes=["authorization_code", "refresh_token"],
                        redirectUris=[callback.registered_url],
                        issuerUrl=link.start_url,
                    )
                except ClientError:  # not every service offers it
                    return self._device(link, oidc)
                return self._code(link, oidc, registration, callback)
        return self._device(link, oidc)

    def _code(
        self, link: SignIn, oidc: OidcClient, registration: Registration, callback: OAuthCallback
    ) -> tuple[Session, Registration]:
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
        self._open(link, f"{oidc.url}/authorize?{urlencode(query)}")
        answer = callback.wait(state, self._patience)
        if answer is None:
            raise _overdue(link)
        if "code" not in answer:
            raise _without_code(link, answer.get("error", ""))
        given = {"code": answer["code"], "redirectUri": callback.url, "codeVerifier": verifier}
        end = time.monotonic() + _CODE_LIFE
        while time.monotonic() < end:
            if found := self._asked(link, oidc, registration, "authorization_code", given):
                return found
            time.sleep(1)
        raise _lost(link)

    def _device(self, link: SignIn, oidc: OidcClient) -> tuple[Session, Registration]:
        registration = oidc.register()
        started = oidc.start(registration)
        self._tell(f"the code is {started.user_code}: compare it with what the page shows")
        self._open(link, started.url)
        given = {"deviceCode": str(started.device_code)}
        end = time.monotonic() + min(started.lasts, self._patience)
        interval = min(max(1.0, started.interval), _LONGEST_INTERVAL)
        while time.monotonic() < end:
            try:
                if found := self._asked(link, oidc, registration, _DEVICE_CODE, given):
                    return found
            except ClientError as error:
                interval += _pause(link, error)
            time.sleep(interval)
        raise _overdue(link)

    def _asked(
        self, link: SignIn, oidc: OidcClient, registration: Registration, grant: str, given: dict[str, str]
    ) -> tuple[Session, Registration] | None:
        """Return what a grant gives; None while AWS is away, for the person must not have to sign in again for that."""
        try:
            return oidc.token(registration, grant, **given)
        except ClientError as error:
            code = error.response["Error"].get("Code")
            if self._told_of_away and code == "InvalidGrantException":
                raise _lost(link) from None  # it was spent by an answer that never came
            slower = grant == _DEVICE_CODE and code == "SlowDownException"
            if slower or not isinstance(away := oidc.refused(error), AwsUnreachableError):
                raise
        except AwsUnreachableError as error:
            away = error
        if not self._told_of_away:
            self._tell(f"{away.message}; trying again")
        self._told_of_away = True
        return None

    def _open(self, link: SignIn, url: str) -> None:
        fits = url.isprintable() and len(url) <= _LONGEST_URL
        if not url.startswith(("https://", "http://")) or not fits:  # nothing else is to reach a browser's command line
            raise unreadable()
        self._tell(f"sign in for '{link.profile}': {url}")
        self._browse(url)


def _without_code(link: SignIn, error: str) -> ShellvaultError:
    """Return the error for a browser that came back with `error` in place of a code."""
    if error in ("", "access_denied"):
        return _declined(link)
    usable = error.isascii() and error.isprintable()
    return AwsRefusedError(
        f"AWS refused the sign-in at {link.start_url}: {error[:_LONGEST_WORD] if usable else 'error'}",
        "SHELLVAULT_SSO_FLOW=device signs in another way",
    )


def _pause(link: SignIn, error: ClientError) -> float:
    """Return by how many seconds to look more rarely, as long as the person may still come."""
    code = error.response["Error"].get("Code")
    if code == "AuthorizationPendingException":
        return 0
    if code == "SlowDownException":
        return _SLOWER
    if code == "ExpiredTokenException":
        raise _overdue(link) from None
    if code == "AccessDeniedException":
        raise _declined(link) from None
    raise error


def _declined(link: SignIn) -> PersonNeededError:
    """Return the error for a person who said no."""
    return PersonNeededError(f"the sign-in at {link.start_url} was declined", "run the command again")


def _overdue(link: SignIn) -> PersonNeededError:
    """Return the error for a person who did not come."""
    return PersonNeededError(f"nobody signed in at {link.start_url} in time", "run the command again")


def _lost(link: SignIn) -> AwsUnreachableError:
    """Return the error for a sign-in whose answer did not arrive."""
    return AwsUnreachableError(f"the answer to the sign-in at {link.start_url} was lost", "run the command again")
