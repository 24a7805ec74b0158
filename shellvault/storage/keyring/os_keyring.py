"""Key pairs in the operating system's keyring: every wait bounded, every foreign error told in our words."""

from __future__ import annotations

import os
from concurrent.futures import Future, wait
from threading import Thread
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote

from keyring.errors import KeyringLocked, PasswordDeleteError

from shellvault.core.errors import ShellvaultError, VaultUnavailableError
from shellvault.core.record import Secret
from shellvault.storage.keyring.chunked import Chunked
from shellvault.storage.keyring.keyring_specs import KEYRING_SPECS, build, foreign_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from keyring.backend import KeyringBackend

    from shellvault.storage.backends import Backend
    from shellvault.storage.keyring.keyring_specs import KeyringState

T = TypeVar("T")

ANSWER = 5.0  # seconds within which a keyring that need not ask anybody has to answer
PATIENCE = 1.5  # seconds after which a person is told that the keyring may be asking them
PERSON = 120.0  # seconds for a person to find its window and type its password
INSTEAD = "or use `--backend sealed`"
USER = "shellvault"  # and one service an entry: Windows shuffles two users of one service


def open_keyring(
    name: str, notice: Callable[[str], None] | None = None, environ: Mapping[str, str] = os.environ
) -> Backend:
    """Return the backend of this name; nothing is asked of it yet. See `OsKeyring` for `notice`."""
    keyring = OsKeyring(name, notice, environ)
    return Chunked(keyring) if name == "wincred" else keyring


def probe(name: str, environ: Mapping[str, str] = os.environ) -> None:
    """Raise `VaultUnavailableError` where a keyring cannot be used, even with a person. Asks nobody; 5 s at most."""
    OsKeyring(name, environ=environ).probe()


def answers(name: str, environ: Mapping[str, str] = os.environ) -> bool:
    """Say whether `probe` finds nothing against a keyring."""
    try:
        probe(name, environ)
    except ShellvaultError:
        return False
    return True


class OsKeyring:
    """One keyring of the operating system.

    `notice` tells a person that the keyring waits for them; without it nobody is waited for, and a locked keyring is
    an error at once. `answer` and `person` are limits in seconds.
    """

    def __init__(
        self,
        name: str,
        notice: Callable[[str], None] | None = None,
        environ: Mapping[str, str] = os.environ,
        answer: float = ANSWER,
        person: float = PERSON,
    ) -> None:
        self.name = name
        self._ring = KEYRING_SPECS[name]
        self._notice = notice
        self._environ = environ
        self._answer = answer
        self._person = person
        self._may_ask = False
        self._keyring: KeyringBackend | None = None

    def get(self, entry: str) -> Secret | None:
        """See `Backend`."""
        found = self._use(lambda keyring: keyring.get_password(_service(entry), USER))
        return None if found is None else Secret(found)

    def set(self, entry: str, secret: str) -> None:
        """See `Backend`."""
        self._use(lambda keyring: keyring.set_password(_service(entry), USER, secret))

    def delete(self, entry: str) -> None:
        """See `Backend`."""

        def forget(keyring: KeyringBackend) -> None:
            try:
                keyring.delete_password(_service(entry), USER)
            except PasswordDeleteError:  # absent, or refused: a look tells which
                if keyring.get_password(_service(entry), USER) is not None:
                    raise

        self._use(forget)

    def probe(self) -> KeyringState:
        """Return the keyring's state. Raises `VaultUnavailableError` where it cannot be used, even with a person."""
        state = self._told(begin(lambda: self._ring.state(self._ring, self._environ)), self._answer)
        if state.locked and not state.can_ask:
            raise self._locked()
        return state

    def _use(self, work: Callable[[KeyringBackend], T]) -> T:
        """Run `work` on the keyring; look at its state before the first time, lest a prompt be queued for nobody."""
        if self._keyring is None:
            self._may_ask = self._person_at_hand()
            self._keyring = build(self._ring)
        keyring = self._keyring
        answer = begin(lambda: work(keyring))
        if self._notice and self._may_ask:
            return self._with_person(answer, self._notice)
        return self._told(answer, self._answer)

    def _person_at_hand(self) -> bool:
        state = self.probe()
        if state.locked and self._notice is None:
            raise self._locked()
        return state.can_ask

    def _with_person(self, answer: Future[T], notice: Callable[[str], None]) -> T:
        """Wait long enough for a person, and tell them when the answer does not come by itself."""
        wait([answer], min(PATIENCE, self._person))
        if not answer.done():
            notice(f"waiting for {self._ring.title}: it may be asking for its password in a window of its own")
        return self._told(answer, self._person)

    def _told(self, answer: Future[T], seconds: float) -> T:
        """Return the answer, or raise what went wrong in our words."""
        title = self._ring.title
        try:
            return answer.result(seconds)
        except ShellvaultError:
            raise
        except TimeoutError as error:
            hint = f"unlock or restart it, {INSTEAD}"
            raise VaultUnavailableError(f"{title} did not answer within {seconds:g} s", hint) from error
        except KeyringLocked as error:
            raise self._locked() from error
        except foreign_errors(self._ring) as error:
            raise VaultUnavailableError(f"{title} refused: {error}", f"look at it, {INSTEAD}") from error

    def _locked(self) -> VaultUnavailableError:
        return VaultUnavailableError(f"{self._ring.title} is locked", f"{self._ring.unlock}, {INSTEAD}")


def begin(work: Callable[[], T]) -> Future[T]:
    """Start `work` aside, so that a wait for it can end.

    A thread left behind is a daemon: it sits in a system call, holds nothing of ours and cannot keep the program from
    ending. (An executor's threads are joined at exit, and would hang there.)
    """
    answer: Future[T] = Future()

    def run() -> None:
        try:
            answer.set_result(work())
        except Exception as error:  # noqa: BLE001 - handed over whole to the thread that waits
            answer.set_exception(error)

    Thread(target=run, daemon=True).start()
    return answer


def _service(entry: str) -> str:
    """Return a name that every keyring can carry, D-Bus strings included, and no other entry has."""
    return f"shellvault:{quote(entry, safe=':/@ ', errors='surrogatepass')}"
