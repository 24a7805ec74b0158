"""The composition root: wires the adapters to the core. An adapter is imported when it is first used."""

from __future__ import annotations

import os
import sys
import time

from shellvault import chain, config, durations, places
from shellvault.book import Book
from shellvault.config import Config
from shellvault.errors import NotAskedError
from shellvault.model import digest
from shellvault.stores.index import Index

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

    from shellvault.chain import Plan
    from shellvault.grammar import Arguments
    from shellvault.links import Link, StoredKey
    from shellvault.mint import Mint
    from shellvault.model import KeyPair, Session, SessionNote
    from shellvault.record import Secret
    from shellvault.stores.backends import Backend
    from shellvault.stores.holder import Holder
    from shellvault.stores.keepsakes import KernelKeepsakes, VaultKeepsakes
    from shellvault.stores.kernel import KernelKeyring
    from shellvault.stores.keypairs import KeyPairs
    from shellvault.stores.rotations import Rotations
    from shellvault.stores.sealed import SealedFile
    from shellvault.stores.sessions import KernelSessions
    from shellvault.stores.vaultsessions import VaultSessions
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


class App:
    """What one command line works with. Everything is made on first use, so a command pays only for what it needs."""

    def __init__(self, environ: Mapping[str, str], arguments: Arguments) -> None:
        self.environ = environ
        self.arguments = arguments
        self.home = places.home(environ)
        self.index = Index(self.home)
        self._config: Config | None = None
        self._backend: Backend | None = None
        self._backend_name = ""
        self._kernel: KernelKeyring | None = None
        self._mints: dict[tuple[str, ...], Mint] = {}

    # what a person sees and says

    def notice(self, text: str) -> None:
        """Tell something that is not an error."""
        from shellvault.shown import shown

        os.write(2, f"shellvault: {shown(text)}\n".encode())

    def debug(self, text: str) -> None:
        """Tell what is done, where --debug asks for it; never a secret."""
        if self.arguments.has("--debug"):
            self.notice(text)

    def ask(self, question: str, *, hidden: bool = False) -> Secret:
        """Ask a person on the terminal.

        Raises:
            NotAskedError: there is none, or --no-input forbids it.
            PersonNeededError: there was no answer.
        """
        if not self.may_ask:
            raise NotAskedError("--no-input forbids to ask", "run the command without --no-input")
        from shellvault.prompts.terminal import ask

        return ask(question, hidden=hidden)

    @property
    def may_ask(self) -> bool:
        """Whether a person may be asked."""
        return not self.arguments.has("--no-input")

    # what is known without opening the vault

    @property
    def config(self) -> Config:
        """The AWS config file."""
        if self._config is None:
            self._config = Config.read(config.path(self.environ))
        return self._config

    @property
    def backend_name(self) -> str:
        """The vault in use."""
        if not self._backend_name:
            self._backend_name = self._choose_backend()
        return self._backend_name

    def _choose_backend(self) -> str:
        wanted, recorded = self.arguments.get("--backend"), self.index.vault()
        if recorded and wanted in ("", "auto", recorded):
            return recorded  # the warm path: nothing to probe and nothing to import
        from shellvault.stores.backends import choose, chosen_for_aws_vault

        if not wanted and self.arguments.get("--from") != "aws-vault":  # there it is what is read
            wanted = chosen_for_aws_vault(self.environ.get("AWS_VAULT_BACKEND", ""), sys.platform)
        return choose(wanted, recorded, self._answers, sys.platform)

    def _answers(self, name: str) -> bool:
        from shellvault.stores.oskeyring import answers

        return answers(name, self.environ)

    def book(self) -> Book:
        """Return what is known of profiles and key pairs."""
        own = (entry for entry in self.index.entries() if entry.backend == self.backend_name)
        return Book(self.config, {entry.name: entry.fingerprint for entry in own}, self.environ)

    # the stores

    @property
    def kernel(self) -> KernelKeyring:
        """The kernel keyring, with this home's entries."""
        if self._kernel is None:
            self._kernel = kernel_keyring(self.home)
        return self._kernel

    def sessions(self) -> KernelSessions | VaultSessions:
        """Return the session cache: the kernel keyring where there is one, else the vault."""
        if self.kernel.available():
            from shellvault.stores.sessions import KernelSessions

            return KernelSessions(self.kernel, time.time, self.notice)
        from shellvault.stores.vaultsessions import VaultSessions

        return VaultSessions(self.backend, self.home, time.time, self.notice)

    def keepsakes(self) -> KernelKeepsakes | VaultKeepsakes:
        """Return what keeps the refresh tokens of sign-ins, in the place where sessions are."""
        from shellvault.stores.keepsakes import KernelKeepsakes, VaultKeepsakes

        if self.kernel.available():
            return KernelKeepsakes(self.kernel, self.notice)
        return VaultKeepsakes(self.backend, self.home, self.notice)

    def keypairs(self) -> KeyPairs:
        """Return the key pairs of the vault in use."""
        from shellvault.stores.keypairs import KeyPairs

        return KeyPairs(self.backend_name, self.backend, self.index)

    def rotations(self) -> Rotations:
        """Return the journal of the rotations that go on in the vault in use."""
        from shellvault.stores.rotations import Rotations

        return Rotations(self.backend)

    def backend(self) -> Backend:
        """Return the vault in use, opened when a secret is first read or written."""
        if self._backend is None:
            self.debug(f"the vault is {self.backend_name}")
            self._backend = self._open_backend()
        return self._backend

    def _open_backend(self) -> Backend:
        from shellvault.stores.backends import SEALED, SealedBackend

        if self.backend_name == SEALED:
            return SealedBackend(self.sealed())
        from shellvault.stores.oskeyring import open_keyring

        return open_keyring(self.backend_name, self.notice if self.may_ask else None, self.environ)

    def sealed(self) -> SealedFile:
        """Return the sealed file."""
        from functools import partial

        from shellvault.prompts.passphrase import PassphraseSource
        from shellvault.stores.sealed import SealedFile

        ask = partial(self.ask, hidden=True) if self.may_ask else None
        return SealedFile(self.home, self.holder(), PassphraseSource(self.environ, ask, self.notice))

    def holder(self) -> Holder:
        """Return what holds the sealed vault's data key while it is unlocked."""
        from shellvault.stores.holder import LOCK_AFTER, Holder

        text = self.environ.get("SHELLVAULT_LOCK_AFTER", "")
        return Holder(self.kernel, durations.seconds(text, "SHELLVAULT_LOCK_AFTER") if text else LOCK_AFTER)

    def forget_sessions(self, chosen: Callable[[SessionNote], bool]) -> str:
        """Forget cached sessions and return how many as people say it; the empty string for none."""
        sessions = self.sessions()
        identities = [note.identity for note in sessions.notes() if chosen(note)]
        for identity in identities:
            sessions.forget(identity)
        return f"{len(identities)} session{'s' if len(identities) > 1 else ''}" if identities else ""

    # the heart

    def plan(self, name: str) -> Plan:
        """Return the chain for a profile, and tell what AWS's limits changed about the wish."""
        text = self.arguments.get("--duration")
        wish = chain.Wish(
            duration=durations.seconds(text, "--duration") if text else 0,
            no_session=self.arguments.has("--no-session"),
        )
        if OF_AWS_VAULT.isdisjoint(self.environ):
            return self._told(chain.plan(name, self.book(), wish))
        from shellvault import awsvault  # for those who have its variables

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
        from shellvault import awsvault

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


def kernel_keyring(home: str) -> KernelKeyring:
    """Return the kernel keyring under a prefix of this home's own."""
    from shellvault.stores.kernel import KernelKeyring

    return KernelKeyring(f"shellvault-{digest('home', os.path.realpath(home))[:12]}:")
