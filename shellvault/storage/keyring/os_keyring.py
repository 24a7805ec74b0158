"""Secrets in the operating system's keyring: every wait has a limit, and every foreign error is translated."""

from __future__ import annotations

from concurrent.futures import Future, wait
from threading import Thread
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote

from keyring.errors import KeyringLocked, PasswordDeleteError

from shellvault.core.errors import ShellvaultError, VaultUnavailableError
from shellvault.core.record import Secret
from shellvault.storage.keyring.chunked import Chunked
from shellvault.storage.keyring.keyring_specs import KEYRING_SPECS, build_keyring, foreign_errors

if TYPE_CHECKING:
    from collections.abc import Callable

    from keyring.backend import KeyringBackend

    from shellvault.storage.backends import Backend
    from shellvault.storage.keyring.keyring_specs import KeyringState

T = TypeVar("T")

MACHINE_LIMIT = 5.0  # seconds within which a keyring that asks nobody has to answer
NOTICE_AFTER = 1.5  # seconds after which the user is told that the keyring may be asking
USER_LIMIT = 120.0  # seconds for the user to find its window and type the password
INSTEAD = "or use `--backend sealed`"
USERNAME = "shellvault"  # with a service for each entry: Windows moves entries when one service has two users


def open_keyring(name: str, notice: Callable[[str], None] | None = None, *, has_display: bool) -> Backend:
    """Return the backend of this name; nothing is asked of it yet. For the arguments see `OsKeyring`."""
    keyring = OsKeyring(name, notice, has_display=has_display)
    return Chunked(keyring) if name == "wincred" else keyring


def is_usable(name: str, *, has_display: bool) -> bool:
    """Return whether a keyring can be used, perhaps after asking the user. Asks nobody; takes 5 s at most."""
    try:
        OsKeyring(name, has_display=has_display).probe()
    except ShellvaultError:
        return False
    return True


class OsKeyring:
    """The `Backend` of one keyring of the operating system.

    Args:
        name: one of `KEYRING_SPECS`.
        notice: tells the user that the keyring may be asking them; without it, a locked keyring is an error.
        has_display: whether a window can be shown.
        machine_limit: seconds within which the keyring has to answer if it cannot ask the user.
        user_limit: seconds within which it has to answer if it can.
    """

    def __init__(
        self,
        name: str,
        notice: Callable[[str], None] | None = None,
        *,
        has_display: bool,
        machine_limit: float = MACHINE_LIMIT,
        user_limit: float = USER_LIMIT,
    ) -> None:
        self.name = name
        self._spec = KEYRING_SPECS[name]
        self._notice = notice
        self._has_display = has_display
        self._machine_limit = machine_limit
        self._user_limit = user_limit
        self._can_ask = False
        self._keyring: KeyringBackend | None = None

    def get(self, entry: str) -> Secret | None:
        """See `Backend`."""
        found = self._use(lambda keyring: keyring.get_password(_service(entry), USERNAME))
        return None if found is None else Secret(found)

    def set(self, entry: str, secret: str) -> None:
        """See `Backend`."""
        self._use(lambda keyring: keyring.set_password(_service(entry), USERNAME, secret))

    def delete(self, entry: str) -> None:
        """See `Backend`."""

        def delete(keyring: KeyringBackend) -> None:
            try:
                keyring.delete_password(_service(entry), USERNAME)
            except PasswordDeleteError:  # absent, or refused: reading it tells which
                if keyring.get_password(_service(entry), USERNAME) is not None:
                    raise

        self._use(delete)

    def probe(self) -> KeyringState:
        """Return the keyring's state, without asking the user.

        Raises:
            VaultUnavailableError: it cannot be used, even if the user were asked.
        """
        state = self._wait(begin(lambda: self._spec.probe(self._spec, self._has_display)), self._machine_limit)
        if state.locked and not state.can_ask:
            raise self._locked_error()
        return state

    def _use(self, action: Callable[[KeyringBackend], T]) -> T:
        """Return the result of an action on the keyring, which is probed first, so that no prompt hangs unseen."""
        if self._keyring is None:
            self._can_ask = self._probe_prompt()
            self._keyring = build_keyring(self._spec)
        keyring = self._keyring
        result = begin(lambda: action(keyring))
        if self._notice and self._can_ask:
            return self._wait_for_user(result, self._notice)
        return self._wait(result, self._machine_limit)

    def _probe_prompt(self) -> bool:
        """Return whether the keyring can ask the user. Raises where it would have to, and we cannot tell them."""
        state = self.probe()
        if state.locked and self._notice is None:
            raise self._locked_error()
        return state.can_ask

    def _wait_for_user(self, result: Future[T], notice: Callable[[str], None]) -> T:
        """Return the result, and tell the user to look for a window if it takes long."""
        wait([result], min(NOTICE_AFTER, self._user_limit))
        if not result.done():
            notice(f"waiting for {self._spec.title}: it may be asking for its password in a window")
        return self._wait(result, self._user_limit)

    def _wait(self, result: Future[T], seconds: float) -> T:
        """Return the result, with foreign errors translated."""
        title = self._spec.title
        try:
            return result.result(seconds)
        except ShellvaultError:
            raise
        except TimeoutError as error:
            hint = f"unlock or restart it, {INSTEAD}"
            raise VaultUnavailableError(f"{title} did not answer within {seconds:g} s", hint) from error
        except KeyringLocked as error:
            raise self._locked_error() from error
        except foreign_errors(self._spec) as error:
            raise VaultUnavailableError(f"{title} refused: {error}", f"check that it works, {INSTEAD}") from error

    def _locked_error(self) -> VaultUnavailableError:
        return VaultUnavailableError(f"{self._spec.title} is locked", f"{self._spec.unlock}, {INSTEAD}")


def begin(action: Callable[[], T]) -> Future[T]:
    """Start an action in a thread, so that waiting for it can have a limit.

    It is a daemon thread: one that hangs in a system call holds nothing of ours, and does not keep the program from
    ending. (The threads of an executor are joined at exit, which would hang.)
    """
    result: Future[T] = Future()

    def run() -> None:
        try:
            result.set_result(action())
        except Exception as error:  # noqa: BLE001 - passed on to the thread that waits
            result.set_exception(error)

    Thread(target=run, daemon=True).start()
    return result


def _service(entry: str) -> str:
    """Return the entry's unique name in a form that every keyring accepts, including D-Bus strings."""
    return f"shellvault:{quote(entry, safe=':/@ ', errors='surrogatepass')}"
