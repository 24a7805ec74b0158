"""Whether AWS can be reached, and agrees with this machine about the time."""

from __future__ import annotations

import sys

from shellvault.core.errors import AwsRefusedError, AwsUnreachableError, ShellvaultError, UsageError
from shellvault.core.partitions import home_region
from shellvault.core.urls import is_loopback
from shellvault.doctor.finding import FAIL, OK, WARN, Finding, from_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from shellvault.aws.network import Network
    from shellvault.awsconfig.profiles import Profiles
    from shellvault.settings import Settings

_REFUSED = 300  # seconds from which AWS refuses signatures
_TOLERATED = 60
_SUDO = "" if sys.platform == "win32" else "sudo "


def check_clock(
    load_profiles: Callable[[], Profiles], load_network: Callable[[], Network], settings: Settings
) -> Iterator[Finding]:
    """Ask STS for the time: one request, with no credentials and no signature."""
    from shellvault.aws.clock import seconds_ahead

    try:
        endpoint = load_profiles().endpoint(None)
    except ShellvaultError as error:
        yield from_error(error)
        return
    if is_loopback(endpoint):
        fix = f"unset {' '.join(name for name, url in (settings.endpoint_urls or {}).items() if url == endpoint)}"
        yield Finding(WARN, f"credentials come from {endpoint}, not from AWS", fix)
    region = settings.default_region or home_region("aws")
    try:
        yield _judge(seconds_ahead(region, endpoint, load_network()), endpoint or "AWS")
    except AwsUnreachableError as error:
        yield Finding(WARN, f"{error.message}; could not check this machine's clock", error.hint)
    except UsageError as error:
        yield from_error(error)


def _judge(seconds: float, server: str) -> Finding:
    from shellvault.aws.refusals import SET_CLOCK, describe_clock

    if abs(seconds) < _TOLERATED:
        return Finding(OK, f"{server} answers, and this machine's clock agrees with it")
    if abs(seconds) < _REFUSED:
        return Finding(WARN, describe_clock(seconds), f"{_SUDO}{SET_CLOCK}")
    return Finding(FAIL, describe_clock(seconds), f"{_SUDO}{SET_CLOCK}", AwsRefusedError.status)
