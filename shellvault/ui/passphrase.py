"""Where the sealed vault's passphrase comes from: a file, the environment, or a person, in this order."""

from __future__ import annotations

from shellvault.core.errors import LockedError, NotAskedError, PersonNeededError, VaultUnavailableError
from shellvault.core.record import Record, Secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class PassphraseSource(Record):
    """What gives the passphrase of the sealed vault.

    Args:
        environ: may name SHELLVAULT_PASSPHRASE_FILE or hold SHELLVAULT_PASSPHRASE.
        ask: asks a person a question whose answer is not shown; None where nobody may be asked.
        notice: tells the person something that is not an error.
    """

    environ: Mapping[str, str]
    ask: Callable[[str], Secret] | None
    notice: Callable[[str], None]

    def __call__(self, *, new: bool) -> Secret:
        """Return the passphrase; a new one is asked for twice.

        Raises:
            VaultUnavailableError: it was wanted and not given: the vault stays locked.
            PersonNeededError: the two answers differ, or what was named to give it cannot.
        """
        if path := self.environ.get("SHELLVAULT_PASSPHRASE_FILE"):
            return _first_line(path)
        if passphrase := self.environ.get("SHELLVAULT_PASSPHRASE"):
            self.notice("the passphrase came from SHELLVAULT_PASSPHRASE, which other programs may read too")
            return Secret(passphrase)
        if self.ask is None:
            raise LockedError(
                "the sealed vault is locked, and --no-input forbids to ask for its passphrase", "shellvault unlock"
            )
        return _new(self.ask) if new else _known(self.ask)


def _new(ask: Callable[[str], Secret]) -> Secret:
    passphrase = ask("New passphrase for the sealed vault: ")
    if not passphrase:
        raise PersonNeededError("an empty passphrase protects nothing", "run the command again")
    if ask("The same again: ") != passphrase:
        raise PersonNeededError("the two passphrases differ; nothing was changed", "run the command again")
    return passphrase


def _known(ask: Callable[[str], Secret]) -> Secret:
    try:
        return ask("Passphrase of the sealed vault: ")
    except PersonNeededError as error:
        kind = LockedError if isinstance(error, NotAskedError) else VaultUnavailableError
        raise kind(f"the sealed vault is locked: {error.message}", "shellvault unlock") from None


def _first_line(path: str) -> Secret:
    try:
        with open(path, encoding="utf-8") as stream:
            return Secret(stream.readline().rstrip("\r\n"))
    except (OSError, UnicodeDecodeError):
        raise PersonNeededError(
            f"the passphrase file {path} cannot be read", "mend SHELLVAULT_PASSPHRASE_FILE, or unset it"
        ) from None
