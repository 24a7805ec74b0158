"""The test AWS can use TLS, and can close each connection after one request."""

from __future__ import annotations

import ssl
from http.client import HTTPSConnection
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.aws.authority import write_certificates
from tests.aws.server import AwsServer

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(("keeps", "connections"), [(True, 1), (False, 3)])
def test_connections_are_kept_or_closed(tmp_path: Path, connections: int, *, keeps: bool) -> None:
    """One client sends three requests."""
    ca = tmp_path / "ca.pem"
    with AwsServer(certificate=write_certificates(tmp_path, ca), keeps_connections=keeps) as aws:
        client = HTTPSConnection(urlsplit(aws.url).netloc, context=ssl.create_default_context(cafile=ca))
        for _ in range(3):
            client.request("POST", "/", "Action=GetCallerIdentity&Version=2011-06-15")
            assert client.getresponse().read()
        client.close()
        assert aws.connections == connections


def test_clients_without_its_ca_file_reject_it(tmp_path: Path) -> None:
    """No other client trusts the authority that issued its certificate."""
    with AwsServer(certificate=write_certificates(tmp_path, tmp_path / "ca.pem")) as aws:
        client = HTTPSConnection(urlsplit(aws.url).netloc)
        with pytest.raises(ssl.SSLCertVerificationError):
            client.request("POST", "/")
