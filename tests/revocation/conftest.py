"""The team whose sessions are taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.agent.conftest import agents
from tests.revocation.team import Team

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

__all__ = ["agents", "team"]


@pytest.fixture
def team(sandbox: Sandbox) -> Team:
    """Return a user, alice, and the profiles of roles."""
    return Team(sandbox)
