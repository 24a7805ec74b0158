"""A sandbox in which commands may start an agent, which ends with the test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.agent.agent_sandbox import AgentSandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.sandbox import Sandbox


@pytest.fixture
def agents(sandbox: Sandbox, tmp_path: Path) -> Iterator[AgentSandbox]:
    """Return a sandbox with the key pair `base` and a runtime folder; no agent runs yet."""
    found = AgentSandbox(sandbox, tmp_path / "run")
    try:
        yield found
    finally:
        found.end()
