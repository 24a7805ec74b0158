"""Where the sealed vault's passphrase comes from: a file, the environment, or the user, in this order."""

from __future__ import annotations

import os
import stat

from shellvault.core.errors import (
    LockedError,
    NotAskedError,
    PersonNeededError,
    VaultUnavailableError,
    WrongAnswerError,
)
from shellvault.core.record import Record, Secret
from shellvault.core.text import quote_word
from shellvault.system.paths import READING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from shellvault.request import Ask, UserInterface

    Result = TypeVar("Result")

_OPEN = READING | getattr(os, "O_NOCTTY", 0)
_LONGEST = 64 * 1024  # bytes
_SHORT = 8  # characters; fewer are tried out in days, however much each try costs
_WEAK = f"fewer than {_SHORT} characters are quickly guessed"
_UNLOCK = "shellvault unlock, in a terminal; or set SHELLVAULT_PASSPHRASE_FILE"
_CHOOSE = "correct SHELLVAULT_PASSPHRASE_FILE, or unset it"


class PassphraseSource(Record):
    """Returns the passphrase of the sealed vault when it is called.

    Args:
        passphrase: from the environment, or empty.
        file: the path of a file whose first line is the passphrase, or empty.
        ui: asks and tells the user.
    """

    passphrase: Secret
    file: str
    ui: UserInterface

    def __call__(self, *, new: bool) -> Secret:
        """Return the passphrase; a new one is asked for twice.

        Raises:
            VaultUnavailableError: it was not given, so the vault stays locked.
            PersonNeededError: the two answers differ, or the file cannot be used.
        """
        if given := self._find_given():
            if new and len(given) < _SHORT:
                self.ui.notice(f"the new passphrase is weak: {_WEAK}")
            return given
        return self.ui.retry(self._ask_new) if new else self._ask_known()

    def _find_given(self) -> Secret:
        """Return the passphrase that the settings give, or an empty one."""
        if self.file:
            return _read_first_line(self.file, self.ui.notice)
        if self.passphrase:
            self.ui.notice("the passphrase came from SHELLVAULT_PASSPHRASE, which other programs can read")
        return self.passphrase

    def retry(self, attempt: Callable[[], Result]) -> Result:
        """Return the result of `attempt`; if it asks the user for the passphrase, they get three tries."""
        if not self.file and not self.passphrase:
            return self.ui.retry(attempt)
        try:
            return attempt()
        except WrongAnswerError as error:
            raise self._name_source() from error

    def _name_source(self) -> WrongAnswerError:
        """Return the error for a wrong passphrase that nobody typed; it says where to correct it."""
        if self.file:
            return WrongAnswerError(
                f"the passphrase in {self.file} (SHELLVAULT_PASSPHRASE_FILE) is wrong",
                "correct the file, or unset SHELLVAULT_PASSPHRASE_FILE to be asked",
            )
        return WrongAnswerError(
            "the passphrase in SHELLVAULT_PASSPHRASE is wrong",
            "correct SHELLVAULT_PASSPHRASE, or unset it to be asked",
        )

    def _ask_new(self) -> Secret:
        try:
            return self.ui.converse_hidden(_ask_twice)
        except NotAskedError as error:
            hint = "run the command in a terminal, or set SHELLVAULT_PASSPHRASE_FILE"
            raise LockedError(f"the sealed vault needs a new passphrase: {error.message}", hint) from None

    def _ask_known(self) -> Secret:
        try:
            return self._ask_somewhere("Passphrase of the sealed vault")
        except PersonNeededError as error:
            kind = LockedError if isinstance(error, NotAskedError) else VaultUnavailableError
            raise kind(f"the sealed vault is locked: {error.message}", _UNLOCK) from None

    def _ask_somewhere(self, question: str) -> Secret:
        """Ask on the terminal, or in a window: an editor or an SDK that asks for credentials has no terminal."""
        try:
            return self.ui.converse_hidden(lambda ask: ask(f"{question}: "))
        except NotAskedError:
            if (answer := self.ui.ask_in_window(question)) is None:
                raise
            return answer


def _ask_twice(ask: Ask) -> Secret:
    passphrase = ask("New passphrase for the sealed vault: ")
    if not passphrase:
        raise WrongAnswerError("the passphrase must not be empty", "run the command again")
    if len(passphrase) < _SHORT:
        passphrase = ask(f"{_WEAK.capitalize()}. A longer one (Enter keeps this one): ") or passphrase
    if ask("Repeat passphrase: ") != passphrase:
        raise WrongAnswerError("the two passphrases differ; nothing was changed", "run the command again")
    return passphrase


def _read_first_line(path: str, notice: Callable[[str], None]) -> Secret:
    try:
        file = os.open(path, _OPEN)
        try:
            _require_trusted(path, os.fstat(file), notice)
            line, _, _ = os.read(file, _LONGEST).partition(b"\n")
            passphrase = Secret(line.rstrip(b"\r").decode())
        finally:
            os.close(file)
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", "") or "its first line is not UTF-8"
        raise PersonNeededError(f"the passphrase file {path} cannot be read: {why}", _CHOOSE) from None
    if not passphrase:
        raise PersonNeededError(f"the first line of the passphrase file {path} is empty", _CHOOSE)
    return passphrase


def _require_trusted(path: str, file: os.stat_result, notice: Callable[[str], None]) -> None:
    """Refuse anything but a regular file, or one that somebody else could have chosen; report one others can read."""
    if not stat.S_ISREG(file.st_mode):  # a pipe could keep us waiting forever
        raise PersonNeededError(f"the passphrase file {path} is not a regular file", _CHOOSE)
    if not hasattr(os, "geteuid"):
        return
    if file.st_uid not in (0, os.geteuid()):
        raise PersonNeededError(
            f"the passphrase file {path} belongs to another user (uid {file.st_uid})", "use a file of your own"
        )
    if file.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise PersonNeededError(f"other users may write the passphrase file {path}", f"chmod 600 {quote_word(path)}")
    if file.st_mode & (stat.S_IRGRP | stat.S_IROTH):
        notice(f"other users may read the passphrase file {path}: chmod 600 {quote_word(path)}")
