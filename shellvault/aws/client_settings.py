"""Refuses regions, endpoints and proxies that botocore cannot use, and names the setting."""

from __future__ import annotations

from ipaddress import IPv6Address
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from shellvault.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST_HOST, _LONGEST_LABEL = 253, 63  # characters; RFC 1123
_SSO = ("sso", "sso-oidc")
_ALLOWED = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")


def require_region(service: str, region: str) -> None:
    """Refuse a region that cannot be part of a host name.

    Raises:
        UsageError: it cannot.
    """
    if not _is_label(region) or region.isdecimal():
        name = "sso_region" if service in _SSO else "region"
        raise UsageError(f"{name}: {region!r} is not a region", f"correct {name} in the config file, or AWS_REGION")


def require_endpoint(url: str, name: str = "endpoint_url") -> None:
    """Refuse an endpoint that is not a host's URL with at most a path after it; `name` is the setting's name.

    Raises:
        UsageError: it is not.
    """
    parts = _split(url)
    if parts is None or parts.query or parts.fragment or parts.username is not None:
        shown = "its value" if "@" in url else repr(url)  # a user's password may be in it
        where = f"{name} in the config file, or AWS_ENDPOINT_URL" if name.islower() else name
        raise UsageError(f"{name}: {shown} is not the URL of an endpoint", f"correct {where}: https://HOST")


def require_proxy(url: str, proxies: Mapping[str, str]) -> None:
    """Refuse a proxy for `url` that is neither a URL nor host and port, without showing it: it may hold a password.

    Raises:
        UsageError: it is neither.
    """
    scheme = url.partition(":")[0]
    proxy = proxies.get(scheme)
    if proxy and _split(proxy if "://" in proxy else f"http://{proxy}") is None:
        name = f"{scheme.upper()}_PROXY"
        raise UsageError(f"{name} is not the URL of a proxy", f"set {name} to http://HOST:PORT, or unset it")


def _split(url: str) -> SplitResult | None:
    """Return the parts of an http or https URL; None if its host or port is invalid."""
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname or ""
    except ValueError:
        return None
    usable = url.isascii() and url.isprintable() and " " not in url and parts.scheme in ("http", "https")
    return parts if usable and port != 0 and _is_host(host) else None


def _is_host(host: str) -> bool:
    if ":" in host:
        try:
            return bool(IPv6Address(host))
        except ValueError:
            return False
    return len(host) <= _LONGEST_HOST and all(map(_is_label, host.removesuffix(".").split(".")))


def _is_label(text: str) -> bool:
    """Return whether a text can be one label of a host name."""
    return 0 < len(text) <= _LONGEST_LABEL and _ALLOWED.issuperset(text) and text == text.strip("-")
