"""Creates botocore clients from explicit values: no config file, no variable of this process, one service's model.

botocore is used without boto3 on top: docs/decisions/0004 has the figures.
"""

from __future__ import annotations

import os
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any

import botocore.session
from botocore import UNSIGNED
from botocore.config import Config
from botocore.loaders import Loader
from botocore.tokens import TokenProviderChain

from shellvault.aws.client_settings import require_endpoint, require_region
from shellvault.aws.http_session import BoundedSession
from shellvault.aws.refusals import SIGNED_BY
from shellvault.aws.service_answers import require_own_answer
from shellvault.core.model import Session

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shellvault.aws.network import Network
    from shellvault.core.model import KeyPair

ATTEMPTS = 3
_one_at_a_time = Lock()  # botocore's sessions are not for several threads

SEND = "shellvault-send"
"""The name of the event handler that sends requests in botocore's place."""


def client(
    service: str,
    region: str,
    endpoint: str,
    network: Network,
    credentials: KeyPair | Session | None,
    *,
    attempts: int = ATTEMPTS,
) -> Any:
    """Return a client of one service; without credentials, its requests are not signed.

    `endpoint` is a URL, or the empty string for AWS's own. A request is sent at most `attempts` times.

    Raises:
        UsageError: the region, endpoint or proxy is malformed, or endpoint or certificates are not trusted.
        AwsUnreachableError: nothing listens at the endpoint.
    """
    require_region(service, region)
    if endpoint:
        require_endpoint(endpoint)
    network.guard.check_endpoint(service, endpoint)
    where: dict[str, Any] = {"region_name": region, "endpoint_url": endpoint or None}

    config = _configure(attempts, network.variants, signed=credentials is not None)
    with _one_at_a_time:
        session = _share_session(service)
        created = session.create_client(service, config=config, verify=True, **where, **_name_credentials(credentials))
    return _bound(created, network, credentials.access_key_id if credentials else "")


def _bound(created: Any, network: Network, key_id: str) -> Any:
    """Make the client send through our own HTTP session and parse only its service's own answers; return it.

    Each answer's metadata names the access key that signed the request, under `SIGNED_BY`.
    """
    http = BoundedSession(network, created.meta.endpoint_url)  # only the client knows the host of AWS's own endpoint
    created.meta.events.register("before-send", lambda request, **_more: http.send(request), unique_id=SEND)
    created.meta.events.register("before-parse", require_own_answer)
    created.meta.events.register("after-call", lambda parsed, **_more: _add_metadata(parsed, key_id))
    return created


def _add_metadata(answer: dict[str, Any], key_id: str) -> None:
    answer.setdefault("ResponseMetadata", {})[SIGNED_BY] = key_id


def _name_credentials(credentials: KeyPair | Session | None) -> dict[str, Any]:
    if credentials is None:
        return {}
    return {
        "aws_access_key_id": credentials.access_key_id,
        "aws_secret_access_key": credentials.secret_access_key,
        "aws_session_token": (credentials.session_token or None) if isinstance(credentials, Session) else None,
    }


def _configure(attempts: int, variants: Mapping[str, bool], *, signed: bool) -> Config:
    options: dict[str, Any] = dict(variants) if signed else {**variants, "signature_version": UNSIGNED}
    # awsconfig/endpoints.py alone decides which endpoints are trusted; botocore's types do not know this option.
    options["ignore_configured_endpoint_urls"] = True
    return Config(
        parameter_validation=False,
        retries={"mode": "standard", "total_max_attempts": attempts},
        proxies={},  # unlike None, this stops botocore from looking for proxies; our own session does the sending
        **options,
    )


@cache
def _share_session(service: str) -> _ServiceSession:
    """Return a service's session, whose model later clients of the same process, such as the agent, use again."""
    return _ServiceSession(service)


class _ServiceSession(botocore.session.Session):
    """A botocore session that sees no variable, no config file, no token and no plugin, and knows one service."""

    def __init__(self, service: str) -> None:
        nothing = (None, None, os.devnull, None)
        variables = self.SESSION_VARIABLES.items()
        unset = {name: (setting, None, default, cast) for name, (setting, _variable, default, cast) in variables}
        files = {"config_file": nothing, "credentials_file": nothing}
        super().__init__(session_vars={**unset, **files})
        self.register_component("data_loader", _ServiceLoader(service))
        self.register_component("token_provider", TokenProviderChain([]))

    def _register_client_plugins(self, client: Any) -> None:
        """Load no plugins: BOTOCORE_EXPERIMENTAL__PLUGINS would import any module into this process."""


class _ServiceLoader(Loader):
    """botocore's data loader, without the walk over the models of four hundred services and the user's own models."""

    def __init__(self, service: str) -> None:
        super().__init__(extra_search_paths=[self.BUILTIN_DATA_PATH], include_default_search_paths=False)
        self._service = service

    def list_available_services(self, type_name: str) -> list[str]:
        """Return the one service that is used; `type_name` is the kind of model."""
        del type_name
        return [self._service]
