"""Translates AWS's refusals into our errors, with advice for each; messages contain no secrets."""

from __future__ import annotations

import sys
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from shellvault.core.chain.links import key_name
from shellvault.core.durations import format_amount
from shellvault.core.errors import (
    AwsRefusedError,
    AwsUnreachableError,
    ShellvaultError,
    SourceRefusedError,
    WrongAnswerError,
)
from shellvault.core.role_choice import name_role
from shellvault.core.text import last4, quote_word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.exceptions import ClientError

    from shellvault.aws.api_call import ApiCall
    from shellvault.core.chain.links import Link

_CLOCKS = {"darwin": "sntp -sS time.apple.com", "win32": "w32tm /resync"}
SET_CLOCK = _CLOCKS.get(sys.platform, "timedatectl set-ntp true")
"""The command with which root sets this machine's clock."""
RETRY = "run the command again"
SIGNED_BY = "SignedBy"
"""Where an answer's metadata says which access key signed the request."""
_UNKNOWN_DEVICE = "unable to validate MFA code"  # a wrong code is an "invalid MFA one time pass code"
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
_INVALID_REQUEST, _SIGN_IN = "InvalidRequestException", "sso-oidc"
_HINTS = {
    "SignatureDoesNotMatch": "the secret does not belong to the access key id: store both again with shellvault add",
    "ForbiddenException": "this role is not assigned to you in this account; shellvault sso profiles shows yours",
}
_WRONG_CLOCK = ("Signature expired", "Signature not yet current")
_SERVER_ERROR = 500
TOO_MANY = 429


def translate_refusal(error: ClientError, made_for: Link | ApiCall) -> ShellvaultError:
    """Return our error for a refusal of AWS's."""
    response: Mapping[str, Any] = error.response
    code, message = (_clean(str(response.get("Error", {}).get(key) or "")) for key in ("Code", "Message"))
    status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    what = f"{error.operation_name} for '{made_for.profile}'"
    if code in _THROTTLED or status == TOO_MANY:
        return throttled(what)
    if status >= _SERVER_ERROR or not code:
        return _no_refusal(status, what)
    if code == "AccessDenied" and "MultiFactorAuthentication" in message:
        return _refused_mfa(made_for, message, what)
    if message.startswith(_WRONG_CLOCK):
        return _wrong_clock(response)
    if code in _UNKNOWN_SOURCE:
        return _unknown_source(made_for, code, response.get("ResponseMetadata", {}).get(SIGNED_BY, ""))
    said = message if message != code else ""  # botocore repeats the code where AWS gives no message
    refused = ": ".join(filter(None, (f"AWS refused {what}", code, said)))
    return AwsRefusedError(refused, _advise(code, message, made_for))


def _no_refusal(status: int, what: str) -> AwsUnreachableError:
    """Return the error for a refusal without a code: AWS failed, or something else answered in its place."""
    failed = f"AWS returned HTTP {status} for {what}"
    foreign = f"the answer to {what} is not one of AWS (HTTP {status})"
    return AwsUnreachableError(failed if status >= _SERVER_ERROR else foreign, RETRY)


def throttled(what: str) -> AwsUnreachableError:
    """Return the error for throttling: AWS, or something in front of it, asks for a pause."""
    return AwsUnreachableError(f"AWS is throttling {what}", f"wait a little, then {RETRY}")


def _refused_mfa(made_for: Link | ApiCall, message: str, what: str) -> ShellvaultError:
    if not (serial := made_for.mfa_serial):
        hint = f"add mfa_serial = ARN to [profile {_section(made_for)}]"
        return AwsRefusedError(f"AWS requires an MFA code for {what}", hint)
    if _UNKNOWN_DEVICE in message:
        return AwsRefusedError(
            f"the user whose key pair signed {what} has no MFA device {serial}",
            "correct mfa_serial: the AWS console shows the device's ARN under Security credentials",
        )
    hint = f"each code works once: wait for the next one, then {RETRY}"
    return WrongAnswerError(f"AWS refused the MFA code for {serial}", hint)


def _section(made_for: Link | ApiCall) -> str:
    """Return the profile to edit: a role without a profile has the settings of the one below it."""
    source = made_for.source
    if source and made_for.assumes_role and made_for.profile == name_role(made_for.role_arn):
        return source.profile or key_name(source)
    return made_for.profile


def _wrong_clock(response: Mapping[str, Any]) -> AwsRefusedError:
    date = response.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date", "")
    try:
        ahead = time.time() - parsedate_to_datetime(date).timestamp()
    except (TypeError, ValueError):
        return AwsRefusedError("AWS says that this machine's clock is wrong", "set the clock")
    return AwsRefusedError(describe_clock(ahead), f"set the clock ({SET_CLOCK}), then {RETRY}")


def describe_clock(ahead: float) -> str:
    """Return how wrong this machine's clock is; `ahead` is in seconds."""
    amount = f"{format_amount(abs(ahead))} {'ahead of' if ahead > 0 else 'behind'}"
    return f"this machine's clock is {amount} AWS; the limit is 5 min"


def _unknown_source(made_for: Link | ApiCall, code: str, key_id: str) -> AwsRefusedError:
    source = made_for.source
    if source and (key := source.stored_key):
        return SourceRefusedError(
            f"AWS does not recognize the access key of '{key.name}' ({code})",
            f"check that {last4(key_id)} is the key's id in the console, for it may be mistyped; if the key is gone, "
            f"create a new one there; then: shellvault add {quote_word(key.name)}",
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
    if code == _INVALID_REQUEST and made_for.service == _SIGN_IN:
        return f"check sso_start_url and sso_region of '{made_for.profile}': the portal's URL is in its welcome e-mail"
    if code != "AccessDenied":
        return _HINTS.get(code, "")
    if made_for.denied_hint and made_for.assumes_role and not made_for.mfa_serial:
        return f"{made_for.denied_hint}; if it asks for MFA, add mfa_serial = ARN to [profile {_section(made_for)}]"
    return made_for.denied_hint


def name_default_serial(error: AwsRefusedError, link: Link, default: Mapping[str, str]) -> None:
    """Name the MFA device of the section [default] in the hint of an error that a missing one may have caused."""
    serial = "" if link.mfa_serial else default.get("mfa_serial", "")
    hint = error.hint.replace("mfa_serial = ARN", f"mfa_serial = {serial}")
    if serial and hint != error.hint:
        error.hint = f"{hint}; it stands in [default], from which no other profile inherits"


def _clean(text: str) -> str:
    """Return AWS's message without control characters and endless lines, since it goes to a terminal."""
    return "".join(character if character.isprintable() else " " for character in text)[:500]
