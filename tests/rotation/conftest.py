"""Whose key pair is rotated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.rotation.owner import Owner

if TYPE_CHECKING:
    from tests.house import House


@pytest.fixture
def owner(house: House) -> Owner:
    """Return a person with the key pair `dev`."""
    return Owner(house, house.aws.world.user("alice"))
