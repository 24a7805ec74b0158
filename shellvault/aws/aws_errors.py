"""Calls AWS and translates botocore's errors into ours: the one place that does so. Messages hold no secret."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from shellvault.core.errors import (
    AwsRefusedError,
    AwsUnreachableError,
    PersonNeededError,
    ShellvaultError,
    SourceRefusedError,
)
from shellvault.core.record import Record
from shellvault.core.text import quote_word

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from typing import ClassVar

    from shellvault.core.chain.links import Chain, Link


class ApiCall(Record):
    """A call that no link makes, with the traits of a link that errors are made of.

    `permission` is IAM's name for the call, such as `iam:ListAccessKeys`; `source` signs it.
    """

    mfa_serial: ClassVar[str] = ""
    assumes_role: ClassVar[bool] = False
    service: str
    permission: str
    profile: str
    source: Chain
    region: str
    endpoint: str

    @property
    def denied_hint(self) -> str:
        """What to try when AWS denies the call.

        AWS does not say which condition was not met; a session with MFA meets one of the two.
        """
        allow = f"allow {self.permission} on the user itself"
        if key := self.source.stored_key:
            mfa = f"set mfa_serial in [profile {key.name}], and leave out --no-session"
            return f"{allow}; if its policy asks for MFA, {mfa}"
        return allow


SET_CLOCK = "sntp -sS time.apple.com" if sys.platform == "darwin" else "timedatectl set-ntp true"
"""The command with which root sets this machine's clock."""
RETRY = "run the command again"
_THROTTLED = frozenset(
    {
        "Throttling",
        "ThrottlingException",
        "RequestLimitExceeded",
        "TooManyRequestsException",
        "SlowDownException",  # the SSO OIDC service's word
    }
)
_UNKNOWN_SOURCE = frozenset(
    {
        "InvalidClientTokenId",
        "ExpiredToken",
        "ExpiredTokenException",
        "UnrecognizedClientException",
        "UnauthorizedException",  # the SSO portal's word
    }
)
_SERVICES = {
    "sts": "STS",
    "iam": "IAM",
    "sso": "IAM Identity Center",
    "sso-oidc": "IAM Identity Center",
}
_WRONG_CLOCK = ("Signature expired", "Signature not yet current")
_SERVER_ERROR = 500
_TOO_MANY = 429
_GARBLED = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RuntimeError)
_NO_ANSWER = (BotoCoreError, ResponseParserError, *_GARBLED)
"""What a call raises where no answer came, or an unreadable one: botocore's parsers let those six through."""


