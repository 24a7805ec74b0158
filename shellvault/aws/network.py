"""How to reach AWS: which endpoints and certificates may be used, proxies, and how long to wait.

Nothing here reads this process's environment.
"""

from __future__ import annotations

import sys

from shellvault.aws.patience import Patience
from shellvault.core.durations import parse_timeout
from shellvault.core.record import Record
from shellvault.core.urls import is_loopback
from shellvault.system.atomic_file import read_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from shellvault.settings import Settings


class Guard:
    """Is asked before a credential leaves or a program starts; this one lets everything pass.

    Each method raises UsageError where the user does not trust what is to be used.
    """

    def check_endpoint(self, service: str, url: str) -> None:
        """Check a URL to which a service's calls go."""

    def check_metadata(self, variable: str, url: str) -> None:
        """Check the URL in `variable`, which gives credentials and gets a container's token."""

    def read_certificates(self, path: str) -> bytes:
        """Check a file of certificates, and return its content.

        Raises:
            OSError: it cannot be read.
        """
        return read_bytes(path)

    def check_program(self, what: str) -> None:
        """Check that a program of the config file may run; `what` names it."""


class Network(Record):
    """Certificates, proxies and patience for one command's calls.

    Attributes:
        ca_bundle: a file of certificates to trust instead of the built-in ones; empty for the built-in ones.
        proxies: scheme -> proxy, and under `no` the hosts that are reached without one.
        guard: checks endpoints and certificates before they are used.
        patience: how long to wait for answers.
        variants: which of AWS's own endpoints to use (FIPS, dual stack), by botocore's option names.
    """

    ca_bundle: str
    proxies: Mapping[str, str]
    guard: Guard = Guard()
    patience: Patience = Patience()
    variants: Mapping[str, bool] = {}

    def certificates_for(self, url: str) -> str:
        """Return the certificates to trust for a URL, in PEM; empty for the built-in ones.

        This returns exactly what was checked; the file may have changed since.

        Raises:
            UsageError: the certificates cannot be used, or are not trusted.
        """
        if not self.ca_bundle or not url.startswith("https://"):
            return ""
        from shellvault.aws.certificates import parse_certificates

        return parse_certificates(self.ca_bundle, self.guard.read_certificates)

    def proxies_for(self, url: str) -> dict[str, str]:
        """Return the proxies for a URL, scheme -> proxy; this machine is never reached through one."""
        if is_loopback(url):
            return {}
        from urllib.parse import urlsplit  # botocore loads it and urllib.request, and not every command does

        host = urlsplit(url).netloc
        if not self.proxies:
            return _system_proxies(host)
        return {} if _load_urllib().proxy_bypass_environment(host, self.proxies) else dict(self.proxies)


def find_network(
    settings: Settings,
    ca_bundle: str,
    guard: Guard | None = None,
    tell: Callable[[str], None] = lambda _text: None,
) -> Network:
    """Return the network for a command.

    `ca_bundle` comes from its options and profile; `tell` tells the user what we are waiting for.

    Raises:
        UsageError: the time limit cannot be read.
    """
    bundle = ca_bundle or settings.fallback_ca_bundle
    return Network(bundle, settings.proxies, guard or Guard(), Patience(parse_timeout(settings.timeout), tell))


def _system_proxies(host: str) -> dict[str, str]:
    """Return the proxies of the system's settings, which count where the environment names none."""
    urllib = _load_urllib()
    if sys.platform == "darwin":  # pragma: no cover - macOS
        return {} if urllib.proxy_bypass_macosx_sysconf(host) else dict(urllib.getproxies_macosx_sysconf())
    if sys.platform == "win32":  # pragma: no cover - Windows
        return {} if urllib.proxy_bypass_registry(host) else dict(urllib.getproxies_registry())
    return {}


def _load_urllib() -> Any:
    import urllib.request

    return urllib.request  # typed as anything, for its types know fewer functions than it has
