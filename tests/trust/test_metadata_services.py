"""Services that give credentials to instances and containers: AWS's addresses, or this user's own server."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from shellvault.core.aws_hosts import is_metadata_address
from tests.providers.test_ambient_credentials import add_reader
from tests.trust.foreign_server import ForeignServer

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sandbox import Sandbox

ENV = ("env", "reader", "--shell", "bash")
FULL, RELATIVE = "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
INSTANCE = "AWS_EC2_METADATA_SERVICE_ENDPOINT"
SOURCES = {FULL: "EcsContainer", RELATIVE: "EcsContainer", INSTANCE: "Ec2InstanceMetadata"}
REFUSED = "names an address that is not one of AWS's metadata services, so nothing is asked there"
OWN = {"AWS_EC2_METADATA_DISABLED": "false", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "bearer"}


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize("variable", [FULL, INSTANCE])
def test_another_users_service_is_not_called(sandbox: Sandbox, tmp_path: Path, variable: str, host: str) -> None:
    """It would get the container's token, and could hand out its own credentials. The path may be a secret."""
    add_reader(sandbox, SOURCES[variable])
    with ForeignServer(tmp_path, "127.0.0.1") as server:
        url = f"http://{host}:{server.port}"
        done = sandbox.run(*ENV, **OWN, **{variable: f"{url}/secret"})
    assert (done.returncode, done.stdout, server.heard) == (2, "false\n", b"")
    assert f"error: {variable} names {url}, which is another user's server" in done.stderr
    assert "secret" not in done.stderr


@pytest.mark.parametrize("variable", [FULL, INSTANCE])
def test_the_users_own_service_is_called_with_a_notice(sandbox: Sandbox, tmp_path: Path, variable: str) -> None:
    """It is not AWS, so the user is told."""
    add_reader(sandbox, SOURCES[variable])
    with ForeignServer(tmp_path, "127.0.0.1", uid=os.geteuid()) as server:
        url = f"http://127.0.0.1:{server.port}"
        done = sandbox.run(*ENV, **OWN, **{variable: f"{url}/path"})
    assert f"shellvault: the credentials come from {url}, not from AWS\n" in done.stderr
    assert server.heard


@pytest.mark.parametrize(
    ("variable", "url"),
    [
        (FULL, "http://192.0.2.1/role"),
        (FULL, "https://stranger.example/role"),
        (FULL, "https://sts.amazonaws.com/role"),
        (FULL, "http://127.0.0.2/role"),
        (FULL, "http://169.254.170.2:8080/role"),
        (FULL, "http://169.254.170.2.stranger.example/role"),
        (RELATIVE, ":8080/role"),
        (RELATIVE, ".stranger.example/role"),
        (INSTANCE, "http://192.0.2.1"),
        (INSTANCE, "https://169.254.169.254"),
        (INSTANCE, "http://stranger.example"),
    ],
)
def test_unknown_services_are_not_called(sandbox: Sandbox, variable: str, url: str) -> None:
    """Whoever answers would decide whose credentials are used."""
    add_reader(sandbox, SOURCES[variable])
    done = sandbox.run(*ENV, **OWN, **{variable: url})
    assert (done.returncode, done.stdout) == (2, "false\n")
    assert f"error: {variable} {REFUSED}\nhint: unset {variable}, or correct it\n" in done.stderr


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/",
        "http://169.254.169.254:80/latest",
        "http://[fd00:ec2::254]",
        "http://169.254.170.2/v2/credentials/id",
        "http://169.254.170.23/v1/credentials",
        "http://[FD00:EC2::23]/v1/credentials",
    ],
)
def test_aws_metadata_addresses_are_known(url: str) -> None:
    """Those of EC2, ECS and EKS, over IPv4 and IPv6."""
    assert is_metadata_address(url)
