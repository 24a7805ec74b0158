"""The composition root's middle: which vault is in use, and the stores in it and around it, each opened when needed."""

from __future__ import annotations

import os
import sys
import time

from shellvault.core import durations
from shellvault.core.model import digest
from shellvault.storage.index import Index
from shellvault.system import paths
from shellvault.ui.console_ui import Ui

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from shellvault.argparser import Arguments
    from shellvault.core.model import SessionNote
    from shellvault.storage.backends import Backend
    from shellvault.storage.kernel_keyring import KernelKeyring
    from shellvault.storage.key_pairs import KeyPairStore
    from shellvault.storage.refresh_tokens import KernelRefreshTokens, VaultRefreshTokens
    from shellvault.storage.rotation_journal import RotationJournal
    from shellvault.storage.sealed.sealed_file import SealedFile
    from shellvault.storage.sealed.unlocked_key_cache import UnlockedKeyCache
    from shellvault.storage.session_cache import KernelSessions
    from shellvault.storage.vault_sessions import VaultSessions


class Storage(Ui):
    """What is a person's own: key pairs, sessions, and what lies beside them."""

    def __init__(self, environ: Mapping[str, str], arguments: Arguments) -> None:
        super().__init__(environ, arguments)
        self.home = paths.home(environ)
        self.index = Index(self.home)
        self._backend: Backend | None = None
        self._backend_name = ""
        self._kernel: KernelKeyring | None = None

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
        from shellvault.storage.backends import choose, chosen_for_aws_vault

        if not wanted and self.arguments.get("--from") != "aws-vault":  # there it is what is read
            wanted = chosen_for_aws_vault(self.environ.get("AWS_VAULT_BACKEND", ""), sys.platform)
        return choose(wanted, recorded, self._answers, sys.platform)

    def _answers(self, name: str) -> bool:
        from shellvault.storage.keyring.os_keyring import answers

        return answers(name, self.environ)

    @property
    def kernel(self) -> KernelKeyring:
        """The kernel keyring, with this home's entries."""
        if self._kernel is None:
            self._kernel = kernel_keyring(self.home)
        return self._kernel

    def sessions(self) -> KernelSessions | VaultSessions:
        """Return the session cache: the kernel keyring where there is one, else the vault."""
        if self.kernel.available():
            from shellvault.storage.session_cache import KernelSessions

            return KernelSessions(self.kernel, time.time, self.notice)
        from shellvault.storage.vault_sessions import VaultSessions

        return VaultSessions(self.backend, self.home, time.time, self.notice)

    def keepsakes(self) -> KernelRefreshTokens | VaultRefreshTokens:
        """Return what keeps the refresh tokens of sign-ins, in the place where sessions are."""
        from shellvault.storage.refresh_tokens import KernelRefreshTokens, VaultRefreshTokens

        if self.kernel.available():
            return KernelRefreshTokens(self.kernel, self.notice)
        return VaultRefreshTokens(self.backend, self.home, self.notice)

    def keypairs(self) -> KeyPairStore:
        """Return the key pairs of the vault in use."""
        from shellvault.storage.key_pairs import KeyPairStore

        return KeyPairStore(self.backend_name, self.backend, self.index)

    def rotations(self) -> RotationJournal:
        """Return the journal of the rotations that go on in the vault in use."""
        from shellvault.storage.rotation_journal import RotationJournal

        return RotationJournal(self.backend)

    def backend(self) -> Backend:
        """Return the vault in use, opened when a secret is first read or written."""
        if self._backend is None:
            self.debug(f"the vault is {self.backend_name}")
            self._backend = self._open_backend()
        return self._backend

    def _open_backend(self) -> Backend:
        from shellvault.storage.backends import SEALED, SealedBackend

        if self.backend_name == SEALED:
            return SealedBackend(self.sealed())
        from shellvault.storage.keyring.os_keyring import open_keyring

        return open_keyring(self.backend_name, self.notice if self.may_ask else None, self.environ)

    def sealed(self) -> SealedFile:
        """Return the sealed file."""
        from functools import partial

        from shellvault.storage.sealed.sealed_file import SealedFile
        from shellvault.ui.passphrase import PassphraseSource

        ask = partial(self.ask, hidden=True) if self.may_ask else None
        return SealedFile(self.home, self.holder(), PassphraseSource(self.environ, ask, self.notice))

    def holder(self) -> UnlockedKeyCache:
        """Return what holds the sealed vault's data key while it is unlocked."""
        from shellvault.storage.sealed.unlocked_key_cache import LOCK_AFTER, UnlockedKeyCache

        text = self.environ.get("SHELLVAULT_LOCK_AFTER", "")
        return UnlockedKeyCache(
            self.kernel, durations.parse_duration(text, "SHELLVAULT_LOCK_AFTER") if text else LOCK_AFTER
        )

    def forget_sessions(self, chosen: Callable[[SessionNote], bool]) -> str:
        """Forget cached sessions and return how many as people say it; the empty string for none."""
        sessions = self.sessions()
        identities = [note.identity for note in sessions.notes() if chosen(note)]
        for identity in identities:
            sessions.forget(identity)
        return f"{len(identities)} session{'s' if len(identities) > 1 else ''}" if identities else ""


def kernel_keyring(home: str) -> KernelKeyring:
    """Return the kernel keyring under a prefix of this home's own."""
    from shellvault.storage.kernel_keyring import KernelKeyring

    return KernelKeyring(f"shellvault-{digest('home', os.path.realpath(home))[:12]}:")
