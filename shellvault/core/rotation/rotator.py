"""The steps of a rotation: create a key, store it, see it work, put it in place of the old one, delete the old one.

Before each step the journal in the vault records how far the rotation is, so that an interrupted one can be resumed:
no key is lost while it works at AWS. States what it needs, not who provides it.
"""

from __future__ import annotations

from shellvault.core.errors import (
    AwsRefusedError,
    AwsUnreachableError,
    ShellvaultError,
    SourceRefusedError,
    VaultUnavailableError,
)
from shellvault.core.rotation.journal import Rotation
from shellvault.core.rotation.key_deletion import LostKeys, delete_surely, is_listed, pauses
from shellvault.core.text import last4, quote_names, quote_word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from shellvault.core.model import KeyPair, Session
    from shellvault.core.rotation.journal import Iam, Journal, Key, Vault

MOST_KEYS = 2  # AWS: access keys of a user
PATIENCE = 60  # seconds until AWS has to accept a new key; IAM is eventually consistent


class Rotator:
    """Rotates one key pair, under every name that it has in the vault.

    Args:
        name: one of its names.
        journal: records how far the rotation is.
        iam: makes the calls to AWS.
        vault: the key pairs.
        claim: keeps other rotations from the key pairs with these names; raises if one is running there.
        session: returns the MFA session that signs; None if the key pair itself does.
        tell: tells the user how far the rotation is.
        confirm: asks the user; raises if nobody can be asked.
        sleep: waits for some seconds.
        clock: epoch seconds.
    """

    def __init__(
        self,
        name: str,
        *,
        journal: Journal,
        iam: Iam,
        vault: Vault,
        claim: Callable[[Sequence[str]], None],
        session: Callable[[], Session | None],
        tell: Callable[[str], None],
        confirm: Callable[[str], bool],
        sleep: Callable[[float], None],
        clock: Callable[[], float],
    ) -> None:
        self._name = name
        self._command = f"shellvault rotate {quote_word(name)}"
        self._entry = name  # the journal entry; another name's if that one began the rotation
        self._journal = journal
        self._iam = iam
        self._vault = vault
        self._claim = claim
        self._session = session
        self._tell = tell
        self._lost = LostKeys(iam, self._command, tell, confirm, sleep)
        self._sleep = sleep
        self._clock = clock

    def run(self) -> Rotation:
        """Start a rotation, or resume an interrupted one, and return it when it is done.

        Raises:
            ShellvaultError: it could not be finished; the hint says how to resume it.
        """
        current = self._vault.current(self._name)
        rotation = self._resume(current)
        self._claim(self._vault.names_of(current, *((rotation.old, rotation.latest) if rotation else ())))
        session = self._session()
        if rotation is None or rotation.new is None:
            self._report_shared(current)
            rotation = self._create(current, rotation, session or current)
        new = rotation.latest
        if self._vault.names_of(rotation.old):
            self._wait_until_known(new)
            self._replace(rotation.old, new)
        self._delete_old(rotation, session or new)
        self._journal.forget(self._entry)
        return rotation

    def _resume(self, current: KeyPair) -> Rotation | None:
        """Return the rotation of this key pair in the journal, whichever of its names began it.

        An entry under this name is dropped if another key pair has been stored since then.
        """
        for name in dict.fromkeys((self._name, *self._vault.names())):
            found = self._journal.get(name)
            if found and current in (found.old, found.new):
                self._tell(f"resuming the interrupted rotation of {last4(found.old.access_key_id)}")
                self._entry = name
                return found
            if found and name == self._name:
                self._tell(
                    f"dropping an interrupted rotation: another key pair has been stored as '{name}' since it began"
                )
                self._journal.forget(name)
        return None

    def _report_shared(self, current: KeyPair) -> None:
        others = [name for name in self._vault.names_of(current) if name != self._name]
        if others:
            self._tell(f"the same key pair is also stored as {quote_names(others)}: each name gets the new one")

    def _create(self, current: KeyPair, begun: Rotation | None, signing: KeyPair | Session) -> Rotation:
        keys = self._iam.keys(signing)
        if begun:
            keys = self._lost.delete(keys, begun, signing)
        self._refuse_full(keys, current, signing)
        rotation = Rotation(current, begun.known if begun else tuple(key.id for key in keys), self._clock())
        self._journal.keep(self._entry, rotation)
        try:
            new = self._iam.create(signing)
        except AwsRefusedError:  # nothing was created, unless it was before
            if begun is None:
                self._journal.forget(self._entry)
            raise
        except AwsUnreachableError as error:
            raise AwsUnreachableError(
                f"{error.message}; AWS may have created a key anyway", f"{self._command}, which checks for that key"
            ) from error
        rotation = rotation.replace(new=new)
        self._store_new(rotation, new, signing)
        self._tell(f"created {last4(new.access_key_id)}, stored beside {last4(current.access_key_id)}")
        return rotation

    def _store_new(self, rotation: Rotation, new: KeyPair, signing: KeyPair | Session) -> None:
        """Store a new key pair in the vault; if that fails, delete it at AWS, for nobody else has its secret."""
        try:
            self._journal.keep(self._entry, rotation)
        except ShellvaultError as error:
            try:
                delete_surely(self._iam, signing, new.access_key_id, self._sleep)
            except ShellvaultError:
                raise type(error)(
                    f"{error.message}; the new key {last4(new.access_key_id)} is still at AWS", self._command
                ) from error
            raise type(error)(f"{error.message}; the new key was deleted at AWS", error.hint) from error

    def _refuse_full(self, keys: tuple[Key, ...], current: KeyPair, signing: KeyPair | Session) -> None:
        if len(keys) < MOST_KEYS:
            return
        lines = [
            f"{last4(key.id)} ({'in the vault, ' if key.id == current.access_key_id else ''}created on {key.made}, "
            f"{'' if key.active else 'inactive, '}{self._iam.last_used(signing, key).words})"
            for key in keys
        ]
        raise AwsRefusedError(
            f"the user {keys[0].user} has two access keys already, which is the most AWS allows: {', '.join(lines)}",
            f"delete the one that is not used (AWS console, IAM, {keys[0].user}, Security credentials), "
            f"then: {self._command}",
        )

    def _wait_until_known(self, new: KeyPair) -> None:
        """Wait until AWS accepts the new key pair."""
        is_told = False
        for pause in pauses(PATIENCE):
            if self._iam.works(new):
                return
            if not is_told:
                self._tell(f"waiting until AWS accepts {last4(new.access_key_id)}")
            is_told = True
            self._sleep(pause)
        raise AwsUnreachableError(
            f"AWS does not accept the new key {last4(new.access_key_id)} after {PATIENCE} s",
            f"'{self._name}' still has its old key; {self._command} resumes",
        )

    def _replace(self, old: KeyPair, new: KeyPair) -> None:
        names = self._vault.replace(old, new)
        if self._vault.current(self._name) != new:
            raise VaultUnavailableError(
                f"another key pair has been stored as '{self._name}' during its rotation", self._command
            )
        self._tell(f"{last4(new.access_key_id)} is now the key pair of {quote_names(names)}")

    def _delete_old(self, rotation: Rotation, signing: KeyPair | Session) -> None:
        """Delete the old key. The new one signs, which has not reached every part of AWS yet."""
        old = rotation.old.access_key_id
        for pause in (*pauses(PATIENCE), 0):
            try:
                delete_surely(self._iam, signing, old, self._sleep)
            except SourceRefusedError as error:
                if not pause:
                    raise self._report_left_over(error, old) from error
                self._sleep(pause)
            except AwsRefusedError as error:
                if not self._is_gone(old, signing):
                    raise self._report_left_over(error, old) from error
                return
            except AwsUnreachableError as error:
                raise self._report_left_over(error, old) from error
            else:
                return

    def _is_gone(self, key_id: str, signing: KeyPair | Session) -> bool:
        """Return whether somebody with more permissions has deleted the key already."""
        try:
            return not is_listed(self._iam, signing, key_id)
        except (AwsRefusedError, AwsUnreachableError):
            return False

    def _report_left_over(self, error: ShellvaultError, old: str) -> ShellvaultError:
        is_refused = isinstance(error, AwsRefusedError)
        where = "is still at AWS" if is_refused else "may still be at AWS"
        advice = f"; {error.hint}" if is_refused and error.hint else ""
        return type(error)(
            f"the new key is in use, but the old one {last4(old)} {where}: {error.message}",
            f"{self._command} to delete it{advice}",
        )