class ExpectedRefusalError(Exception):
    """AWS refused a call in a way that the caller is prepared for; `code` is AWS's."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def call(
    client: Any,
    operation: str,
    parameters: Mapping[str, object],
    made_for: Link | ApiCall,
    *,
    expected: Collection[str] = (),
) -> dict[str, Any]:
    """Return AWS's answer to one operation of a botocore client.

    Args:
        client: see `shellvault.aws.client`.
        operation: its name in botocore.
        parameters: its parameters in botocore.
        made_for: the link whose session is obtained, or a call that gives none.
        expected: codes of AWS that the caller handles.

    Raises:
        ExpectedRefusalError: AWS refused with one of the expected codes.
        AwsRefusedError: AWS refused; SourceRefusedError where it refused the credentials that signed the call.
        PersonNeededError: AWS refused the MFA code.
        AwsUnreachableError: there was no readable answer, or AWS asked for a pause.
    """
    with reach(made_for.endpoint or f"{_SERVICES[made_for.service]} in {made_for.region}"):
        try:
            answer: dict[str, Any] = getattr(client, operation)(**parameters)
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            if code in expected:
                raise ExpectedRefusalError(code) from None
            raise _translate_refusal(error, made_for) from None
    return answer


@contextmanager
def reach(where: str) -> Iterator[None]:
    """Translate what botocore raises where no answer came from `where`, or one that cannot be read.

    Raises:
        AwsUnreachableError: no response came, or one that cannot be parsed.
    """
    try:
        yield
    except UnicodeEncodeError:
        raise  # the request is at fault, not the answer
    except _NO_ANSWER as error:
        raise _translate_failure(error, where) from None


def _translate_failure(error: Exception, where: str) -> AwsUnreachableError:
    kind = type(error).__name__  # not the error's own text, which may hold the URL with a session in it
    if kind == "SSLError":
        return AwsUnreachableError(
            f"the certificate of {where} is not trusted", "set ca_bundle in the profile, or AWS_CA_BUNDLE"
        )
    if isinstance(error, BotoCoreError):
        return AwsUnreachableError(f"{where} could not be reached ({kind})", f"check the network, then {RETRY}")
    return AwsUnreachableError(f"the response of {where} could not be parsed", RETRY)


def _translate_refusal(error: ClientError, made_for: Link | ApiCall) -> ShellvaultError:
    response: Mapping[str, Any] = error.response
    code, message = (_clean(str(response.get("Error", {}).get(key, ""))) for key in ("Code", "Message"))
    status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    what = f"{error.operation_name} for '{made_for.profile}'"
    if code in _THROTTLED or status == _TOO_MANY:
        return AwsUnreachableError(f"AWS is throttling {what}", f"wait a little, then {RETRY}")
    if status >= _SERVER_ERROR:
        return AwsUnreachableError(f"AWS returned HTTP {status} for {what}", RETRY)
    if code == "AccessDenied" and "MultiFactorAuthentication" in message:
        return _refused_code(made_for, what)
    if message.startswith(_WRONG_CLOCK):
        return _wrong_clock(response)
    if code in _UNKNOWN_SOURCE:
        return _unknown_source(made_for, code)
    return AwsRefusedError(f"AWS refused {what}: {code}: {message}", _advise(code, message, made_for))


def _refused_code(made_for: Link | ApiCall, what: str) -> ShellvaultError:
    if made_for.mfa_serial:
        return PersonNeededError(
            f"AWS refused the MFA code for {made_for.mfa_serial}",
            f"each code works once: wait for the next one, then {RETRY}",
        )
    return AwsRefusedError(
        f"AWS requires an MFA code for {what}", f"add mfa_serial = ARN to [profile {made_for.profile}]"
    )


def _wrong_clock(response: Mapping[str, Any]) -> AwsRefusedError:
    date = response.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date", "")
    try:
        ahead = time.time() - parsedate_to_datetime(date).timestamp()
    except (TypeError, ValueError):
        return AwsRefusedError("AWS says that this machine's clock is wrong", "set the clock")
    return AwsRefusedError(describe_clock(ahead), f"set the clock ({SET_CLOCK}), then {RETRY}")


def describe_clock(ahead: float) -> str:
    """Return how wrong this machine's clock is; `ahead` is in seconds."""
    amount = f"{abs(ahead) / 60:.0f} min {'ahead of' if ahead > 0 else 'behind'}"
    return f"this machine's clock is {amount} AWS; the limit is 5 min"


def _unknown_source(made_for: Link | ApiCall, code: str) -> AwsRefusedError:
    source = made_for.source
    if source and (key := source.stored_key):
        return SourceRefusedError(
            f"AWS does not recognize the access key of '{key.name}' ({code})",
            f"create a new one in the console, then: shellvault add {quote_word(key.name)}",
        )
    if made_for.assumes_role and source is None:
        token = f"the web identity token of '{made_for.profile}'"
        return AwsRefusedError(f"{token} has expired ({code})", "get a new token")
    return SourceRefusedError(
        f"AWS no longer accepts the session under '{made_for.profile}' ({code})", "shellvault clear"
    )


def _advise(code: str, message: str, made_for: Link | ApiCall) -> str:
    if "MaxSessionDuration" in message:
        return "request less with --duration, or raise the role's maximum session duration"
    if code == "SignatureDoesNotMatch":
        return "the stored secret does not belong to its access key id: store the pair again with shellvault add"
    if code == "ForbiddenException":
        return "this role is not assigned to you in this account; shellvault sso profiles shows those that are"
    if code != "AccessDenied":
        return ""
    if made_for.denied_hint and made_for.assumes_role and not made_for.mfa_serial:
        return f"{made_for.denied_hint}; if it asks for MFA, add mfa_serial = ARN to [profile {made_for.profile}]"
    return made_for.denied_hint


def _clean(text: str) -> str:
    """Return AWS's words without control characters and endless lines: they go to a terminal."""
    return "".join(character if character.isprintable() else " " for character in text)[:500]
