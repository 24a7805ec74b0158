"""A sandbox to lend from, and a far side to lend to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.endpoint.conftest import agents, runtime
from tests.lend.far_side import FarSide

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.agent.agent_sandbox import AgentSandbox

__all__ = ["agents", "far", "runtime"]


@pytest.fixture
def far(agents: AgentSandbox, tmp_path: Path) -> Iterator[FarSide]:
    """Return a far side for the sandbox `agents`, which has the profile `reader`."""
    here = FarSide(agents, tmp_path / "far")
    here.restart()
    yield here
    here.stop()
