"""A sandbox in which commands may start an agent, which ends with the test."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from tests.agent.agent_sandbox import AgentSandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sandbox import Sandbox


@pytest.fixture
def agents(sandbox: Sandbox) -> Iterator[AgentSandbox]:
    """Return a sandbox with a runtime folder; no agent runs yet."""
    with TemporaryDirectory(prefix="sv-") as folder:  # pytest's folders are too long for a socket's path
        found = AgentSandbox(sandbox, Path(folder) / "run")
        try:
            yield found
        finally:
            found.end()
