"""What a URL says about its host, read strictly: anything unusual has no host. Pure."""

from __future__ import annotations

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_USUAL = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]")


def authority_of(url: str) -> str:
    """Return host and port of an http or https URL as they are written; the empty string if the URL is unusual."""
    return url.partition("://")[2].partition("/")[0] if host_of(url) else ""


def host_of(url: str) -> str:
    """Return the host of an http or https URL, in lower case; the empty string if the URL is unusual."""
    scheme, separator, rest = url.partition("://")
    authority = rest.partition("/")[0]
    if scheme not in ("http", "https") or not separator or not _USUAL.issuperset(authority):
        return ""
    name, colon, port = authority.rpartition(":")
    return (name if colon and port.isdigit() else authority).lower()


def is_loopback(url: str) -> bool:
    """Return whether the URL's host is this machine."""
    return host_of(url) in LOOPBACK
