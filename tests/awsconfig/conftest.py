"""What the core's tests share: a config file to write over and over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Scratch = Callable[[str], Path]


@pytest.fixture(scope="session")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Scratch:
    """Return what writes a text into one file, always the same, and gives its path."""
    path = tmp_path_factory.mktemp("config") / "config"

    def write(text: str) -> Path:
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        return path

    return write
