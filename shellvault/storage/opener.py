"""Opens the stores of one home: the vault in use, the session cache, and what belongs to them, each when needed."""

from __future__ import annotations

import os
import sys
import time

from shellvault.core.model import blake2b, has_profile
from shellvault.storage.index import Index

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from shellvault.core.model import SessionNote
    from shellvault.core.secret_memory import SecretMemory
    from shellvault.request import Host, UserInterface
    from shellvault.settings import Settings
    from shellvault.storage.backends import Backend
    from shellvault.storage.index import IndexEntry
    from shellvault.storage.kernel_keyring import KernelKeyring
    from shellvault.storage.key_pairs import KeyPairStore
    from shellvault.storage.refresh_tokens import RefreshTokens
    from shellvault.storage.rotation_journal import RotationJournal
    from shellvault.storage.sealed.sealed_file import SealedFile
    from shellvault.storage.sealed.unlocked_key_cache import UnlockedKeyCache
    from shellvault.storage.session_cache import SessionCache
    from shellvault.storage.store import Store
    from shellvault.storage.vault_store import VaultStore


class Storage:
    """The stores of one home, for one command; `host` is the process that runs it."""

    def __init__(self, settings: Settings, ui: Callable[[], UserInterface], host: Host) -> None:
        self.home = settings.home
        self._index: Index | None = None
        self._is_index_repaired = False
        self._settings = settings
        self._host = host
        self._load_ui = ui  # most commands that only read have nothing to say
        self._backend: Backend | None = None
        self._backend_name = ""
        self._memory: SecretMemory | None = None
        self._has_memory = False

    @property
    def index(self) -> Index:
        """The index of stored key pairs."""
        if (index := self._index) is None:  # another thread may forget it
            self._index = index = Index(self._settings.home, self._notice)
        return index

    def forget_index(self) -> None:
        """Reread the index when it is next needed: another command may have changed it."""
        self._index = None

    def fingerprints(self) -> dict[str, str]:
        """Return name -> fingerprint for each key pair in the vault in use; opens the vault if the index is lost."""
        entries = (index := self.index).entries()
        if index.problem:
            self._repair_index()
            entries = index.entries()
        if entries and self._settings.backend in ("", "auto", entries[0].backend):
            self._backend_name = entries[0].backend  # the warm path: nothing to probe and nothing to import
        if not self._backend_name:
            self._backend_name = self._choose_backend(entries)
        return {entry.name: entry.fingerprint for entry in entries if entry.backend == self._backend_name}

    @property
    def backend_name(self) -> str:
        """The name of the vault in use.

        Raises:
            UsageError: there is no such vault on this platform.
        """
        if not self._backend_name:
            self._backend_name = self._choose_backend(self.index.entries())
        return self._backend_name

    @property
    def memory(self) -> SecretMemory:
        """The kernel keyring, or what this machine has instead, with this home's entries."""
        if self._memory is None:
            self._memory = kernel_keyring(self.home, self._notice)
            self._has_memory = self._memory.is_available()
            if not self._has_memory:
                self._memory = self._host.memory(self.home, self._settings.environ)
                self._has_memory = self._memory.is_available()
        return self._memory

    def session_cache(self) -> SessionCache:
        """Return the session cache: in memory, or in the vault if no memory is available."""
        from shellvault.storage.kernel_keyring import SESSION
        from shellvault.storage.session_cache import SessionCache

        return SessionCache(self._store(SESSION), time.time, self._notice)

    def refresh_tokens(self) -> RefreshTokens:
        """Return the refresh tokens of sign-ins, which are kept where sessions are."""
        from shellvault.storage.refresh_tokens import REFRESH_TOKEN, RefreshTokens

        return RefreshTokens(self._store(REFRESH_TOKEN), self._notice)

    def key_pairs(self) -> KeyPairStore:
        """Return the key pairs of the vault in use."""
        from shellvault.storage.key_pairs import KeyPairStore

        self.index.entries()
        if self.index.problem and (self.index.has_copy or self.index.has_vault):  # else only `add` can help
            self._repair_index()
        return KeyPairStore(self.backend_name, self.backend, self.index)

    def rotation_journal(self) -> RotationJournal:
        """Return the journal of unfinished rotations in the vault in use."""
        from shellvault.storage.rotation_journal import RotationJournal

        return RotationJournal(self.backend)

    def backend(self) -> Backend:
        """Return the vault in use; it is opened when a secret is first read or written."""
        if self._backend is None:
            from shellvault.system.process_hardening import protect_memory

            protect_memory()
            self._load_ui().debug(f"the vault is {self.backend_name}")
            self._backend = self._open_backend()
        return self._backend

    def sealed_file(self) -> SealedFile:
        """Return the sealed file of this home, whether or not it is the vault in use."""
        from shellvault.storage.sealed.passphrase import PassphraseSource
        from shellvault.storage.sealed.sealed_file import SealedFile

        settings, ui = self._settings, self._load_ui()
        source = PassphraseSource(settings.passphrase, settings.passphrase_file, ui)
        return SealedFile(self.home, self.unlocked_keys(), source, notice=ui.notice, retry=source.retry)

    def find_vault_id(self) -> str | None:
        """Return the id of this home's sealed vault, or None, without loading the code that opens a vault."""
        from shellvault.storage.sealed.sealed_folder import SealedFolder
        from shellvault.storage.sealed.sealed_reader import SealedReader

        return SealedReader(SealedFolder(self.home)).vault_id()

    def unlocked_keys(self) -> UnlockedKeyCache:
        """Return what keeps the data key of the sealed file while it is unlocked."""
        from shellvault.storage.sealed.unlocked_key_cache import UnlockedKeyCache

        return UnlockedKeyCache(self.memory, self._settings.lock_after)

    def refresh_lock(self, identity: str) -> AbstractContextManager[None]:
        """Return the lock to hold while a session is obtained: see `RefreshLock`."""
        from shellvault.storage.refresh_lock import RefreshLock

        return RefreshLock(os.path.join(self.home, "locks"), identity, self._notice, self._settings.timeout)

    def forget_sessions(self, chosen: Callable[..., bool], is_traced: Callable[..., bool] = has_profile) -> str:
        """Forget cached sessions and return how many (`2 sessions`); `panic` remembers roles it would not find."""
        from shellvault.core.text import count
        from shellvault.storage.kernel_keyring import SESSION
        from shellvault.storage.session_cache import SessionCache

        forgotten: dict[str, SessionNote] = {}
        for store in self._stores(SESSION):
            cache = SessionCache(store, time.time, self._notice)
            for note in filter(chosen, cache.notes()):
                cache.forget(note.identity)
                forgotten[note.identity] = note
        if untraced := [note for note in forgotten.values() if note.key_name and not is_traced(note)]:
            from shellvault.storage.panic_file import PanicFile

            PanicFile(self.home, self._notice).remember(untraced, self.fingerprints())
        self._host.stop_renewals(self.home, set(forgotten))
        return count(len(forgotten), "session") if forgotten else ""

    def forget_sign_ins(self, identity: str = "") -> int:
        """Forget one sign-in's refresh token, or all of them; return how many there were."""
        from shellvault.storage.refresh_tokens import REFRESH_TOKEN, RefreshTokens

        return sum(RefreshTokens(store, self._notice).forget(identity) for store in self._stores(REFRESH_TOKEN))

    def _notice(self, text: str) -> None:
        self._load_ui().notice(text)

    def _repair_index(self) -> None:
        from shellvault.storage.index_repair import repair_index

        if not self._is_index_repaired:
            repair_index(self.index, self.sealed_file, self._notice)
            self._is_index_repaired = True

    def _choose_backend(self, entries: Sequence[IndexEntry]) -> str:
        wanted, recorded = self._settings.backend, entries[0].backend if entries else None
        if recorded and wanted in ("", "auto", recorded):
            return recorded
        from shellvault.storage.backends import SEALED, choose_backend, translate_aws_vault_backend

        if self.index.problem and not self.index.has_copy and wanted in ("", "auto"):
            if not self.index.has_vault:
                self._repair_index()  # raises: the vault must not change silently
            return SEALED
        wanted = wanted or translate_aws_vault_backend(self._settings.aws_vault_backend, sys.platform)
        return choose_backend(wanted, recorded, self._is_usable, sys.platform)

    def _is_usable(self, name: str) -> bool:
        from shellvault.storage.keyring.os_keyring import is_usable

        self._host.require_bus(self._settings.environ)
        return is_usable(name, has_display=self._settings.has_display)

    def _open_backend(self) -> Backend:
        from shellvault.storage.backends import SEALED

        if self.backend_name == SEALED:
            return self.sealed_file()
        from shellvault.storage.keyring.os_keyring import open_keyring

        self._host.require_bus(self._settings.environ)
        notice = None if self._settings.no_input else self._notice
        return open_keyring(self.backend_name, notice, has_display=self._settings.has_display)

    def _store(self, kind: str) -> Store:
        memory = self.memory
        if self._has_memory:
            from shellvault.storage.kernel_keyring import MemoryStore

            return MemoryStore(memory, kind)
        return self._vault_store(kind)

    def _stores(self, kind: str) -> list[Store]:
        """Return the store in use, and the vault too if it has entries from a time when no agent ran."""
        store, vault = self._store(kind), self._vault_store(kind)
        return [store, vault] if self._has_memory and vault.entries() else [store]

    def _vault_store(self, kind: str) -> VaultStore:
        from shellvault.storage.vault_store import VaultStore

        return VaultStore(self.backend, self.home, kind, time.time, self._notice)


def kernel_keyring(home: str, notice: Callable[[str], None] | None = None) -> KernelKeyring:
    """Return the kernel keyring with a prefix for this home."""
    from shellvault.storage.kernel_keyring import KernelKeyring

    name = blake2b(os.fsencode(os.path.realpath(home)), digest_size=6).hexdigest()
    return KernelKeyring(f"shellvault-{name}:", notice)
