"""Every error that a user may meet: what happened, what to type next, and the exit status that says its kind."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self


class ShellvaultError(Exception):
    """An error with a message, an optional hint (what to type next) and an exit status.

    `sample` holds lines for a file that the hint refers to. `missing_key` is the name, or the pattern, of a key pair
    that the vault does not have: it may still be in plaintext somewhere.
    """

    status = 1
    missing_key = ""

    def __init__(self, message: str, hint: str = "", sample: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.sample = sample

    def lacks(self, key: str) -> Self:
        """Mark the error as caused by a missing key pair of this name, and return it."""
        self.missing_key = key
        return self


class UsageError(ShellvaultError):
    """The command line, the configuration or a value cannot be used."""

    status = 2


class LoopError(UsageError):
    """Settings lead from one profile to the next, and back: `names`, the last of which occurs twice."""

    def __init__(self, key: str, names: Sequence[str], hint: str) -> None:
        super().__init__(f"{key} loops: {' -> '.join(names)}", hint)
        self.cycle = frozenset(names[names.index(names[-1]) :])


class NoProfileError(UsageError):
    """The command needs a profile, and none was named."""


class NoSuchProfileError(ShellvaultError):
    """The name is neither a profile nor a stored key pair.

    `name` is that name, unless something else than a typing error may be the reason.
    """

    status = 3

    def __init__(self, message: str, hint: str = "", name: str = "") -> None:
        super().__init__(message, hint)
        self.name = name


class NoKeyPairError(ShellvaultError):
    """The profile is known, but it has no source of credentials."""

    status = 4


class VaultUnavailableError(ShellvaultError):
    """The vault is locked, absent, damaged, or does not answer."""

    status = 5


class LockedError(VaultUnavailableError):
    """The passphrase was needed, and this command cannot ask for it; another one may."""


class PersonNeededError(ShellvaultError):
    """A code or passphrase was needed and nobody could be asked, or it was wrong."""

    status = 6


class WrongAnswerError(PersonNeededError):
    """A passphrase or code was wrong; somebody who typed it may be asked again."""


class NotAskedError(PersonNeededError):
    """Somebody had to be asked, and this command cannot ask; another one may."""


class AwsRefusedError(ShellvaultError):
    """AWS refused the call."""

    status = 7


class SourceRefusedError(AwsRefusedError):
    """AWS no longer accepts the credentials that signed a call."""


class AwsUnreachableError(ShellvaultError):
    """AWS did not answer, or asked for a pause (throttling, 5xx)."""

    status = 8


class DeclinedError(UsageError):
    """The user was asked, and said no."""


class CancelledError(ShellvaultError):
    """The user pressed Ctrl-C."""

    status = 130


class NoProgramError(ShellvaultError):
    """There is no program of this name; the status is what shells give."""

    status = 127


class NotExecutableError(ShellvaultError):
    """The program exists, but cannot be run; the status is what shells give."""

    status = 126
