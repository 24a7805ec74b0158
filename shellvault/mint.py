"""Which minter mints which link: the composition root's half that is needed only when something is minted."""

from __future__ import annotations

import os

from shellvault.environment import ASKED
from shellvault.errors import UsageError
from shellvault.links import AssumeRole, Process, Provided, SessionToken, SignIn, SsoRole, WebIdentity
from shellvault.model import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from shellvault.chain import Plan
    from shellvault.grammar import Arguments
    from shellvault.links import Link
    from shellvault.minters.signinflows import Flows
    from shellvault.minters.sso import SsoMinter
    from shellvault.minters.sts import StsMinter
    from shellvault.model import KeyPair
    from shellvault.stores.keepsakes import KernelKeepsakes, VaultKeepsakes

FLOWS = ("auto", "browser", "device")


class Mint:
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
        plan: Plan,
        environ: Mapping[str, str],
        arguments: Arguments,
        keepsakes: Callable[[], KernelKeepsakes | VaultKeepsakes],
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
        self._ca_bundle = environ.get("AWS_CA_BUNDLE") or plan.profile.get("ca_bundle")

    def __call__(self, link: Link, source: KeyPair | Session | None) -> Session:
        """Return a link's new session; botocore is loaded here, and not before.

        Raises:
            ShellvaultError: it could not be minted.
        """
        if isinstance(link, SessionToken | AssumeRole | WebIdentity):
            return self._sts()(link, source)
        if isinstance(link, SsoRole) and isinstance(source, Session):
            return self.sso()(link, source)
        if isinstance(link, SignIn):
            return self._sign_in(link)
        if isinstance(link, Process):
            from shellvault.minters.process import ProcessMinter

            return ProcessMinter(self._asking())(link)
        if isinstance(link, Provided):
            from shellvault.minters.provided import ProvidedMinter

            return ProvidedMinter(self._environ)(link)
        raise TypeError(f"nothing mints a {type(link).__name__} from this")

    def sso(self) -> SsoMinter:
        """Return what asks IAM Identity Center's portal."""
        from shellvault.minters.sso import SsoMinter

        return SsoMinter(self._notice, self._ca_bundle)

    def _sts(self) -> StsMinter:
        from shellvault.minters.sts import StsMinter
        from shellvault.prompts import driver
        from shellvault.prompts.mfa import CodeSource

        chosen = driver(self._arguments.get("--prompt") or "terminal") if self._may_ask else None
        token = self._arguments.get("--mfa-token")
        code = CodeSource(token, self._plan.mfa_process, chosen, self._environ, self._notice)
        return StsMinter(code, self._token, self._notice, self._ca_bundle)

    def _token(self, command: str) -> str:
        """Return what a web_identity_token_process prints."""
        from shellvault.minters.programs import output

        what = f"web_identity_token_process of '{self._plan.path[-1]}'"
        return output(command, what, self._asking()).decode("utf-8", "replace").strip()

    def _asking(self) -> dict[str, str]:
        """Return the environment of a program that gives credentials: it says for whom, so that a circle is seen."""
        before = self._environ.get(ASKED, "").split("\n")
        return {**self._environ, ASKED: "\n".join(name for name in (*before, *self._plan.path) if name)}

    def _sign_in(self, link: SignIn) -> Session:
        from shellvault.minters import awsclisso
        from shellvault.minters.signin import SignInMinter

        home = os.path.expanduser("~")
        by_person = self._flows() if self._may_ask else None
        minter = SignInMinter(self._keepsakes(), by_person, lambda link: awsclisso.token(link, home), self._ca_bundle)
        return minter(link)

    def _flows(self) -> Flows:
        from shellvault.browser import browse, is_here
        from shellvault.minters.signinflows import Flows

        flow = self._environ.get("SHELLVAULT_SSO_FLOW") or "auto"
        if flow not in FLOWS:
            raise UsageError(f"SHELLVAULT_SSO_FLOW is '{flow}'", f"set it to one of: {', '.join(FLOWS)}")
        code_first = flow == "browser" or (flow == "auto" and is_here(self._environ))
        return Flows(self._notice, lambda url: browse(url, self._environ), code_first=code_first)
