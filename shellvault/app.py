"""The composition root: wires the adapters to the core. An adapter is imported when it is first used.

It is built in layers: a person at a terminal, the stores that are theirs, and the heart over both.
"""

from __future__ import annotations

import os
import time

from shellvault import config, durations
from shellvault.book import Book
from shellvault.chains import chain
from shellvault.config import Config
from shellvault.stored import Stores

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from shellvault.chains.chain import Plan
    from shellvault.chains.links import Link, StoredKey
    from shellvault.grammar import Arguments
    from shellvault.mint import Mint
    from shellvault.model import KeyPair, Session
    from shellvault.vault import Vault

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


class App(Stores):
    """What one command line works with. Everything is made on first use, so a command pays only for what it needs."""

    def __init__(self, environ: Mapping[str, str], arguments: Arguments) -> None:
        super().__init__(environ, arguments)
        self._config: Config | None = None
        self._mints: dict[tuple[str, ...], Mint] = {}

    @property
    def config(self) -> Config:
        """The AWS config file."""
        if self._config is None:
            self._config = Config.read(config.path(self.environ))
        return self._config

    def book(self) -> Book:
        """Return what is known of profiles and key pairs."""
        own = (entry for entry in self.index.entries() if entry.backend == self.backend_name)
        return Book(self.config, {entry.name: entry.fingerprint for entry in own}, self.environ)

    def plan(self, name: str) -> Plan:
        """Return the chain for a profile, and tell what AWS's limits changed about the wish."""
        text = self.arguments.get("--duration")
        wish = chain.Wish(
            duration=durations.seconds(text, "--duration") if text else 0,
            no_session=self.arguments.has("--no-session"),
        )
        if OF_AWS_VAULT.isdisjoint(self.environ):
            return self._told(chain.plan(name, self.book(), wish))
        from shellvault.chains import awsvault  # for those who have its variables

        plan = chain.plan(name, self.book(), awsvault.wished(wish, self.environ))
        return self._told(plan, awsvault.unheeded(self.environ, plan.profile))

    def _told(self, plan: Plan, more: str = "") -> Plan:
        for notice in (*plan.notices, *([more] if more else [])):
            self.notice(notice)
        return plan

    def credentials(self, plan: Plan) -> Session | KeyPair:
        """Return what a plan's chain gives."""
        if "AWS_MIN_TTL" not in self.environ:
            return self.vault(plan).credentials(plan.chain)
        from shellvault.chains import awsvault

        return self.vault(plan).credentials(plan.chain, awsvault.least(self.environ, plan.chain))

    def vault(self, plan: Plan) -> Vault:
        """Return the heart, with everything that this plan's sessions need."""
        from shellvault.vault import Vault

        def mint(link: Link, source: KeyPair | Session | None) -> Session:
            return self.minting(plan)(link, source)

        return Vault(
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
        from shellvault.stores.turns import Turns

        return Turns(os.path.join(self.home, "locks"), self.notice).turn(identity)

    def minting(self, plan: Plan) -> Mint:
        """Return what mints this plan's sessions, the same one each time: it knows what AWS has refused."""
        from shellvault.mint import Mint

        if plan.path not in self._mints:
            self._mints[plan.path] = Mint(
                plan, self.environ, self.arguments, self.keepsakes, self.notice, may_ask=self.may_ask
            )
        return self._mints[plan.path]
