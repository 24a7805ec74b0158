"""Whose key pair is rotated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.rotation.owner import Owner

if TYPE_CHECKING:
    from tests.sandbox import Sandbox


@pytest.fixture
def owner(sandbox: Sandbox) -> Owner:
    """Return a person with the key pair `dev`."""
    return Owner(sandbox, sandbox.aws.world.user("alice"))
