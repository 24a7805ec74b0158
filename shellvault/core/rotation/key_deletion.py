"""Deletes access keys, then asks AWS whether they are gone, because the answer to a deletion is empty."""

from __future__ import annotations

from shellvault.core.errors import AwsUnreachableError, DeclinedError, NotAskedError
from shellvault.core.text import last4

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from shellvault.core.model import KeyPair, Session
    from shellvault.core.rotation.journal import Iam, Key, Rotation

SETTLING = 8  # seconds in which a deletion has to show; IAM is eventually consistent
AT_ONCE = 300  # seconds between the request for a key and its creation; both clocks may be a little wrong
_PAUSES = (0.25, 0.5, 1.0, 2.0, 4.0)


def pauses(patience: float) -> Iterator[float]:
    """Return pauses in seconds, each longer than the one before, which together last about as long as `patience`."""
    waited = 0.0
    while waited < patience:
        seconds = next((pause for pause in _PAUSES if waited < pause * 2), _PAUSES[-1])
        waited += seconds
        yield seconds


def delete_surely(iam: Iam, signing: KeyPair | Session, key_id: str, sleep: Callable[[float], None]) -> None:
    """Delete a key until AWS no longer lists it: the list decides, not the answer to the deletion.

    Raises:
        AwsRefusedError: this is not allowed.
        AwsUnreachableError: AWS could not be reached, or still lists the key.
    """
    for pause in pauses(SETTLING):
        iam.delete(signing, key_id)
        if not is_listed(iam, signing, key_id):
            return
        sleep(pause)
    what = f"AWS still lists {last4(key_id)} after its deletion"
    raise AwsUnreachableError(what, "a proxy or another network may be in the way")


def is_listed(iam: Iam, signing: KeyPair | Session, key_id: str) -> bool:
    """Return whether AWS lists a key."""
    return key_id in [key.id for key in iam.keys(signing)]


class LostKeys:
    """Deletes the key that an interrupted rotation created: its secret is lost.

    Args:
        iam: makes the calls to AWS.
        command: the command line that continues the rotation.
        tell: tells the user what happens.
        confirm: asks the user; raises if nobody can be asked.
        sleep: waits for some seconds.
    """

    def __init__(
        self,
        iam: Iam,
        command: str,
        tell: Callable[[str], None],
        confirm: Callable[[str], bool],
        sleep: Callable[[float], None],
    ) -> None:
        self._iam = iam
        self._command = command
        self._tell = tell
        self._confirm = confirm
        self._sleep = sleep

    def delete(self, keys: tuple[Key, ...], begun: Rotation, signing: KeyPair | Session) -> tuple[Key, ...]:
        """Delete every key that is new since then and return the others; ask the user about one that may not be ours.

        Raises:
            DeclinedError: the user wants to keep one.
            NotAskedError: nobody could be asked.
        """
        lost = [key for key in keys if key.id not in begun.known]
        for key in lost:
            if self._is_ours(key, lost, begun, signing):
                self._tell(f"deleting {last4(key.id)} at AWS: the interrupted rotation created it, and nobody used it")
            else:
                self._require_consent(key)
            delete_surely(self._iam, signing, key.id, self._sleep)
        return tuple(key for key in keys if key not in lost)

    def _is_ours(self, key: Key, lost: Collection[Key], begun: Rotation, signing: KeyPair | Session) -> bool:
        """Return whether the key must be ours: the only new key, created when we asked for it, and never used."""
        is_timely = begun.begun_at and abs(key.made_at - begun.begun_at) <= AT_ONCE
        return len(lost) == 1 and bool(is_timely) and self._iam.last_used(signing, key).never

    def _require_consent(self, key: Key) -> None:
        self._tell(f"AWS has a key that is not in the vault: {last4(key.id)}, created on {key.made}")
        try:
            agreed = self._confirm(f"Delete {last4(key.id)} at AWS, which the interrupted rotation may have created?")
        except NotAskedError as error:
            raise NotAskedError(error.message, f"{self._command} --force deletes that key and continues") from error
        if not agreed:
            raise DeclinedError("nothing was deleted", f"{self._command} and confirm the deletion")
