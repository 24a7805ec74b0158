"""The providers, which obtain the sessions of links. To add one, write its module and add its row to `PROVIDERS`."""

from __future__ import annotations

import os
from contextlib import contextmanager

from shellvault.core.chain.links import AssumeRole, FederationToken, SessionToken
from shellvault.core.chain.root_credentials import AmbientCredentials, Process, WebIdentity
from shellvault.core.chain.sso_links import SignIn, SsoRole
from shellvault.core.errors import SourceRefusedError
from shellvault.core.model import KeyPair
from shellvault.providers.provider_context import ProviderContext
from shellvault.system.paths import find_panic_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from shellvault.aws.network import Network
    from shellvault.core.chain.links import Link
    from shellvault.core.chain.resolve import ResolvedChain
    from shellvault.core.model import Session
    from shellvault.core.session_broker import Provider
    from shellvault.providers.provider_context import RefreshTokenStore
    from shellvault.providers.sso_provider import Assignment
    from shellvault.settings import Settings
    from shellvault.storage.panic_file import PanicFile
    from shellvault.ui.user_interface import Ui

PROVIDERS: Mapping[type[Link], str] = {
    SessionToken: "sts_provider:StsProvider",
    FederationToken: "sts_provider:StsProvider",
    AssumeRole: "sts_provider:StsProvider",
    WebIdentity: "web_identity_provider:WebIdentityProvider",
    SsoRole: "sso_provider:SsoProvider",
    SignIn: "sign_in_provider:SignInProvider",
    Process: "process_provider:ProcessProvider",
    AmbientCredentials: "ambient_provider:AmbientProvider",
}
"""Link type -> module of this package and class, which is built from a `ProviderContext` and called with a link and the
credentials that sign. It is imported when its first link comes: most of them load botocore."""


class Providers:
    """Obtains the sessions of one chain.

    Args:
        resolved: the chain.
        settings: the settings of the command.
        ui: notices and questions.
        refresh_tokens: returns the store of refresh tokens.
        network: certificates and proxies, and what checks them.
    """

    def __init__(
        self,
        resolved: ResolvedChain,
        settings: Settings,
        ui: Ui,
        refresh_tokens: Callable[[], RefreshTokenStore],
        network: Network,
    ) -> None:
        self._refused: list[KeyPair | Session] = []
        self._context = ProviderContext(resolved, settings, ui, network, refresh_tokens, self._refused)

    def __call__(self, link: Link, source: KeyPair | Session | None) -> Session:
        """Return a link's new session; `source` signs the call.

        Raises:
            ShellvaultError: it could not be obtained.
        """
        with self._noting_refusal(source):
            return self._load_provider(link)(link, source)

    def assignments(self, link: SsoRole, token: KeyPair | Session | None) -> tuple[Assignment, ...]:
        """Return every role in every account that an access token gives access to; of the link only the portal counts.

        Raises:
            AwsRefusedError: SourceRefusedError where the access token is refused.
            AwsUnreachableError: AWS could not be reached, or asked for a pause.
        """
        from shellvault.providers.sso_provider import SsoProvider

        with self._noting_refusal(token):
            return tuple(SsoProvider(self._context).assignments(link, token))

    def _load_provider(self, link: Link) -> Provider:
        from importlib import import_module

        module, name = PROVIDERS[type(link)].split(":")
        provider: Provider = getattr(import_module(f"shellvault.providers.{module}"), name)(self._context)
        return provider

    @contextmanager
    def _noting_refusal(self, source: KeyPair | Session | None) -> Iterator[None]:
        """Remember credentials that AWS refuses: another program's cache may still hold the same token."""
        try:
            yield
        except SourceRefusedError as error:
            if source:
                self._refused.append(source)
            if isinstance(source, KeyPair):
                self._explain_panic(error, source.fingerprint)
            raise
        if isinstance(source, KeyPair) and os.path.exists(find_panic_file(self._context.settings.home)):
            self._records().see_active(source.fingerprint)

    def _explain_panic(self, error: SourceRefusedError, fingerprint: str) -> None:
        """Say so if it is `panic` that deactivated the key pair: AWS only says that it does not know it."""
        if self._records().was_tried(fingerprint):
            error.message = "AWS refuses this access key, because shellvault panic deactivated it"
            error.hint = "shellvault add stores a new one; to activate this one again: IAM, Users in the AWS console"

    def _records(self) -> PanicFile:
        from shellvault.storage.panic_file import PanicFile

        return PanicFile(self._context.settings.home, self._context.ui.notice)
