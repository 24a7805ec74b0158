"""Fixtures shared by the dialect tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.dialects.hostile_values import hostile_values
from tests.full_size import scale
from tests.shells.real_shells import clean_env

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def values() -> list[bytes]:
    """Hostile values: a hundred thousand at full size."""
    return hostile_values(scale(125_000))


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """Return the initial environment of a test's shell."""
    return clean_env(tmp_path)
