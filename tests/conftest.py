"""What every test may ask for: the test AWS, and a house with shellvault in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.aws.conftest import aws
from tests.house import House

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.aws.server import AwsServer

__all__ = ["aws", "house"]


@pytest.fixture
def house(tmp_path: Path, aws: AwsServer) -> Iterator[House]:
    """Return a house of its own for every test that names it."""
    here = House(tmp_path, aws)
    yield here
    here.purge()
