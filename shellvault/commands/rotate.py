"""`rotate`: replaces the access key of a key pair, and deletes the old one at AWS."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack

from shellvault.argparser import COMMON, FORCE, MFA_TOKEN, NO_SESSION, PROMPT, Command
from shellvault.commands import VERBS
from shellvault.core.errors import CancelledError, NoKeyPairError, VaultUnavailableError
from shellvault.core.model import digest
from shellvault.core.rotation.journal import signer
from shellvault.core.rotation.rotator import Rotator
from shellvault.core.text import last4, quote_names, quote_word
from shellvault.request import Answer
from shellvault.system.file_lock import exclusive_or_refuse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from shellvault.app import App
    from shellvault.argparser import Arguments
    from shellvault.core.model import KeyPair, Session
    from shellvault.core.rotation.journal import Iam, Rotation
    from shellvault.storage.key_pairs import KeyPairStore
    from shellvault.storage.opener import Storage
    from shellvault.ui.user_interface import Ui

COMMAND = Command(
    "rotate",
    VERBS["rotate"],
    positionals=("PROFILE",),
    options=(
        FORCE.replace(help="also delete a key that an interrupted rotation may have created, without asking"),
        NO_SESSION.replace(help="sign with the key pair itself, without an MFA session"),
        MFA_TOKEN,
        PROMPT,
        *COMMON,
    ),
    details="""\
Creates an access key, stores it beside the old one in the vault, waits until AWS knows it, puts it in the old one's
place, and deletes the old one at AWS. Every name with the same key pair gets the new one. For a role, it rotates the
key pair below the role.

If it is interrupted, run the same command again: it continues from there. A key that AWS created for an interrupted
rotation, but whose secret never arrived, is deleted if it must be that one: the only new key, created within minutes of
the request, and never used. Otherwise you are asked.

The user needs iam:ListAccessKeys, iam:CreateAccessKey and iam:DeleteAccessKey for itself. Without
iam:GetAccessKeyLastUsed, you are asked before any such key is deleted.
""",
    offers=("KEYPAIR",),
)


def run(app: App, arguments: Arguments) -> Answer:
    """Rotate the key pair at the root of the profile's chain."""
    resolved = app.resolve(arguments.first)
    signing = signer(resolved.chain, no_session=app.settings.no_session)
    if signing is None or (key := signing.own_key) is None:
        raise NoKeyPairError(f"profile '{arguments.first}' has no key pair to rotate", "see shellvault list")
    if key.name != arguments.first:
        app.ui.notice(f"'{arguments.first}' has no key pair of its own: rotating that of '{key.name}'")
    profile = app.profiles.profile(key.name) or resolved.profile
    with RotationLocks(app.settings.home, app.ui.notice) as locks:
        locks.acquire([key.name])
        from shellvault.aws.iam import IamAccessKeys, find_endpoints

        iam = IamAccessKeys(find_endpoints(profile, app.profiles, app.network(profile)), key.name, signing)
        locks.callback(lambda: app.storage.index.learn_ages(iam.told))
        broker = app.broker(resolved)
        report = _rotate(
            key.name,
            iam,
            lambda: None if signing.stored_key else broker.session(signing),
            app.storage,
            app.ui,
            locks,
            force=arguments.has("--force"),
        )
    return Answer(stdout=report)


class RotationLocks(ExitStack):
    """Locks that one rotation holds on the names of its key pair; another rotation fails at once."""

    def __init__(self, home: str, notice: Callable[[str], None]) -> None:
        super().__init__()
        self._notice = notice
        self._folder = os.path.join(home, "locks")
        self._held: set[str] = set()

    def acquire(self, names: Sequence[str]) -> None:
        """Acquire the locks on these names, except those already held here.

        Raises:
            VaultUnavailableError: another process has one.
        """
        for name in names:
            if name not in self._held:
                refusal = VaultUnavailableError(
                    f"the key pair of '{name}' is being rotated by another shellvault", "wait until that has finished"
                )
                path = os.path.join(self._folder, f"rotation-{digest('rotation', name)}")
                self.enter_context(exclusive_or_refuse(path, refusal, self._notice))
                self._held.add(name)


class RotatedVault:
    """The key pairs in the vault in use, and the sessions made with them; the index is read again each time.

    `forgotten` says how many sessions were forgotten, such as `2 sessions`.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self.forgotten = ""

    def current(self, name: str) -> KeyPair:
        """Return the key pair with this name."""
        return self._pairs().current(name)

    def names(self) -> tuple[str, ...]:
        """Return the name of every key pair."""
        return tuple(entry.name for entry in self._pairs().entries())

    def names_of(self, *pairs: KeyPair) -> tuple[str, ...]:
        """Return the names under which these key pairs are stored."""
        return self._pairs().names_of(*pairs)

    def replace(self, old: KeyPair, new: KeyPair) -> tuple[str, ...]:
        """Replace a key pair under all its names, forget the sessions made with it, and return the names."""
        names = self._pairs().replace(old, new)
        self.forgotten = self._storage.forget_sessions(lambda note: note.key_name in names)
        return names

    def note_deleted(self, pair: KeyPair, notice: Callable[[str], None]) -> None:
        """Tell `panic`'s record that a key pair is gone, in case `panic` could not deactivate it."""
        from shellvault.storage.panic_file import PanicFile  # which completion, too, does without

        PanicFile(self._storage.home, notice).see_deleted(pair.fingerprint)

    def find_elsewhere(self, pair: KeyPair) -> list[str]:
        """Return the names, each with its vault, under which other vaults have this key pair."""
        entries = self._storage.index.entries()
        others = [entry for entry in entries if entry.backend != self._storage.backend_name]
        return [f"'{each.name}' ({each.backend})" for each in others if each.fingerprint == pair.fingerprint]

    def _pairs(self) -> KeyPairStore:
        self._storage.forget_index()
        return self._storage.key_pairs()


def _rotate(
    name: str,
    iam: Iam,
    session: Callable[[], Session | None],
    storage: Storage,
    ui: Ui,
    locks: RotationLocks,
    *,
    force: bool,
) -> str:
    """Rotate a key pair, and return what was done."""
    vault = RotatedVault(storage)
    rotator = Rotator(
        name,
        journal=storage.rotation_journal(),
        iam=iam,
        vault=vault,
        claim=locks.acquire,
        session=session,
        tell=ui.notice,
        confirm=lambda question: force or ui.confirm(question),
        sleep=time.sleep,
        clock=time.time,
    )
    try:
        done = rotator.run()
    except KeyboardInterrupt:
        raise CancelledError("interrupted", f"shellvault rotate {quote_word(name)} continues from here") from None
    vault.note_deleted(done.old, ui.notice)
    if elsewhere := vault.find_elsewhere(done.old):
        ui.notice(f"the old key pair is in another vault too, where it no longer works: {', '.join(elsewhere)}")
    return _describe(done, vault, storage.backend_name)


def _describe(done: Rotation, vault: RotatedVault, backend_name: str) -> str:
    new, old = last4(done.latest.access_key_id), last4(done.old.access_key_id)
    rotated = f"{new} is in the {backend_name} vault, and {old} was deleted at AWS"
    dropped = f"Forgot {vault.forgotten} made with the previous key pair.\n" if vault.forgotten else ""
    return f"Rotated the key pair of {quote_names(vault.names_of(done.latest))}: {rotated}.\n{dropped}"
