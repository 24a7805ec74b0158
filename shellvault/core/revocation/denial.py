"""Denies a role's or user's older sessions, by the first of several credentials that may do it. Pure.

The moment is AWS's: that of its answer to the call that says whose the credentials are.
"""

from __future__ import annotations

from shellvault.core.errors import (
    AwsRefusedError,
    AwsUnreachableError,
    NoKeyPairError,
    PersonNeededError,
    ShellvaultError,
    SourceRefusedError,
    UsageError,
    VaultUnavailableError,
)
from shellvault.core.record import Record
from shellvault.core.revocation.deny_policy import find_moment, format_moment, make_policy
from shellvault.core.revocation.principals import USER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Protocol

    from shellvault.core.revocation.principals import Principal

    class Signer(Protocol):
        """Credentials that may sign calls to IAM; they are obtained when they are first needed.

        Each method raises ShellvaultError: AwsRefusedError where AWS refused, SourceRefusedError where it does not
        accept the credentials, others where there are none or AWS could not be reached.
        """

        @property
        def key_id(self) -> str:
            """The id of the access key that signs."""

        @property
        def issued_at(self) -> int:
            """When AWS issued the session at the earliest, in epoch seconds by AWS's clock; 0 for a key pair."""

        def caller(self) -> Caller:
            """Ask AWS whose the credentials are; that needs no permission."""

        def read_policy(self, principal: Principal) -> object:
            """Return the policy that denies older sessions, or None."""

        def sees_denial(self, principal: Principal) -> bool:
            """Return whether AWS denies these credentials even that, by a policy of their own identity."""

        def put_policy(self, principal: Principal, policy: str) -> AwsTime:
            """Add that policy, or replace it."""

        def deactivate(self, user: str, key_id: str) -> AwsTime:
            """Deactivate an access key of a user; without a name, of the root user."""


_PASSED_BY = (AwsRefusedError, PersonNeededError, NoKeyPairError, VaultUnavailableError, UsageError)
"""What keeps one signer from doing it; another one may."""
ONE_SECOND = 1
"""A moment one second after AWS's answer: sessions that were issued in the second of the answer are older, too."""


class AwsTime(Record):
    """When AWS answered: in epoch seconds by its own clock, and in seconds since boot.

    `seconds` is how long it took to answer.
    """

    at: int
    read_at: float
    seconds: float


class Caller(Record):
    """The owner of some credentials, and when AWS named them."""

    principal: Principal | None
    account: str
    time: AwsTime


class Denial(Record):
    """What AWS denies: everything to sessions issued before `moment`.

    `passes_at` is when AWS's clock has passed that moment, in seconds since boot; 0 if somebody else chose a later
    moment before, which stays. `time` is that of the answer since which it is known.
    """

    moment: str
    passes_at: float
    time: AwsTime


class DenialRequest(Record):
    """What is to be denied.

    Attributes:
        principal: the role or user.
        ahead: how many seconds after AWS's answer the moment is.
        at: the moment itself, in epoch seconds by AWS's clock, if it is not 0.
        intend: called with the moment, in epoch seconds, before AWS is asked to deny anything.
    """

    principal: Principal
    ahead: int = ONE_SECOND
    at: int = 0
    intend: Callable[[int], None] = lambda _at: None


def deny_older(request: DenialRequest, signers: Iterable[Signer]) -> Denial:
    """Deny everything to older sessions of a role or user, and return what AWS denies.

    A policy that denies more is left as it is. The signers are tried in their order, those of other accounts are passed
    by, and one that may not read the policy has its turn after all others.

    Raises:
        ShellvaultError: nobody may do it; AwsRefusedError if AWS refused one of them.
    """
    errors: list[ShellvaultError] = []
    blind: list[Signer] = []
    for signer in (asked := list(signers)):
        try:
            if (denial := _read_and_put(signer, request)) is not None:
                return denial
        except _UnreadError:
            blind.append(signer)
        except _PASSED_BY as error:
            errors.append(error)
    for signer in blind:
        try:
            return _put(signer, request, signer.caller())
        except _PASSED_BY as error:
            errors.append(error)
    if not errors:
        why = "no credentials here are in its account" if asked else "nothing is left that could sign it"
        errors.append(AwsRefusedError(why))
    raise join_errors(errors)


def try_to_deny(request: DenialRequest, signers: Iterable[Signer]) -> Denial | None:
    """Deny older sessions; a failure is ignored, because a later step reports it."""
    try:
        return deny_older(request, signers)
    except ShellvaultError:
        return None


class _UnreadError(Exception):
    """AWS refused to show the policy, or did not answer."""


def _read_and_put(signer: Signer, request: DenialRequest) -> Denial | None:
    """Deny older sessions, unless these credentials are of another account, or more is denied already.

    Raises:
        _UnreadError: the policy that may be there cannot be read.
    """
    caller = signer.caller()
    if caller.account != request.principal.account:
        return None
    time = caller.time
    moment, there = format_moment(request.at or time.at + request.ahead), _read_moment(signer, request.principal)
    if there >= moment:
        return Denial(there, 0 if there > moment else time.read_at + request.ahead, time)
    return _put(signer, request, caller)


def _put(signer: Signer, request: DenialRequest, caller: Caller) -> Denial:
    at = request.at or caller.time.at + request.ahead
    request.intend(at)
    moment = format_moment(at)
    time = signer.put_policy(request.principal, make_policy(moment))
    return Denial(moment, caller.time.read_at + request.ahead, time)


def _read_moment(signer: Signer, principal: Principal) -> str:
    """Return the moment of the policy that is there; empty if there is none."""
    try:
        return find_moment(signer.read_policy(principal))
    except SourceRefusedError:
        raise
    except (AwsRefusedError, AwsUnreachableError) as error:
        raise _UnreadError from error


def find_user(signer: Signer, name: str) -> Principal:
    """Return the user that a key pair belongs to; `name` is the key pair's.

    Raises:
        AwsRefusedError: it is the root user's; or AWS does not accept it.
        AwsUnreachableError: there was no answer.
    """
    found = signer.caller().principal
    if found and found.kind == USER:
        return found
    whose = found.title if found else "no user of IAM"
    raise AwsRefusedError(
        f"the key pair '{name}' belongs to {whose}, and AWS offers no way to deny its sessions",
        "delete the key in the console",
    )


def join_errors(errors: Sequence[ShellvaultError]) -> ShellvaultError:
    """Return one error that says what went wrong each time; AWS's refusals count most."""
    worst = next((error for error in errors if isinstance(error, AwsRefusedError)), errors[0])
    said = dict.fromkeys(error.message for error in errors)
    return type(worst)("; ".join(said), worst.hint)
