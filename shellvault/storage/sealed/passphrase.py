"""Where the sealed vault's passphrase comes from: a file, the environment, or the user, in this order."""

from __future__ import annotations

from shellvault.core.errors import LockedError, NotAskedError, PersonNeededError, VaultUnavailableError
from shellvault.core.record import Record, Secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class PassphraseSource(Record):
    """Returns the passphrase of the sealed vault when it is called.

    Args:
        passphrase: from the environment, or empty.
        file: the path of a file whose first line is the passphrase, or empty.
        ask_hidden: asks the user a question whose answer is not shown.
        notice: tells the user something that is not an error.
    """

    passphrase: Secret
    file: str
    ask_hidden: Callable[[str], Secret]
    notice: Callable[[str], None]

    def __call__(self, *, new: bool) -> Secret:
        """Return the passphrase; a new one is asked for twice.

        Raises:
            VaultUnavailableError: it was not given, so the vault stays locked.
            PersonNeededError: the two answers differ, or the file cannot be read.
        """
        if self.file:
            return _read_first_line(self.file)
        if self.passphrase:
            self.notice("the passphrase came from SHELLVAULT_PASSPHRASE, which other programs can read")
            return self.passphrase
        return self._ask_new() if new else self._ask_known()

    def _ask_new(self) -> Secret:
        try:
            passphrase = self.ask_hidden("New passphrase for the sealed vault: ")
        except NotAskedError as error:
            hint = "run the command in a terminal, or set SHELLVAULT_PASSPHRASE_FILE"
            raise LockedError(f"the sealed vault needs a new passphrase: {error.message}", hint) from None
        if not passphrase:
            raise PersonNeededError("the passphrase must not be empty", "run the command again")
        if self.ask_hidden("Repeat passphrase: ") != passphrase:
            raise PersonNeededError("the two passphrases differ; nothing was changed", "run the command again")
        return passphrase

    def _ask_known(self) -> Secret:
        try:
            return self.ask_hidden("Passphrase of the sealed vault: ")
        except PersonNeededError as error:
            kind = LockedError if isinstance(error, NotAskedError) else VaultUnavailableError
            raise kind(f"the sealed vault is locked: {error.message}", "shellvault unlock") from None


def _read_first_line(path: str) -> Secret:
    try:
        with open(path, encoding="utf-8") as stream:
            return Secret(stream.readline().rstrip("\r\n"))
    except (OSError, UnicodeDecodeError):
        raise PersonNeededError(
            f"the passphrase file {path} cannot be read", "correct SHELLVAULT_PASSPHRASE_FILE, or unset it"
        ) from None
