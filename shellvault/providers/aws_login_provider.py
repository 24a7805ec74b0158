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
    from shellvault.core.chain.links import AmbientCredentials
    from shellvault.core.model import Session

_REGION = "us-east-1"  # where a token names none


def provide(link: AmbientCredentials) -> Session:
    """Return the session, renewed if it is about to end.

    Raises:
        NoKeyPairError: this botocore knows nothing of it.
        PersonNeededError: there is none that is valid, and it could not be renewed.
    """
    fetcher = _fetcher(link.detail)
    try:
        found = fetcher.load_cached_credentials()
        if _end(found) - time.time() < MARGIN:
            found = _renewed(fetcher, found)
    except (BotoCoreError, ClientError, KeyError, TypeError, ValueError, AttributeError, OSError):
        raise PersonNeededError(
            f"profile '{link.profile}' has no valid session of aws login", f"aws login --profile {link.profile}"
        ) from None
    return credential_parsing.require_complete(
        credential_parsing.parse_session(found, "access_key", "secret_key", "token", _end(found))
    )


def _fetcher(login_session: str) -> Any:
    utils: Any = botocore.utils  # it has no complete types
    make = getattr(botocore.credentials, "LoginCredentialFetcher", None)
    if make is None:
        raise NoKeyPairError("login_session needs boto3 1.41 or later", "pip install --upgrade boto3")
    cache = utils.JSONFileCache(utils.get_login_token_cache_directory())
    return make(login_session, utils.LoginTokenLoader(cache), _client)


def _renewed(fetcher: Any, found: dict[str, Any]) -> dict[str, Any]:
    """Return the renewed session; where botocore lacks what it signs with, the one that is still valid."""
    try:
        renewed: dict[str, Any] = fetcher.refresh_credentials()
    except (BotoCoreError, ClientError, AttributeError):
        if _end(found) > time.time():
            return found
        raise
    return renewed


def _end(found: dict[str, Any]) -> int:
    return int(parse_timestamp(found["expiry_time"]).timestamp())


def _client(service: str, **options: Any) -> Any:
    return client(service, options.get("region_name", _REGION), "", "", None)
