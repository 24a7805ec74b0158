"""Creates botocore clients from explicit values: no config file, no variable of this process, one service's model.

botocore is used without boto3 on top: docs/decisions/0004 has the figures.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from datetime import datetime
from functools import cache, lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Any

import botocore
import botocore.session
from botocore import UNSIGNED
from botocore.config import Config
from botocore.loaders import Loader
from botocore.tokens import TokenProviderChain
from botocore.utils import parse_timestamp

from shellvault import __version__
from shellvault.aws.bound_client import BoundClient, CallCredentials, prepare_client
from shellvault.aws.client_settings import require_endpoint, require_region
from shellvault.aws.http_session import BoundedSession
from shellvault.aws.service_answers import require_own_answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shellvault.aws.network import Network
    from shellvault.core.model import KeyPair, Session

    Variants = tuple[tuple[str, bool], ...]

ATTEMPTS = 3
_MOST_CLIENTS = 16
_USER_AGENT = f"shellvault/{__version__} Botocore/{botocore.__version__}"
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_one_at_a_time = Lock()  # botocore's sessions are not thread-safe


def client(
    service: str,
    region: str,
    endpoint: str,
    network: Network,
    credentials: KeyPair | Session | None,
    *,
    attempts: int = ATTEMPTS,
    shared: bool = True,
    paced: bool = False,
) -> Any:
    """Return a client of one service; without credentials, its requests are not signed.

    `endpoint` is a URL, or the empty string for AWS's own. A request is sent at most `attempts` times. A caller
    that changes the client needs one that is not `shared` with other calls in this process. Once AWS throttles a
    `paced` client, all its calls together slow down: for several threads.

    Raises:
        UsageError: the region, endpoint or proxy is malformed, or endpoint or certificates are not trusted.
        AwsUnreachableError: nothing listens at the endpoint.
    """
    require_region(service, region)
    if endpoint:
        require_endpoint(endpoint)
    network.guard.check_endpoint(service, endpoint)
    variants = tuple(sorted(network.variants.items()))
    create = _share_client if shared else _create_client
    with _one_at_a_time:
        created = create(service, region, endpoint, attempts, variants, signed=credentials is not None, paced=paced)
    http = BoundedSession(network, created.meta.endpoint_url)  # only the client knows the host of AWS's own endpoint
    return BoundClient(created, http, credentials, _share_client.cache_clear)


def _create_client(
    service: str, region: str, endpoint: str, attempts: int, variants: Variants, *, signed: bool, paced: bool
) -> Any:
    """Return a client without credentials, for any call: see `BoundClient`."""
    config = _configure(attempts, dict(variants), signed=signed, paced=paced)
    where: dict[str, Any] = {"region_name": region, "endpoint_url": endpoint or None}
    created = _share_session(service).create_client(service, config=config, verify=True, **where)
    prepare_client(created)
    created.meta.events.register("before-parse", require_own_answer)
    return created


_share_client = lru_cache(_MOST_CLIENTS)(_create_client)


def _configure(attempts: int, variants: Mapping[str, bool], *, signed: bool, paced: bool) -> Config:
    options: dict[str, Any] = dict(variants) if signed else {**variants, "signature_version": UNSIGNED}
    # awsconfig/endpoints.py alone decides which endpoints are trusted; botocore's types do not know this option.
    options["ignore_configured_endpoint_urls"] = True
    return Config(
        parameter_validation=False,
        retries={"mode": "adaptive" if paced else "standard", "total_max_attempts": attempts},
        proxies={},  # unlike None, this stops botocore from looking for proxies; our own session does the sending
        user_agent=_USER_AGENT,
        **options,
    )


@cache
def _share_session(service: str) -> _ServiceSession:
    """Return a service's session; later clients in the same process, such as the agent, reuse its model."""
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
        self.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=_parse_time)

    def get_credentials(self) -> CallCredentials:
        """Return the credentials of the current call."""
        return CallCredentials()

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


def _parse_time(value: Any) -> datetime:
    """Parse a time in an answer. botocore's own parser tries many formats, which takes about twenty times as long."""
    if isinstance(value, str) and _TIME.fullmatch(value):
        with suppress(ValueError):
            return datetime.fromisoformat(value)
    return parse_timestamp(value)
