"""The user whose key pair is rotated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.rotation.rotating_user import RotatingUser

if TYPE_CHECKING:
    from tests.sandbox import Sandbox


@pytest.fixture
def user(sandbox: Sandbox) -> RotatingUser:
    """Return a user with the key pair `dev`."""
    return RotatingUser(sandbox, sandbox.aws.world.user("alice"))
