"""Obtains a role's session with a web identity token, which a file holds or a program prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shellvault.core.errors import UsageError
from shellvault.providers.credential_program import run_credential_program
from shellvault.providers.sts_provider import request_session
from shellvault.system.atomic_file import read_bytes
from shellvault.system.paths import expand

if TYPE_CHECKING:
    from shellvault.core.chain.root_credentials import WebIdentity
    from shellvault.core.model import KeyPair, Session
    from shellvault.providers.provider_context import ProviderContext

_LONGEST_TOKEN = 20_000  # characters; AWS, AssumeRoleWithWebIdentity
_LARGEST = 1 << 16  # bytes of a file with a token


class WebIdentityProvider:
    """Assumes roles with tokens; the call is not signed."""

    def __init__(self, context: ProviderContext) -> None:
        self._context = context

    def __call__(self, link: WebIdentity, source: KeyPair | Session | None) -> Session:
        """Return a new session.

        Raises:
            UsageError: there is no valid token.
            AwsRefusedError: AWS refused the token or the role.
            AwsUnreachableError: AWS could not be reached, or the program failed.
        """
        token = self._run_program(link) if link.token_process else self._read_file(link)
        parameters = {**link.request(), "WebIdentityToken": _require_valid(token, link.profile)}
        return request_session(self._context, link, source, parameters)

    def _run_program(self, link: WebIdentity) -> str:
        what = f"web_identity_token_process of '{link.profile}'"
        return run_credential_program(link.token_process, what, self._context).decode("utf-8", "replace").strip()

    def _read_file(self, link: WebIdentity) -> str:
        path = expand(link.token_file, self._context.settings.environ, self._context.settings.cwd)
        try:
            return read_bytes(path, limit=_LARGEST).decode("ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it holds no token"
            raise UsageError(
                f"the web identity token {link.token_file} cannot be read: {reason}", "correct web_identity_token_file"
            ) from None


def _require_valid(token: str, profile: str) -> str:
    if token and len(token) <= _LONGEST_TOKEN and token.isascii() and token.isprintable():
        return token
    raise UsageError(
        f"the web identity token of '{profile}' is not a valid token",
        "a token is one line of printable ASCII characters",
    )
