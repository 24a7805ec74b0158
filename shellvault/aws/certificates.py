"""Trusts a CA's certificates exactly as they were checked: TLS gets their content and never reopens the file."""

from __future__ import annotations

import os
import ssl
from functools import lru_cache
from socket import IPPROTO_TCP, TCP_NODELAY
from typing import TYPE_CHECKING, Any

from botocore.httpsession import URLLib3Session, where

from shellvault.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


_MOST_FILES = 16
_AT_ONCE = (IPPROTO_TCP, TCP_NODELAY, 1)
"""A socket option that urllib3 sets and botocore does not. Without it, a request on a reused connection waits 40 ms for
the server to acknowledge its first half."""


def parse_certificates(path: str, read: Callable[[str], bytes]) -> str:
    """Return a file's certificates, in PEM; `read` returns its content.

    Raises:
        UsageError: the file cannot be read, or holds no usable certificate.
    """
    try:
        content = read(path)
    except (OSError, ValueError) as error:
        raise _unusable(path, f"cannot be read: {getattr(error, 'strerror', '') or 'its name is not valid'}") from None
    if not content.strip():
        raise _unusable(path, "is empty")
    certificates = content.decode("ascii", "ignore")  # only comments have other characters
    if not _is_readable(certificates):
        raise _unusable(path, "holds no certificate that can be read")
    return certificates


@lru_cache(maxsize=_MOST_FILES)
def _is_readable(certificates: str) -> bool:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=certificates)
    except (ssl.SSLError, ValueError):
        return False
    return True


def find_built_in() -> tuple[object, ...]:
    """Return what tells the built-in certificates from those that an upgrade may replace them with."""
    found = os.stat(where())
    return where(), found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def _unusable(path: str, reason: str) -> UsageError:
    return UsageError(f"the CA file {path} {reason}", "correct ca_bundle in the config file, or AWS_CA_BUNDLE")


class CertifiedSession(URLLib3Session):
    """botocore's HTTP session, given certificates as PEM text, not a file; without any, it uses the built-in ones."""

    def __init__(
        self, certificates: str, *, is_secure: bool, proxies: Mapping[str, str], timeout: tuple[float, float]
    ) -> None:
        self._certificates = certificates
        self._is_secure = is_secure
        create: Any = super().__init__  # its type stubs lack some of its arguments and methods
        create(verify=True, proxies=dict(proxies), timeout=timeout, socket_options=[_AT_ONCE])

    def _get_ssl_context(self) -> ssl.SSLContext:
        base: Any = super()
        context: ssl.SSLContext = base._get_ssl_context()  # noqa: SLF001 - as any override may
        if self._certificates:
            context.load_verify_locations(cadata=self._certificates)
        elif self._is_secure:
            context.load_verify_locations(where())  # once: urllib3 would read them again for each connection
        return context

    def _setup_ssl_cert(self, conn: Any, url: str, verify: Any) -> None:
        base: Any = super()
        base._setup_ssl_cert(conn, url, verify)  # noqa: SLF001 - as any override may
        conn.ca_certs = None  # the context has them, and must have no others

    def _setup_proxy_ssl_context(self, proxy_url: str) -> ssl.SSLContext | None:
        """Return the TLS context for verifying an https proxy: it has the same certificates."""
        del proxy_url
        return self._get_ssl_context() if self._certificates else None
