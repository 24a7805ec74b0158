"""Mints sessions at AWS STS: GetSessionToken and AssumeRole. It asks AWS and nothing else: no profile, no cache.

botocore is used without boto3 on top, from a reduced catalogue of services and with no config file of its own to
parse: docs/decisions/0004 has the figures.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.loaders import Loader
from botocore.parsers import ResponseParserError

from shellvault.endpoints import is_loopback
from shellvault.errors import AwsUnreachableError
from shellvault.minters.refusals import refusal, unreachable
from shellvault.model import KeyPair, Session, SessionToken
from shellvault.record import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from shellvault.model import AssumeRole, Link

CONNECT_TIMEOUT = 5  # seconds
READ_TIMEOUT = 15
ATTEMPTS = 3


class StsMinter:
    """Mints the session of a link, signing with the credentials of the link before it.

    Args:
        code: asks the person for the code of an MFA device, given its serial and the profile.
        notice: tells the person something that is not an error.
        ca_bundle: a file of certificates to trust in place of botocore's own, or the empty string.
    """

    def __init__(self, code: Callable[[str, str], str], notice: Callable[[str], None], ca_bundle: str = "") -> None:
        self._code = code
        self._notice = notice
        self._ca_bundle = ca_bundle

    def __call__(self, link: Link, source: KeyPair | Session) -> Session:
        """Return a new session.

        Raises:
            PersonNeededError: a code was wanted and not given, or AWS refused it.
            AwsRefusedError: AWS refused the call; SourceRefusedError where it refused what the call was signed with.
            AwsUnreachableError: AWS could not be reached, or asked to be left alone.
        """
        parameters = _session_token(link) if isinstance(link, SessionToken) else _assume_role(link)
        if link.mfa_serial:
            parameters |= {"SerialNumber": link.mfa_serial, "TokenCode": self._code(link.mfa_serial, link.profile)}
        if is_loopback(link.endpoint):
            self._notice(f"the credentials come from {link.endpoint}, not from AWS")
        call = "get_session_token" if isinstance(link, SessionToken) else "assume_role"
        try:
            answer = getattr(self._client(link, source), call)(**parameters)
        except ClientError as error:
            raise refusal(error.response, link, time.time()) from None
        except (BotoCoreError, ResponseParserError) as error:
            raise unreachable(error, link) from None
        return _session(answer)

    def _client(self, link: Link, source: KeyPair | Session) -> Any:
        return _botocore().create_client(
            "sts",
            region_name=link.region,
            endpoint_url=link.endpoint or None,
            verify=self._ca_bundle or None,
            aws_access_key_id=source.access_key_id,
            aws_secret_access_key=source.secret_access_key,
            aws_session_token=None if isinstance(source, KeyPair) else source.session_token,
            config=Config(
                parameter_validation=False,
                connect_timeout=CONNECT_TIMEOUT,
                read_timeout=READ_TIMEOUT,
                # a code works once: a second attempt with it would be refused whatever became of the first
                retries={"mode": "standard", "total_max_attempts": 1 if link.mfa_serial else ATTEMPTS},
            ),
        )


class _StsOnly(Loader):
    """botocore's data loader, without the walk over the models of four hundred services."""

    def list_available_services(self, type_name: str) -> list[str]:
        """Return the one service that is used; `type_name` says which kind of model."""
        del type_name
        return ["sts"]


def _botocore() -> botocore.session.Session:
    """Return a botocore session that reads no config file and obeys no AWS_PROFILE: the link says it all."""
    nothing = (None, None, os.devnull, None)
    ignored = {"profile": (None, None, None, None), "config_file": nothing, "credentials_file": nothing}
    session = botocore.session.Session(session_vars=ignored)
    session.register_component("data_loader", _StsOnly())
    return session


def _session_token(link: SessionToken) -> dict[str, object]:
    return {"DurationSeconds": link.duration}


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
    """Read AWS's answer; one that is cut or garbled is no answer."""
    try:
        credentials = answer["Credentials"]
        values = [credentials[name] for name in ("AccessKeyId", "SecretAccessKey", "SessionToken")]
        expires_at = int(credentials["Expiration"].timestamp())
    except (KeyError, TypeError, AttributeError):
        raise AwsUnreachableError("AWS's answer could not be read", "run the command again") from None
    if not all(isinstance(value, str) and value.isascii() and value.isprintable() and value for value in values):
        raise AwsUnreachableError("AWS's answer holds no usable credentials", "run the command again")
    key_id, secret, token = values
    return Session(key_id, Secret(secret), Secret(token), expires_at, Session.due(int(time.time()), expires_at))
