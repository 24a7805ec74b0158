"""The steps of a rotation: create a key, store it, see it work, put it in place of the old one, delete the old one.

Before each step the journal in the vault records how far the rotation is, so that an interrupted one can be resumed:
no key is lost while it works at AWS. States what it needs, not who provides it.
"""

from __future__ import annotations

from shellvault.core.errors import (
    AwsRefusedError,
    AwsUnreachableError,
    CancelledError,
    NotAskedError,
    ShellvaultError,
    SourceRefusedError,
)
from shellvault.core.rotation.journal import Rotation
from shellvault.core.text import last4, quote_word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from shellvault.core.model import KeyPair, Session
    from shellvault.core.rotation.journal import Iam, Journal, Key

MOST_KEYS = 2  # AWS: access keys of a user
PATIENCE = 60  # seconds until AWS has to accept a new key; IAM is eventually consistent
_PAUSES = (0.25, 0.5, 1.0, 2.0, 4.0)


class Rotator:
    """Rotates one key pair.

    Args:
        name: the key pair's name in the vault.
        journal: records how far the rotation is.
        iam: makes the calls to AWS.
        current: returns the key pair in the vault.
        swap: replaces it, and forgets the sessions obtained with it.
        session: returns the MFA session that signs; None where the key pair itself does.
        tell: tells the user how far the rotation is.
        confirm: asks the user; raises if nobody can be asked.
        sleep: waits for some seconds.
    """

    def __init__(
        self,
        name: str,
        *,
        journal: Journal,
        iam: Iam,
        current: Callable[[], KeyPair],
        swap: Callable[[KeyPair], None],
        session: Callable[[], Session | None],
        tell: Callable[[str], None],
        confirm: Callable[[str], bool],
        sleep: Callable[[float], None],
    ) -> None:
        self._name = name
        self._journal = journal
        self._iam = iam
        self._current = current
        self._swap = swap
        self._session = session
        self._tell = tell
        self._confirm = confirm
        self._sleep = sleep

    def run(self) -> Rotation:
        """Start a rotation, or resume an interrupted one, and return it when it is done.

        Raises:
            ShellvaultError: it could not be finished; the hint says how to resume it.
        """
        current = self._current()
        rotation = self._resume(current)
        session = self._session()
        if rotation is None or rotation.new is None:
            rotation = self._create(current, rotation, session or current)
        new = rotation.latest
        if current != new:
            self._wait_until_known(new)
            self._swap(new)
            self._tell(f"{last4(new.access_key_id)} is now the key pair of '{self._name}'")
        self._delete_old(rotation, session or new)
        self._journal.forget(self._name)
        return rotation

    def _resume(self, current: KeyPair) -> Rotation | None:
        """Return the rotation in the journal, unless another key pair has been stored since then."""
        found = self._journal.get(self._name)
        if found is None:
            return None
        if current in (found.old, found.new):
            self._tell(f"resuming the interrupted rotation of {last4(found.old.access_key_id)}")
            return found
        self._tell(
            f"dropping an interrupted rotation: another key pair has been stored as '{self._name}' since it began"
        )
        self._journal.forget(self._name)
        return None

    def _create(self, current: KeyPair, begun: Rotation | None, signing: KeyPair | Session) -> Rotation:
        keys = self._iam.keys(signing)
        if begun:
            keys = self._delete_lost(keys, begun, signing)
        self._refuse_full(keys, current, signing)
        rotation = begun or Rotation(current, tuple(key.id for key in keys))
        self._journal.keep(self._name, rotation)
        try:
            new = self._iam.create(signing)
        except AwsRefusedError:
            self._journal.forget(self._name)  # nothing was created
            raise
        except AwsUnreachableError as error:
            raise AwsUnreachableError(
                f"{error.message}; AWS may have created a key anyway", f"{self._command()}, which checks for that key"
            ) from error
        rotation = rotation.replace(new=new)
        self._store_new(rotation, new, signing)
        self._tell(f"created {last4(new.access_key_id)}, stored beside {last4(current.access_key_id)}")
        return rotation

    def _store_new(self, rotation: Rotation, new: KeyPair, signing: KeyPair | Session) -> None:
        """Store a new key pair in the vault; if that fails, delete it at AWS, for nobody else has its secret."""
        try:
            self._journal.keep(self._name, rotation)
        except ShellvaultError as error:
            try:
                self._iam.delete(signing, new.access_key_id)
            except ShellvaultError:
                raise type(error)(
                    f"{error.message}; the new key {last4(new.access_key_id)} is still at AWS", self._command()
                ) from error
            raise type(error)(f"{error.message}; the new key was deleted at AWS", error.hint) from error

    def _delete_lost(self, keys: tuple[Key, ...], begun: Rotation, signing: KeyPair | Session) -> tuple[Key, ...]:
        """Delete the key that an interrupted rotation created, if the user agrees: its secret is lost."""
        lost = [key for key in keys if key.id not in begun.known]
        for key in lost:
            self._tell(f"AWS has a key that is not in the vault: {last4(key.id)}, created on {key.made}")
            if not self._may_delete(key):
                raise CancelledError("nothing was deleted", f"{self._command()}and confirm the deletion")
            self._iam.delete(signing, key.id)
        return tuple(key for key in keys if key not in lost)

    def _may_delete(self, key: Key) -> bool:
        try:
            return self._confirm(f"Delete {last4(key.id)} at AWS, which the interrupted rotation created?")
        except NotAskedError as error:
            raise NotAskedError(error.message, f"{self._command()} --force deletes that key and continues") from error

    def _refuse_full(self, keys: tuple[Key, ...], current: KeyPair, signing: KeyPair | Session) -> None:
        if len(keys) < MOST_KEYS:
            return
        lines = [
            f"{last4(key.id)} ({'in the vault, ' if key.id == current.access_key_id else ''}created on {key.made}, "
            f"{'' if key.active else 'inactive, '}{self._iam.last_used(signing, key)})"
            for key in keys
        ]
        raise AwsRefusedError(
            f"the user {keys[0].user} has two access keys already, which is the most AWS allows: {', '.join(lines)}",
            f"delete the one that is not used (AWS console, IAM, {keys[0].user}, Security credentials), "
            f"then: {self._command()}",
        )

    def _wait_until_known(self, new: KeyPair) -> None:
        """Wait until AWS accepts the new key pair."""
        waited = 0.0
        while not self._iam.works(new):
            if waited >= PATIENCE:
                raise AwsUnreachableError(
                    f"AWS does not accept the new key {last4(new.access_key_id)} after {PATIENCE} s",
                    f"'{self._name}' still has its old key; {self._command()} resumes",
                )
            if not waited:
                self._tell(f"waiting until AWS accepts {last4(new.access_key_id)}")
            waited += self._pause(waited)

    def _delete_old(self, rotation: Rotation, signing: KeyPair | Session) -> None:
        """Delete the old key. The new one signs, which has not reached every part of AWS yet."""
        waited = 0.0
        old = rotation.old.access_key_id
        while True:
            try:
                self._iam.delete(signing, old)
            except SourceRefusedError as error:
                if waited >= PATIENCE:
                    raise self._report_left_over(error, old) from error
                waited += self._pause(waited)
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
            return key_id not in [key.id for key in self._iam.keys(signing)]
        except (AwsRefusedError, AwsUnreachableError):
            return False

    def _report_left_over(self, error: ShellvaultError, old: str) -> ShellvaultError:
        advice = f"; {error.hint}" if isinstance(error, AwsRefusedError) and error.hint else ""
        return type(error)(
            f"the new key is in use, but the old one {last4(old)} is still at AWS: {error.message}",
            f"{self._command()} to delete it{advice}",
        )

    def _pause(self, waited: float) -> float:
        seconds = next((pause for pause in _PAUSES if waited < pause * 2), _PAUSES[-1])
        self._sleep(seconds)
        return seconds

    def _command(self) -> str:
        return f"shellvault rotate {quote_word(self._name)}"
