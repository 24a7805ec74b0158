"""Mints sessions at AWS STS. It asks AWS and nothing else: no profile, no cache."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from shellvault.aws import credential_parsing
from shellvault.aws.aws_errors import translate_failure, translate_refusal
from shellvault.aws.client import ATTEMPTS, NO_ANSWER, client
from shellvault.awsconfig.endpoints import is_loopback
from shellvault.core.chain.links import AssumeRole, FederationToken, SessionToken, WebIdentity
from shellvault.core.errors import AwsUnreachableError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from shellvault.core.model import KeyPair, Session

    StsLink = SessionToken | FederationToken | AssumeRole | WebIdentity

_EVERYTHING = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
_LONGEST_TOKEN = 20_000  # characters; STS takes no longer WebIdentityToken


class StsProvider:
    """Mints the session of a link, signing with the credentials of the link before it.

    Args:
        code: asks the person for the code of an MFA device, given its serial and the profile.
        token: runs a program that prints a web identity's token.
        notice: tells the person something that is not an error.
        ca_bundle: a file of certificates to trust in place of botocore's own, or the empty string.
    """

    def __init__(
        self,
        code: Callable[[str, str], str],
        token: Callable[[str], str],
        notice: Callable[[str], None],
        ca_bundle: str = "",
    ) -> None:
        self._code = code
        self._token = token
        self._notice = notice
        self._ca_bundle = ca_bundle

    def __call__(self, link: StsLink, source: KeyPair | Session | None) -> Session:
        """Return a new session.

        Raises:
            PersonNeededError: a code was wanted and not given, or AWS refused it.
            AwsRefusedError: AWS refused the call; SourceRefusedError where it refused what the call was signed with.
            AwsUnreachableError: AWS could not be reached, or asked to be left alone.
        """
        call, parameters = self._request(link)
        if is_loopback(link.endpoint):
            self._notice(f"the credentials come from {link.endpoint}, not from AWS")
        # a code works once: a second attempt with it would be refused whatever became of the first
        attempts = 1 if "TokenCode" in parameters else ATTEMPTS
        sts = client("sts", link.region, link.endpoint, self._ca_bundle, source, attempts=attempts)
        return call_sts(sts, call, parameters, link)

    def _request(self, link: StsLink) -> tuple[str, dict[str, object]]:
        if isinstance(link, WebIdentity):
            token = self._token(link.token_process) if link.token_process else _read(link.token_file)
            return "assume_role_with_web_identity", _web_identity(link, token)
        if isinstance(link, FederationToken):
            return "get_federation_token", _federation_token(link)
        parameters: dict[str, object] = {"DurationSeconds": link.duration}
        call = "get_session_token"
        if isinstance(link, AssumeRole):
            call, parameters = "assume_role", _assume_role(link)
        if link.mfa_serial:
            parameters |= {"SerialNumber": link.mfa_serial, "TokenCode": self._code(link.mfa_serial, link.profile)}
        return call, parameters


def call_sts(sts: Any, call: str, parameters: dict[str, object], link: StsLink) -> Session:
    """Return the session that a botocore client's call gives; for the errors see `StsMinter`."""
    try:
        answer = getattr(sts, call)(**parameters)
    except ClientError as error:
        raise translate_refusal(error.response, link, time.time()) from None
    except UnicodeEncodeError:
        raise  # the request is at fault, and not its answer
    except NO_ANSWER as error:
        raise translate_failure(error, link) from None
    return _session(answer)


def _read(path: str) -> str:
    """Return a web identity's token from its file."""
    try:
        with open(os.path.expanduser(path), encoding="ascii") as file:
            token = file.read(_LONGEST_TOKEN + 1).strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it holds no token"
        raise UsageError(
            f"the web identity token {path} cannot be read: {reason}", "mend web_identity_token_file"
        ) from None
    return token


def _federation_token(link: FederationToken) -> dict[str, object]:
    """Without a policy a federated user may do nothing; with this one, whatever the user behind it may."""
    return {"Name": link.name, "DurationSeconds": link.duration, "Policy": _EVERYTHING}


def _web_identity(link: WebIdentity, token: str) -> dict[str, object]:
    if not token or len(token) > _LONGEST_TOKEN or not token.isascii() or not token.isprintable():
        raise UsageError(
            f"the web identity token of '{link.profile}' is none", "it is one line of printable characters"
        )
    return {
        "RoleArn": link.role_arn,
        "RoleSessionName": link.role_session_name,
        "WebIdentityToken": token,
        "DurationSeconds": link.duration,
    }


def _assume_role(link: AssumeRole) -> dict[str, object]:
    parameters = {
        "RoleArn": link.role_arn,
        "RoleSessionName": link.role_session_name,
        "DurationSeconds": link.duration,
        "ExternalId": link.external_id,
        "SourceIdentity": link.source_identity,
        "Tags": [{"Key": key, "Value": value} for key, value in link.session_tags],
        "TransitiveTagKeys": list(link.transitive_session_tags),
    }
    return {name: value for name, value in parameters.items() if value}


def _session(answer: Mapping[str, Any]) -> Session:
    """Read AWS's answer."""
    try:
        credentials = answer["Credentials"]
        expires_at = int(credentials["Expiration"].timestamp())
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError):
        raise AwsUnreachableError("AWS's answer could not be read", "run the command again") from None
    return credential_parsing.require_complete(
        credential_parsing.parse_session(credentials, "AccessKeyId", "SecretAccessKey", "SessionToken", expires_at)
    )
