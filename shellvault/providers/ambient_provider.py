"""Ambient credentials: those of the environment, the EC2 instance, the container, or `aws login`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from botocore.credentials import ContainerMetadataFetcher
from botocore.exceptions import BotoCoreError
from botocore.utils import InstanceMetadataFetcher, parse_timestamp

from shellvault.aws import credential_parsing
from shellvault.aws.client_settings import require_endpoint
from shellvault.aws.http_session import BoundedSession
from shellvault.core import environment
from shellvault.core.before_session import has_set_aside, without_session
from shellvault.core.chain.root_credentials import CONTAINER, ENVIRONMENT, INSTANCE, LOGIN
from shellvault.core.errors import AwsUnreachableError, NoKeyPairError, UsageError
from shellvault.system.atomic_file import read_bytes

if TYPE_CHECKING:
    from shellvault.core.chain.root_credentials import AmbientCredentials
    from shellvault.core.model import KeyPair, Session
    from shellvault.providers.provider_context import ProviderContext

_TIMEOUT = 2  # seconds
_ATTEMPTS = 2
_LARGEST = 1 << 16  # bytes of a file with a token
_URI, _FULL_URI = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"
_METADATA_URL = "http://169.254.169.254"  # or what the environment names; never https
_INSTANCE_ENDPOINT = "AWS_EC2_METADATA_SERVICE_ENDPOINT"
_TOKEN, _TOKEN_FILE = "AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"


class AmbientProvider:
    """Finds credentials in its surroundings; those that shellvault itself put into the environment do not count."""

    def __init__(self, context: ProviderContext) -> None:
        self._context = context
        self._environ = without_session(context.settings.environ)

    def __call__(self, link: AmbientCredentials, _source: KeyPair | Session | None) -> Session:
        """Return the session that is found.

        Raises:
            NoKeyPairError: there are no credentials of this origin.
            AwsUnreachableError: the instance or the container did not answer.
        """
        find = {
            ENVIRONMENT: self._read_environment,
            INSTANCE: self._ask_instance,
            CONTAINER: self._ask_container,
            LOGIN: self._load_login,
        }
        return find[link.origin](link)

    def _read_environment(self, link: AmbientCredentials) -> Session:
        key_id, secret, token, end = (self._environ.get(name, "") for name in environment.CREDENTIALS)
        if not key_id or not secret:
            hint = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; those that shellvault put there do not count"
            if has_set_aside(self._context.settings.environ):
                hint = 'yours were set aside for a session; take it out first: eval "$(shellvault env --unset)"'
            raise NoKeyPairError(
                f"profile '{link.profile}' takes its credentials from the environment, and there are none", hint
            )
        found = {"id": key_id, "secret": secret, "token": token}
        return credential_parsing.parse_session(found, "id", "secret", "token", _parse_time(end) if end else None)

    def _ask_instance(self, link: AmbientCredentials) -> Session:
        try:
            found = self._create_instance_fetcher().retrieve_iam_role_credentials()
        except (BotoCoreError, ValueError, KeyError, TypeError):
            found = {}
        if not found:
            raise AwsUnreachableError(
                f"profile '{link.profile}' takes its credentials from the metadata service, which returned none",
                "this works on an EC2 instance that has a role",
            )
        end = _parse_time(found.get("expiry_time"))
        return credential_parsing.require_complete(
            credential_parsing.parse_session(found, "access_key", "secret_key", "token", end)
        )

    def _create_instance_fetcher(self) -> InstanceMetadataFetcher:
        if endpoint := self._environ.get(_INSTANCE_ENDPOINT, ""):
            require_endpoint(endpoint, _INSTANCE_ENDPOINT)
            self._context.network.guard.check_metadata(_INSTANCE_ENDPOINT, endpoint)
        return _InstanceFetcher(self._environ, endpoint, self._session(_METADATA_URL))

    def _ask_container(self, link: AmbientCredentials) -> Session:
        try:
            found = self._fetch_from_container()
        except (BotoCoreError, ValueError, OSError):
            raise AwsUnreachableError(
                f"profile '{link.profile}' takes its credentials from its container, which returned none",
                f"this works where {_URI} or {_FULL_URI} is set",
            ) from None
        end = _parse_time(found.get("Expiration")) if isinstance(found, dict) else None
        return credential_parsing.require_complete(
            credential_parsing.parse_session(found, "AccessKeyId", "SecretAccessKey", "Token", end)
        )

    def _fetch_from_container(self) -> object:
        fetcher = ContainerMetadataFetcher(self._session(self._environ.get(_FULL_URI, "")))
        relative = self._environ.get(_URI, "")
        url = fetcher.full_url(relative) if relative else self._environ.get(_FULL_URI, "")
        if not url:
            raise ValueError("no address")
        variable = _URI if relative else _FULL_URI
        require_endpoint(url, variable)
        self._context.network.guard.check_metadata(variable, url)
        token = self._read_token()
        answer: object = fetcher.retrieve_full_uri(url, {"Authorization": token} if token else None)
        return answer

    def _read_token(self) -> str:
        """Return the token for the container's service, empty if it needs none."""
        file = self._environ.get(_TOKEN_FILE, "")
        if not file:
            return self._environ.get(_TOKEN, "")
        try:
            return read_bytes(os.path.join(self._context.settings.cwd, file), limit=_LARGEST).decode().strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it holds no token"
            message = f"the container's token {file} cannot be read: {reason}"
            raise UsageError(message, f"correct {_TOKEN_FILE}") from None

    def _session(self, url: str) -> BoundedSession:
        """Return an HTTP session without a proxy: a proxy would return the credentials of its own machine."""
        return BoundedSession(self._context.network, url, direct=True, timeout=_TIMEOUT)

    def _load_login(self, link: AmbientCredentials) -> Session:
        from shellvault.providers.aws_login_provider import provide_login_session  # needs a recent botocore

        return provide_login_session(link.profile, link.detail, self._context)


class _InstanceFetcher(InstanceMetadataFetcher):
    """botocore's fetcher, with a session of ours; `endpoint` is the empty string for AWS's own."""

    def __init__(self, environ: dict[str, str], endpoint: str, session: BoundedSession) -> None:
        super().__init__(
            timeout=_TIMEOUT,
            num_attempts=_ATTEMPTS,
            env=dict(environ),
            config={"ec2_metadata_service_endpoint": endpoint} if endpoint else None,
        )
        self._session = session


def _parse_time(text: Any) -> int:
    """Return epoch seconds of a time in any spelling that botocore reads."""
    try:
        return int(parse_timestamp(text).timestamp())
    except (TypeError, ValueError, OverflowError):
        raise AwsUnreachableError("the answer's expiry is not a time", "run the command again") from None
