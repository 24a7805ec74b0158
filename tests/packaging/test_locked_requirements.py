"""packaging/requirements.txt: all that the program needs at run time, with hashes, as the tests run with it."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import distribution
from typing import TYPE_CHECKING

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.packaging.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from packaging.utils import NormalizedName

LOCKED = ROOT / "packaging" / "requirements.txt"
TOOLS = ROOT / "packaging" / "tools.txt"
SUPPORTED = ("3.11", "3.12", "3.13")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
files = pytest.mark.parametrize("file", [LOCKED, TOOLS], ids=lambda file: file.name)


def locked() -> dict[NormalizedName, Requirement]:
    """Return the locked requirements by their name."""
    lines = [line.removesuffix("\\") for line in LOCKED.read_text().splitlines() if line[:1].isalnum()]
    return {canonicalize_name(found.name): found for found in map(Requirement, lines)}


def version(requirement: Requirement) -> str:
    """Return the one version that a locked requirement allows."""
    (specifier,) = requirement.specifier
    assert specifier.operator == "=="
    return specifier.version


@pytest.mark.parametrize("python", SUPPORTED)
def test_everything_that_is_needed_is_locked_within_its_bounds(python: str) -> None:
    """What the project asks for, and what that asks for in turn, on Linux with this version of Python."""
    environment = {"python_version": python, "python_full_version": f"{python}.0", "extra": ""}
    waiting = [Requirement(text) for text in PROJECT["dependencies"]]
    seen = set()
    while waiting:
        wanted = waiting.pop()
        name = canonicalize_name(wanted.name)
        found = locked()[name]
        assert found.marker is None or found.marker.evaluate(environment), f"{name} is not for Python {python}"
        assert wanted.specifier.contains(version(found)), f"{wanted} but {found}"
        if name not in seen:
            seen.add(name)
            needs = map(Requirement, requires(name))
            waiting += [need for need in needs if need.marker is None or need.marker.evaluate(environment)]
    assert len(seen) > len(PROJECT["dependencies"])


def requires(name: str) -> list[str]:
    """Return what an installed package asks for."""
    return distribution(name).requires or []


def test_the_lower_bound_of_python_is_that_of_the_project() -> None:
    """A newer bound must be locked anew."""
    assert PROJECT["requires-python"] == f">={SUPPORTED[0]}"
    tested = [line.rpartition(" ")[2] for line in PROJECT["classifiers"] if " :: 3." in line]
    assert tuple(tested) == SUPPORTED


def test_the_locked_versions_are_those_that_the_tests_run_with() -> None:
    """Nobody who installs by hash gets another one."""
    lines = (ROOT / "tests" / "requirements.txt").read_text().splitlines()
    tested = {canonicalize_name(line.partition("==")[0]): line.partition("==")[2] for line in lines if line[0] != "#"}
    differ = {name for name, found in locked().items() if name not in tested or tested[name] != version(found)}
    assert differ <= {"pywin32-ctypes"}  # for Windows only


@files
def test_every_locked_version_has_hashes(file: Path) -> None:
    """So pip takes no file but those that were there when it was locked."""
    blocks = re.split(r"\n(?=[a-zA-Z0-9])", file.read_text().partition("\n")[2])
    assert [block for block in blocks if "--hash=sha256:" not in block] == []


@files
def test_no_locked_file_names_a_registry_or_a_folder(file: Path) -> None:
    """Which registry is asked is the business of whoever installs."""
    assert re.findall(r"https?:|--(?:extra-)?index-url|--find-links|(?m:^|\s)/\w+", file.read_text()) == []


def test_the_tools_are_pinned() -> None:
    """What tools.in asks for is what tools.txt has; the tests build with the same hatchling."""
    lines = (ROOT / "packaging" / "tools.in").read_text().splitlines()
    for pin in (line for line in lines if line[0] != "#"):
        assert f"\n{pin} \\\n" in TOOLS.read_text()
    (hatchling,) = (line for line in lines if line.startswith("hatchling=="))
    assert f"\n{hatchling}\n" in (ROOT / "tests" / "requirements.txt").read_text()
