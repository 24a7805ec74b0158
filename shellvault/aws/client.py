"""Makes botocore's clients, from a reduced catalogue of services and with no config file of its own to parse.

botocore is used without boto3 on top: docs/decisions/0004 has the figures.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import botocore.session
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import BotoCoreError
from botocore.loaders import Loader
from botocore.parsers import ResponseParserError

from shellvault.core.model import Session

if TYPE_CHECKING:
    from shellvault.core.model import KeyPair

CONNECT_TIMEOUT = 5  # seconds
READ_TIMEOUT = 15
ATTEMPTS = 3
_GARBLED = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RuntimeError)
NO_ANSWER = (BotoCoreError, ResponseParserError, *_GARBLED)
"""What a call raises where no answer came, or one that cannot be read: botocore's parsers let those six through."""


def client(
    service: str,
    region: str,
    endpoint: str,
    ca_bundle: str,
    credentials: KeyPair | Session | None,
    *,
    attempts: int = ATTEMPTS,
) -> Any:
    """Return a client of one service; requests are not signed where there are no credentials.

    Args:
        service: as botocore names it.
        region: where it is.
        endpoint: its URL, or the empty string for AWS's own.
        ca_bundle: a file of certificates to trust in place of botocore's own, or the empty string.
        credentials: what signs.
        attempts: how often a request is sent at most.
    """
    options: dict[str, Any] = {} if credentials else {"signature_version": UNSIGNED}
    # Who may be asked is decided in shellvault/endpoints.py alone; botocore's types do not know this option.
    options["ignore_configured_endpoint_urls"] = True
    return _session(service).create_client(
        service,
        region_name=region,
        endpoint_url=endpoint or None,
        verify=ca_bundle or None,
        aws_access_key_id=credentials.access_key_id if credentials else None,
        aws_secret_access_key=credentials.secret_access_key if credentials else None,
        aws_session_token=(credentials.session_token or None) if isinstance(credentials, Session) else None,
        config=Config(
            parameter_validation=False,
            connect_timeout=CONNECT_TIMEOUT,
            read_timeout=READ_TIMEOUT,
            retries={"mode": "standard", "total_max_attempts": attempts},
            **options,
        ),
    )


class _OneService(Loader):
    """botocore's data loader, without the walk over the models of four hundred services."""

    only = ""

    def list_available_services(self, type_name: str) -> list[str]:
        """Return the one service that is used; `type_name` says which kind of model."""
        del type_name
        return [self.only]


def _session(service: str) -> botocore.session.Session:
    """Return a botocore session that reads no config file and obeys no AWS_PROFILE: the link says it all."""
    nothing = (None, None, os.devnull, None)
    ignored = {"profile": (None, None, None, None), "config_file": nothing, "credentials_file": nothing}
    session = botocore.session.Session(session_vars=ignored)
    loader = _OneService()
    loader.only = service
    session.register_component("data_loader", loader)
    return session
