"""Every error that a person may meet: what happened, what to type next, and the exit status that says its kind."""

from __future__ import annotations


def quote_word(name: str) -> str:
    """Return a name as a hint has it: one word of a command line, which runs nothing when it is typed as it stands."""
    from shlex import quote  # for errors only

    return quote(name)


class ShellvaultError(Exception):
    """An error with a message for people, an optional hint (what to type next) and an exit status.

    `sample` are lines for a file, which the hint speaks of.
    """

    status = 1

    def __init__(self, message: str, hint: str = "", sample: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.sample = sample


class UsageError(ShellvaultError):
    """The command line, the configuration or a value given is not usable."""

    status = 2


class NoSuchProfileError(ShellvaultError):
    """The name is neither a profile nor a stored key pair."""

    status = 3


class NoKeyPairError(ShellvaultError):
    """The profile is known, but no key pair leads to it."""

    status = 4


class VaultUnavailableError(ShellvaultError):
    """The vault is locked, absent, damaged, or does not answer."""

    status = 5


class LockedError(VaultUnavailableError):
    """The passphrase was needed, and this command may or can not ask for it; another one may."""


class PersonNeededError(ShellvaultError):
    """A code or passphrase was needed and nobody could be asked, or what was given was wrong."""

    status = 6


class NotAskedError(PersonNeededError):
    """A person was needed, and this command may or can not ask; another one may."""


class AwsRefusedError(ShellvaultError):
    """AWS answered, and the answer was no."""

    status = 7


class SourceRefusedError(AwsRefusedError):
    """AWS no longer knows the credentials that a call was signed with."""


class AwsUnreachableError(ShellvaultError):
    """AWS did not answer, or asked to be left alone for a while (throttling, 5xx)."""

    status = 8


class CancelledError(ShellvaultError):
    """The person pressed Ctrl-C."""

    status = 130
