"""Fixtures for the tests of AWS config files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    WriteConfig = Callable[[str], Path]


@pytest.fixture(scope="session")
def write_config(tmp_path_factory: pytest.TempPathFactory) -> WriteConfig:
    """Return a function that writes a text into one file, always the same, and returns its path."""
    path = tmp_path_factory.mktemp("config") / "config"

    def write(text: str) -> Path:
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        return path

    return write
