"""Mints sessions from the surroundings: a `credential_source`, or `aws login`, through botocore's own providers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import botocore.exceptions
from botocore.credentials import ContainerMetadataFetcher
from botocore.utils import InstanceMetadataFetcher, parse_timestamp

from shellvault.aws import credential_parsing
from shellvault.core import environment
from shellvault.core.chain.root_credentials import CONTAINER, ENVIRONMENT, INSTANCE, LOGIN
from shellvault.core.errors import AwsUnreachableError, NoKeyPairError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shellvault.core.chain.links import AmbientCredentials
    from shellvault.core.model import Session

_TIMEOUT = 2  # seconds
_ATTEMPTS = 2
_URI, _FULL_URI = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"


class AmbientProvider:
    """Asks whoever provides credentials here; what shellvault itself put into the environment is not among them."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environment.without_session(environ)

    def __call__(self, link: AmbientCredentials) -> Session:
        """Return the session that is provided.

        Raises:
            NoKeyPairError: there is nothing of this kind here.
            AwsUnreachableError: who provides it did not answer.
        """
        if link.provider == LOGIN:
            from shellvault.providers.aws_login_provider import provide  # needs a botocore newer than all the rest does

            return provide(link)
        providers = {
            ENVIRONMENT: self._from_environment,
            INSTANCE: self._from_instance,
            CONTAINER: self._from_container,
        }
        return providers[link.provider](link)

    def _from_environment(self, link: AmbientCredentials) -> Session:
        key_id, secret, token, end = (self._environ.get(name, "") for name in environment.CREDENTIALS)
        if not key_id or not secret:
            raise NoKeyPairError(
                f"profile '{link.profile}' takes its credentials from the environment, and there are none",
                "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; those that shellvault put there do not count",
            )
        found = {"id": key_id, "secret": secret, "token": token}
        return credential_parsing.parse_session(found, "id", "secret", "token", _epoch(end) if end else None)

    def _from_instance(self, link: AmbientCredentials) -> Session:
        endpoint = self._environ.get("AWS_EC2_METADATA_SERVICE_ENDPOINT", "")
        fetcher = InstanceMetadataFetcher(
            timeout=_TIMEOUT,
            num_attempts=_ATTEMPTS,
            env=dict(self._environ),
            config={"ec2_metadata_service_endpoint": endpoint} if endpoint else None,
        )
        try:
            found = fetcher.retrieve_iam_role_credentials()
        except (botocore.exceptions.BotoCoreError, ValueError, KeyError, TypeError):
            found = {}
        if not found:
            raise AwsUnreachableError(
                f"profile '{link.profile}' takes its credentials from the instance's metadata, which gave none",
                "this works on an EC2 instance that has a role",
            )
        end = _epoch(found.get("expiry_time"))
        return credential_parsing.require_complete(
            credential_parsing.parse_session(found, "access_key", "secret_key", "token", end)
        )

    def _from_container(self, link: AmbientCredentials) -> Session:
        try:
            found = self._container_answer()
        except (botocore.exceptions.BotoCoreError, ValueError, OSError):
            raise AwsUnreachableError(
                f"profile '{link.profile}' takes its credentials from its container, which gave none",
                f"this works where {_URI} or {_FULL_URI} is set",
            ) from None
        end = _epoch(found.get("Expiration")) if isinstance(found, dict) else None
        return credential_parsing.require_complete(
            credential_parsing.parse_session(found, "AccessKeyId", "SecretAccessKey", "Token", end)
        )

    def _container_answer(self) -> object:
        fetcher = ContainerMetadataFetcher()
        relative = self._environ.get(_URI, "")
        url = fetcher.full_url(relative) if relative else self._environ.get(_FULL_URI, "")
        if not url:
            raise ValueError("no address")
        token = self._environ.get("AWS_CONTAINER_AUTHORIZATION_TOKEN", "")
        if file := self._environ.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", ""):
            with open(file, encoding="utf-8") as stream:
                token = stream.read()
        answer: object = fetcher.retrieve_full_uri(url, {"Authorization": token} if token else None)
        return answer


def _epoch(text: Any) -> int:
    """Return epoch seconds of a time in any spelling that botocore reads."""
    try:
        return int(parse_timestamp(text).timestamp())
    except (TypeError, ValueError, OverflowError):
        raise AwsUnreachableError("the answer's expiry is not a time", "run the command again") from None
