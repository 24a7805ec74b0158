"""Which minter mints which link: the composition root's half that is needed only when something is minted."""

from __future__ import annotations

import os
from contextlib import contextmanager

from shellvault.awsconfig.endpoints import ca_bundle
from shellvault.core.chain.links import (
    AmbientCredentials,
    AssumeRole,
    FederationToken,
    Process,
    SessionToken,
    SignIn,
    SsoRole,
    WebIdentity,
)
from shellvault.core.environment import ASKED
from shellvault.core.errors import SourceRefusedError, UsageError
from shellvault.core.model import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from shellvault.argparser import Arguments
    from shellvault.core.chain.links import Link
    from shellvault.core.chain.resolve import ResolvedChain
    from shellvault.core.model import KeyPair
    from shellvault.providers.sign_in_flows import SignInFlows
    from shellvault.providers.sso_provider import Assignment, SsoProvider
    from shellvault.providers.sts_provider import StsProvider
    from shellvault.storage.refresh_tokens import KernelRefreshTokens, VaultRefreshTokens

FLOWS = ("auto", "browser", "device")
_FOR_A_LIST = 5  # attempts of a call: a list of many accounts is many calls, which the portal soon throttles


class Providers:
    """Mints the sessions of one plan; an adapter is imported when its first link is minted.

    Args:
        plan: whose profile and path the minters go by.
        environ: the environment.
        arguments: the command line.
        keepsakes: gives what keeps refresh tokens.
        notice: tells the person something that is not an error.
        may_ask: whether a person may be asked.
    """

    def __init__(
        self,
        plan: ResolvedChain,
        environ: Mapping[str, str],
        arguments: Arguments,
        keepsakes: Callable[[], KernelRefreshTokens | VaultRefreshTokens],
        notice: Callable[[str], None],
        *,
        may_ask: bool,
    ) -> None:
        self._plan = plan
        self._environ = environ
        self._arguments = arguments
        self._keepsakes = keepsakes
        self._notice = notice
        self._may_ask = may_ask
        self._ca_bundle = ca_bundle(plan.profile, environ)
        self._refused: list[KeyPair | Session | None] = []

    def __call__(self, link: Link, source: KeyPair | Session | None) -> Session:
        """Return a link's new session; botocore is loaded here, and not before.

        Raises:
            ShellvaultError: it could not be minted.
        """
        with self._minding(source):
            return self._minted(link, source)

    def assignments(self, link: SsoRole, token: KeyPair | Session | None) -> tuple[Assignment, ...]:
        """Return every role in every account that an access token opens; of the link only the portal matters.

        Raises:
            AwsRefusedError: SourceRefusedError where the access token is refused.
            AwsUnreachableError: AWS could not be reached, or asked to be left alone.
        """
        if not isinstance(token, Session):
            raise TypeError("only a sign-in opens the portal")
        with self._minding(token):
            return tuple(self._sso(attempts=_FOR_A_LIST).assignments(link, token))

    @contextmanager
    def _minding(self, source: KeyPair | Session | None) -> Iterator[None]:
        """Remember what AWS refused: the same token may still lie in another program's cache."""
        try:
            yield
        except SourceRefusedError:
            self._refused.append(source)
            raise

    def _minted(self, link: Link, source: KeyPair | Session | None) -> Session:
        if isinstance(link, SessionToken | FederationToken | AssumeRole | WebIdentity):
            return self._sts()(link, source)
        if isinstance(link, SsoRole) and isinstance(source, Session):
            return self._sso()(link, source)
        if isinstance(link, SignIn):
            return self._sign_in(link)
        if isinstance(link, Process):
            from shellvault.providers.process_provider import ProcessProvider

            return ProcessProvider(self._asking())(link)
        if isinstance(link, AmbientCredentials):
            from shellvault.providers.ambient_provider import AmbientProvider

            return AmbientProvider(self._environ)(link)
        raise TypeError(f"nothing mints a {type(link).__name__} from this")

    def _sso(self, **more: int) -> SsoProvider:
        from shellvault.providers.sso_provider import SsoProvider

        return SsoProvider(self._notice, self._ca_bundle, **more)

    def _sts(self) -> StsProvider:
        from shellvault.providers.sts_provider import StsProvider
        from shellvault.ui.mfa import driver
        from shellvault.ui.mfa.code_source import CodeSource

        chosen = driver(self._arguments.get("--prompt") or "terminal") if self._may_ask else None
        token = self._arguments.get("--mfa-token")
        code = CodeSource(token, self._plan.mfa_process, chosen, self._environ, self._notice)
        return StsProvider(code, self._token, self._notice, self._ca_bundle)

    def _token(self, command: str) -> str:
        """Return what a web_identity_token_process prints."""
        from shellvault.providers.credential_program import run_credential_program

        what = f"web_identity_token_process of '{self._plan.path[-1]}'"
        return run_credential_program(command, what, self._asking()).decode("utf-8", "replace").strip()

    def _asking(self) -> dict[str, str]:
        """Return the environment of a program that gives credentials: it says for whom, so that a circle is seen."""
        before = self._environ.get(ASKED, "").split("\n")
        return {**self._environ, ASKED: "\n".join(name for name in (*before, *self._plan.path) if name)}

    def _sign_in(self, link: SignIn) -> Session:
        from shellvault.providers.sign_in_provider import SignInProvider

        by_person = self._flows() if self._may_ask else None
        return SignInProvider(self._keepsakes(), by_person, self._elsewhere, self._ca_bundle)(link)

    def _elsewhere(self, link: SignIn) -> Session | None:
        """Return the AWS CLI's access token for the same sign-in, but not one that AWS has just refused."""
        from shellvault.providers import aws_cli_sso

        found = aws_cli_sso.read_access_token(link, os.path.expanduser("~"))
        refused = [session.session_token for session in self._refused if isinstance(session, Session)]
        return found if found and found.session_token not in refused else None

    def _flows(self) -> SignInFlows:
        from shellvault.providers.sign_in_flows import SignInFlows
        from shellvault.ui.browser import has_local_browser, open_browser

        flow = self._environ.get("SHELLVAULT_SSO_FLOW") or "auto"
        if flow not in FLOWS:
            raise UsageError(f"SHELLVAULT_SSO_FLOW is '{flow}'", f"set it to one of: {', '.join(FLOWS)}")
        if self._arguments.has("--use-device-code"):
            flow = "device"
        code_first = flow == "browser" or (flow == "auto" and has_local_browser(self._environ))
        return SignInFlows(self._notice, lambda url: open_browser(url, self._environ), code_first=code_first)
