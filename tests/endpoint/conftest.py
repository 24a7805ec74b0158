"""An endpoint for many tests, and a sandbox for those that need one of their own."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.agent.agent_sandbox import AgentSandbox
from tests.aws.server import AwsServer
from tests.commands.role_profiles import add_role
from tests.endpoint.serving import Serving, prepare, serve
from tests.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """Return an endpoint shared by the tests of a module."""
    with AwsServer() as aws:
        sandbox = Sandbox(tmp_path_factory.mktemp("serving"), aws)
        prepare(sandbox)
        with serve(sandbox) as served:
            yield served
        sandbox.purge()


@pytest.fixture
def reader(sandbox: Sandbox) -> Sandbox:
    """Return a sandbox with the profile `reader`."""
    prepare(sandbox)
    return sandbox


@pytest.fixture
def runtime() -> Iterator[Path]:
    """Return a runtime folder whose path is short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="shellvault-") as folder:
        yield Path(folder) / "run"


@pytest.fixture
def agents(sandbox: Sandbox, runtime: Path) -> Iterator[AgentSandbox]:
    """Return a sandbox with the profile `reader`, whose agents are killed at the end of the test."""
    found = AgentSandbox(sandbox, runtime)
    add_role(sandbox, more="region = eu-west-1")
    try:
        yield found
    finally:
        found.end()
