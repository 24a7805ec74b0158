"""Sandboxes in which commands may start an agent; it is killed at the end of the test."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.agent.agent_sandbox import AgentSandbox
from tests.commands.role_profiles import add_role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sandbox import Sandbox


@pytest.fixture
def agents(sandbox: Sandbox) -> Iterator[AgentSandbox]:
    """Return a sandbox whose runtime folder has a path short enough for a socket; no agent is running yet."""
    with tempfile.TemporaryDirectory(prefix="shellvault-") as folder:
        found = AgentSandbox(sandbox, Path(folder, "run"))
        try:
            yield found
        finally:
            found.end()


@pytest.fixture
def reader(agents: AgentSandbox) -> AgentSandbox:
    """Return a sandbox with the role `reader`, and no agent."""
    add_role(agents.sandbox)
    return agents
