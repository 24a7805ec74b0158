"""The agent reuses connections to AWS, yet each call has its own command's keys, trusted certificates and proxy."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests.aws.authority import write_certificates
from tests.aws.server import AwsServer
from tests.commands.role_profiles import add_role
from tests.trust.inspecting_proxy import InspectingProxy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.agent.agent_sandbox import AgentSandbox

COLD = ("exec", "reader", "--json", "--fresh")
STS = "sts.eu-west-1.amazonaws.com:443"


@pytest.fixture
def ca(tmp_path: Path) -> Path:
    """Return the path of the CA file that `secure` writes."""
    return tmp_path / "ca.pem"


@pytest.fixture
def secure(agents: AgentSandbox, ca: Path, tmp_path: Path) -> Iterator[AwsServer]:
    """Return the test AWS over TLS; the environment names its endpoint and its CA file, which is trusted."""
    add_role(agents.sandbox)
    with AwsServer(agents.sandbox.aws.world, certificate=write_certificates(tmp_path, ca)) as aws:
        agents.sandbox.env |= {"AWS_ENDPOINT_URL": aws.url, "AWS_CA_BUNDLE": str(ca)}
        assert agents.run("trust", str(ca)).returncode == 0
        agents.start()
        yield aws


def test_calls_share_a_connection(agents: AgentSandbox, secure: AwsServer) -> None:
    """Without an agent, each call opens its own."""
    for _ in range(3):
        assert agents.run(*COLD).returncode == 0
    assert (agents.sandbox.aws.world.count("AssumeRole"), secure.connections) == (3, 1)
    for _ in range(2):
        assert agents.run(*COLD, SHELLVAULT_AGENT="off").returncode == 0
    assert secure.connections == 3


def test_an_open_connection_is_not_used_after_the_ca_file_has_changed(
    agents: AgentSandbox, secure: AwsServer, ca: Path, tmp_path: Path
) -> None:
    """The new file must be trusted first, and then the server's certificate does not match it."""
    assert (agents.run(*COLD).returncode, secure.connections) == (0, 1)
    other = tmp_path / "other"
    other.mkdir()
    write_certificates(other, ca)
    refused = agents.run(*COLD)
    assert refused.returncode == 2, refused.stderr
    assert f"{ca} is not trusted" in refused.stderr
    assert agents.run("trust", str(ca)).returncode == 0
    failed = agents.run(*COLD)
    assert failed.returncode == 8, failed.stderr
    assert "the certificate of " in failed.stderr
    assert agents.sandbox.aws.world.count("AssumeRole") == 1


def test_a_connection_verified_by_a_ca_file_is_not_used_without_that_file(
    agents: AgentSandbox, secure: AwsServer
) -> None:
    """A command that trusts only the built-in certificates opens its own connection, and rejects the server."""
    assert agents.run(*COLD).returncode == 0
    failed = agents.run(*COLD, AWS_CA_BUNDLE="")
    assert failed.returncode == 8, failed.stderr
    assert agents.sandbox.aws.world.count("AssumeRole") == 1
    assert secure.connections > 1


def test_each_proxy_has_its_own_connections(agents: AgentSandbox, tmp_path: Path) -> None:
    """A command with another proxy never uses a connection through the first one."""
    add_role(agents.sandbox, more="region = eu-west-1")
    agents.sandbox.env |= {"NO_PROXY": "", "AWS_ENDPOINT_URL": ""}
    agents.start()
    with ExitStack() as stack:
        seen = []
        for name in ("one", "two"):
            (tmp_path / name).mkdir()
            proxy = stack.enter_context(InspectingProxy(tmp_path / name, agents.sandbox.aws.url))
            assert agents.run("trust", str(proxy.ca)).returncode == 0
            for _ in range(2):
                done = agents.run(*COLD, HTTPS_PROXY=proxy.url, AWS_CA_BUNDLE=str(proxy.ca))
                assert done.returncode == 0, done.stderr
            seen.append(proxy)
        assert [proxy.hosts for proxy in seen] == [[STS], [STS]]
    assert agents.sandbox.aws.world.count("AssumeRole") == 4


def test_each_call_is_signed_with_its_own_key(agents: AgentSandbox) -> None:
    """All calls share one client, which must not remember a key."""
    world = agents.sandbox.aws.world
    keys = {name: world.user(f"user-{name}").access_key() for name in ("one", "two")}
    for name, key in keys.items():
        agents.sandbox.add(name, key, "--no-config")
        agents.sandbox.configure(f"[profile {name}]\nregion = eu-west-1\n")
    agents.start()
    for name in ("one", "two", "one"):
        assert agents.run("exec", name, "--json", "--fresh").returncode == 0
    signed = [call.access_key_id for call in world.calls if call.action == "GetSessionToken"]
    assert signed == [keys[name].id for name in ("one", "two", "one")]
