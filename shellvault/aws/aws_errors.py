"""Translates what AWS and the network answer into errors a person can act on. Holds no secret and makes no call."""

from __future__ import annotations

import sys
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError

from shellvault.core.chain.links import AssumeRole, FederationToken, SessionToken, StoredKey, WebIdentity
from shellvault.core.errors import (
    AwsRefusedError,
    AwsUnreachableError,
    PersonNeededError,
    ShellvaultError,
    SourceRefusedError,
    quote_word,
)
from shellvault.core.record import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shellvault.core.chain.links import Chain, SignIn, SsoRole


class ApiCall(Record):
    """A call that is no link's, such as one of IAM's: what it is called, for whom, and what signed it."""

    kind: str
    profile: str
    source: Chain
    region: str
    endpoint: str


if TYPE_CHECKING:
    AwsLink = SessionToken | FederationToken | AssumeRole | WebIdentity | SignIn | SsoRole | ApiCall

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
_SERVICES = {"sts": "STS", "iam": "IAM", "sso": "IAM Identity Center"}
SET_CLOCK = "sntp -sS time.apple.com" if sys.platform == "darwin" else "timedatectl set-ntp true"
"""The command that sets this machine's clock; root's."""

_CLOCK = ("Signature expired", "Signature not yet current")
_SERVER_ERROR = 500
_TOO_MANY = 429


def translate_refusal(response: Mapping[str, Any], link: AwsLink, now: float) -> ShellvaultError:
    """Return the error for an answer of AWS's that is not the session asked for; `now` is epoch seconds."""
    code, said = (_clean(str(response["Error"].get(key, ""))) for key in ("Code", "Message"))
    status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if code in _THROTTLED or status == _TOO_MANY:
        return AwsUnreachableError(f"AWS is throttling {_what(link)}", "wait a little, then run the command again")
    if status >= _SERVER_ERROR:
        return AwsUnreachableError(f"AWS failed at {_what(link)} with HTTP {status}", "run the command again")
    if code == "AccessDenied" and "MultiFactorAuthentication" in said:
        return _refused_code(link)
    if said.startswith(_CLOCK):
        return _wrong_clock(response, now)
    if code in _UNKNOWN_SOURCE:
        return _unknown_source(link, code)
    return AwsRefusedError(f"AWS refused {_what(link)}: {code}: {said}", _advice(code, said, link))


def translate_failure(error: Exception, link: AwsLink) -> AwsUnreachableError:
    """Return the error for an answer that never came, or could not be read."""
    kind = type(error).__name__
    where = link.endpoint or f"{_SERVICES[link.kind.partition('.')[0]]} in {link.region}"
    if kind == "SSLError":
        return AwsUnreachableError(
            f"the certificate of {where} is not trusted", "set ca_bundle in the profile, or AWS_CA_BUNDLE"
        )
    if not isinstance(error, BotoCoreError):
        return AwsUnreachableError(f"the answer of {where} could not be read", "run the command again")
    return AwsUnreachableError(
        f"{where} could not be reached ({kind})", "check the network, then run the command again"
    )


def _serial(link: AwsLink) -> str:
    return link.mfa_serial if isinstance(link, SessionToken | AssumeRole) else ""


def _what(link: AwsLink) -> str:
    return f"{link.kind.partition('.')[2]} for '{link.profile}'"


def _refused_code(link: AwsLink) -> ShellvaultError:
    serial = _serial(link)
    if not serial:
        return AwsRefusedError(
            f"AWS wants a code of an MFA device for {_what(link)}",
            f"add mfa_serial = ARN to [profile {link.profile}]",
        )
    return PersonNeededError(
        f"AWS refused the MFA code for {serial}",
        "each code works once: wait for the next one, then run the command again",
    )


def _wrong_clock(response: Mapping[str, Any], now: float) -> AwsRefusedError:
    date = response.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date", "")
    try:
        ahead = now - parsedate_to_datetime(date).timestamp()
    except (TypeError, ValueError):
        return AwsRefusedError("AWS says that this machine's clock is wrong", "set the clock")
    amount = f"{abs(ahead) / 60:.0f} min {'ahead of' if ahead > 0 else 'behind'}"
    return AwsRefusedError(
        f"this machine's clock is {amount} AWS's, which accepts 5",
        f"set the clock ({SET_CLOCK}), then run it again",
    )


def _unknown_source(link: AwsLink, code: str) -> AwsRefusedError:
    if isinstance(link.source, StoredKey):
        return SourceRefusedError(
            f"AWS does not know the access key of '{link.source.name}' ({code})",
            f"make a new one in the console, then: shellvault add {quote_word(link.source.name)}",
        )
    if isinstance(link, WebIdentity):
        return AwsRefusedError(f"the web identity token of '{link.profile}' has expired ({code})", "get a new token")
    return SourceRefusedError(f"AWS no longer accepts the session under '{link.profile}' ({code})", "shellvault clear")


def _advice(code: str, said: str, link: AwsLink) -> str:
    if "MaxSessionDuration" in said:
        return "ask for less with --duration, or raise the role's maximum session duration"
    if code == "SignatureDoesNotMatch":
        return "the stored secret does not belong to its access key id: store the pair again with shellvault add"
    if code == "ForbiddenException":
        return "you may not take this role in this account; shellvault sso profiles shows those that you may"
    return _denied(link) if code == "AccessDenied" else ""


def _denied(link: AwsLink) -> str:
    if isinstance(link, ApiCall):
        return _denied_call(link)
    if isinstance(link, FederationToken):
        return "allow sts:GetFederationToken to the user, or take a profile with a role"
    if isinstance(link, AssumeRole) and not link.mfa_serial:
        return f"check the role's trust policy; if it asks for MFA, add mfa_serial = ARN to [profile {link.profile}]"
    return ""


def _denied_call(asked: ApiCall) -> str:
    """AWS does not say which condition was not met, so both are told; with a code there is only one."""
    allow = f"allow {asked.kind.replace('.', ':')} on the user itself"
    if isinstance(asked.source, StoredKey):
        profile = asked.source.name
        return f"{allow}; if its policy asks for MFA, set mfa_serial in [profile {profile}], and leave out --no-session"
    return allow


def _clean(text: str) -> str:
    """AWS's words go to a terminal: no control characters, no endless lines."""
    return "".join(character if character.isprintable() else " " for character in text)[:500]
