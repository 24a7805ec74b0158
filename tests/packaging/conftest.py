"""The sdist and the wheel made from it, built once."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from shellvault.core.record import Record

ROOT = Path(__file__).parents[2]
HATCHLING = Path(sys.executable).with_name("hatchling")


class Built(Record):
    """The unpacked sdist, and the wheel that was built from it and from nothing else."""

    sdist: Path
    wheel: Path


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Return what a release would consist of."""
    return build(tmp_path_factory.mktemp("dist"))


def build(folder: Path) -> Built:
    """Build both into a folder."""
    _build("sdist", ROOT, folder)
    with tarfile.open(_only(folder, "*.tar.gz")) as archive:
        archive.extractall(folder, filter="data")
    sdist = _only(folder, "shellvault-*/")
    _build("wheel", sdist, folder)
    return Built(sdist, _only(folder, "*.whl"))


def _build(target: str, source: Path, folder: Path) -> None:
    argv: list[str | Path] = [HATCHLING, "build", "--target", target, "--directory", folder]
    subprocess.run(argv, cwd=source, check=True, capture_output=True)


def _only(folder: Path, pattern: str) -> Path:
    (found,) = folder.glob(pattern)
    return found
