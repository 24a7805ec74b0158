"""Fixtures for all tests: the test AWS, and a sandbox with shellvault."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.aws.conftest import aws
from tests.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.aws.server import AwsServer

__all__ = ["aws", "sandbox"]


@pytest.fixture
def sandbox(tmp_path: Path, aws: AwsServer) -> Iterator[Sandbox]:
    """Return a new sandbox for each test that uses it."""
    here = Sandbox(tmp_path, aws)
    yield here
    here.purge()
