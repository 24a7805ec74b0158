"""The team whose sessions are taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.revocation.team import Team

if TYPE_CHECKING:
    from tests.sandbox import Sandbox


@pytest.fixture
def team(sandbox: Sandbox) -> Team:
    """Return a user, alice, and the profiles of roles."""
    return Team(sandbox)
