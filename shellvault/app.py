"""The composition root: wires the adapters to the core. An adapter is imported when it is first used.

It is built in layers: a person at a terminal, the stores that are theirs, and the heart over both.
"""

from __future__ import annotations

import os
import time

from shellvault.awsconfig import reader
from shellvault.awsconfig.profiles import Profiles
from shellvault.awsconfig.reader import Config
from shellvault.core import durations
from shellvault.core.chain import resolve
from shellvault.storage.opener import Storage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from shellvault.argparser import Arguments
    from shellvault.core.chain.links import Link, StoredKey
    from shellvault.core.chain.resolve import ResolvedChain
    from shellvault.core.model import KeyPair, Session
    from shellvault.core.session_broker import SessionBroker
    from shellvault.providers.provider_table import Providers

OF_AWS_VAULT = frozenset(
    {
        "AWS_ASSUME_ROLE_TTL",
        "AWS_CHAINED_SESSION_TOKEN_TTL",
        "AWS_MFA_SERIAL",
        "AWS_ROLE_ARN",
        "AWS_ROLE_SESSION_NAME",
        "AWS_SESSION_TAGS",
        "AWS_SESSION_TOKEN_TTL",
        "AWS_SOURCE_IDENTITY",
        "AWS_STS_REGIONAL_ENDPOINTS",
        "AWS_TRANSITIVE_TAGS",
    }
)
"""The variables that `awsvault` reads; it is loaded only where there is one."""


class App(Storage):
    """What one command line works with. Everything is made on first use, so a command pays only for what it needs."""

    def __init__(self, environ: Mapping[str, str], arguments: Arguments) -> None:
        super().__init__(environ, arguments)
        self._config: Config | None = None
        self._mints: dict[tuple[str, ...], Providers] = {}

    @property
    def config(self) -> Config:
        """The AWS config file."""
        if self._config is None:
            self._config = Config.read(reader.path(self.environ))
        return self._config

    def book(self) -> Profiles:
        """Return what is known of profiles and key pairs."""
        own = (entry for entry in self.index.entries() if entry.backend == self.backend_name)
        return Profiles(self.config, {entry.name: entry.fingerprint for entry in own}, self.environ)

    def plan(self, name: str) -> ResolvedChain:
        """Return the chain for a profile, and tell what AWS's limits changed about the wish."""
        text = self.arguments.get("--duration")
        wish = resolve.SessionOptions(
            duration=durations.parse_duration(text, "--duration") if text else 0,
            no_session=self.arguments.has("--no-session"),
        )
        if OF_AWS_VAULT.isdisjoint(self.environ):
            return self._told(resolve.resolve(name, self.book(), wish))
        from shellvault.compat.awsvault import variables  # for those who have its variables

        plan = resolve.resolve(name, self.book(), variables.apply_variables(wish, self.environ))
        return self._told(plan, variables.describe_ignored_role(self.environ, plan.profile))

    def _told(self, plan: ResolvedChain, more: str = "") -> ResolvedChain:
        for notice in (*plan.notices, *([more] if more else [])):
            self.notice(notice)
        return plan

    def credentials(self, plan: ResolvedChain) -> Session | KeyPair:
        """Return what a plan's chain gives."""
        if "AWS_MIN_TTL" not in self.environ:
            return self.vault(plan).credentials(plan.chain)
        from shellvault.compat.awsvault import variables

        return self.vault(plan).credentials(plan.chain, variables.minimum_time_left(self.environ, plan.chain))

    def vault(self, plan: ResolvedChain) -> SessionBroker:
        """Return the heart, with everything that this plan's sessions need."""
        from shellvault.core.session_broker import SessionBroker

        def mint(link: Link, source: KeyPair | Session | None) -> Session:
            return self.minting(plan)(link, source)

        return SessionBroker(
            cache=self.sessions(),
            load=self._load,
            mint=mint,
            turn=self._turn,
            clock=time.time,
            notice=self.notice,
        )

    def _load(self, key: StoredKey) -> KeyPair:
        return self.keypairs().load(key)

    def _turn(self, identity: str) -> AbstractContextManager[None]:
        from shellvault.storage.refresh_lock import RefreshLocks

        return RefreshLocks(os.path.join(self.home, "locks"), self.notice).turn(identity)

    def minting(self, plan: ResolvedChain) -> Providers:
        """Return what mints this plan's sessions, the same one each time: it knows what AWS has refused."""
        from shellvault.providers.provider_table import Providers

        if plan.path not in self._mints:
            self._mints[plan.path] = Providers(
                plan, self.environ, self.arguments, self.keepsakes, self.notice, may_ask=self.may_ask
            )
        return self._mints[plan.path]
