"""Fixtures for all tests: the test AWS, and a sandbox with shellvault. And the order in which workers run them."""

from __future__ import annotations

from binascii import crc32
from typing import TYPE_CHECKING

import pytest

from tests.aws.conftest import aws
from tests.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.aws.server import AwsServer

__all__ = ["aws", "sandbox"]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mix the files between workers: folders whose tests mostly wait would otherwise leave all of them idle at once."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: crc32(str(item.path.relative_to(config.rootpath)).encode()))


@pytest.fixture
def sandbox(tmp_path: Path, aws: AwsServer) -> Iterator[Sandbox]:
    """Return a new sandbox for each test that uses it."""
    here = Sandbox(tmp_path, aws)
    yield here
    here.purge()
