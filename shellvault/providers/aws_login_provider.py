"""The session of `aws login`, as the AWS CLI keeps it under ~/.aws/login; botocore renews it where it can."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import botocore.credentials
import botocore.utils
from botocore.exceptions import BotoCoreError, ClientError
from botocore.utils import parse_timestamp

from shellvault.aws import credential_parsing
from shellvault.aws.client import client
from shellvault.core.errors import NoKeyPairError, PersonNeededError
from shellvault.core.model import MARGIN

if TYPE_CHECKING:
    from shellvault.core.model import Session
    from shellvault.providers.provider_context import ProviderContext

_REGION = "us-east-1"  # where a token names none


def provide_login_session(profile: str, login_session: str, context: ProviderContext) -> Session:
    """Return the session that a profile's `login_session` names, renewed if it is about to expire.

    Raises:
        NoKeyPairError: this botocore is too old for it.
        PersonNeededError: there is no valid session, and it could not be renewed.
    """
    fetcher = _create_fetcher(login_session, context)
    try:
        found = fetcher.load_cached_credentials()
        if _expiry(found) - time.time() < MARGIN:
            found = _renew(fetcher, found)
    except (BotoCoreError, ClientError, KeyError, TypeError, ValueError, AttributeError, OSError):
        raise PersonNeededError(
            f"profile '{profile}' has no valid session of aws login", f"aws login --profile {profile}"
        ) from None
    return credential_parsing.require_complete(
        credential_parsing.parse_session(found, "access_key", "secret_key", "token", _expiry(found))
    )


def _create_fetcher(login_session: str, context: ProviderContext) -> Any:
    utils: Any = botocore.utils  # its types are incomplete
    create = getattr(botocore.credentials, "LoginCredentialFetcher", None)
    if create is None:
        raise NoKeyPairError("login_session needs boto3 1.41 or later", "pip install --upgrade boto3")

    def create_client(service: str, **options: Any) -> Any:
        return client(service, options.get("region_name", _REGION), "", context.network, None, shared=False)

    cache = utils.JSONFileCache(context.settings.aws_login_folder)
    return create(login_session, utils.LoginTokenLoader(cache), create_client)


def _renew(fetcher: Any, found: dict[str, Any]) -> dict[str, Any]:
    """Return the renewed session, or the old one while it is valid if this botocore cannot sign the renewal."""
    try:
        renewed: dict[str, Any] = fetcher.refresh_credentials()
    except (BotoCoreError, ClientError, AttributeError):
        if _expiry(found) > time.time():
            return found
        raise
    return renewed


def _expiry(found: dict[str, Any]) -> int:
    return int(parse_timestamp(found["expiry_time"]).timestamp())
