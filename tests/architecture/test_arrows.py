"""No arrow goes up, none in a circle: what a module may import is decided by the floor that it stands on."""

from __future__ import annotations

from graphlib import TopologicalSorter
from typing import TYPE_CHECKING

import pytest

from tests.architecture.imports import foreign, modules, own

if TYPE_CHECKING:
    from collections.abc import Iterable

FLOORS: tuple[tuple[str, ...], ...] = (
    ("", "record", "errors", "shown", "places", "bugs"),  # the ground: leans on nothing
    ("model", "durations", "grammar", "awsvaultflags"),  # values
    ("config", "endpoints", "book", "chains", "environment", "rotation", "vault"),  # the core
    ("stores", "minters", "prompts", "dialects", "formats", "console", "programs", "browser", "shells", "shellfiles"),
    ("person", "stored", "app", "mint"),  # the composition root
    ("commands", "checkup", "importing", "keeping", "refresh", "process", "sso", "timelimit", "become"),
    ("cli", "help"),
    ("__main__",),
)
"""Modules and packages below `shellvault`, from the ground up; a package stands for all that is in it."""

CORE = FLOORS[2]
CORE_MAY_USE = {"__future__", "_blake2", "difflib", "hashlib", "os", "time", "typing"}
"""Nothing that reaches out: no sockets, no processes, no libraries but the standard one."""

UNDER_ONE_ROOF = {"stores", "minters", "prompts", "dialects", "console"}
"""Adapters of one kind may lean on each other; those of different kinds know nothing of each other."""


def test_every_module_stands_on_a_floor() -> None:
    """A new module has to be given its floor here."""
    assert [name for name in modules() if _part(name) not in sum(FLOORS, ())] == []


def test_no_arrow_goes_up() -> None:
    """Imports go down or stay on the floor, lazy ones and those for types alike."""
    assert (
        _shown((arrow.importer, arrow.imported) for arrow in own() if _floor(arrow.imported) > _floor(arrow.importer))
        == []
    )


def test_no_arrows_make_a_circle() -> None:
    """The whole package can be put in one order, in which every module comes after what it imports."""
    graph: dict[str, set[str]] = {}
    for arrow in own():
        graph.setdefault(arrow.importer, set()).add(arrow.imported)
    TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


def test_adapters_of_different_kinds_know_nothing_of_each_other() -> None:
    """Only the composition root brings them together."""
    parts = {(arrow.importer, arrow.imported): {_part(arrow.importer), _part(arrow.imported)} for arrow in own()}
    assert _shown(pair for pair, both in parts.items() if len(both) == 2 and both <= UNDER_ONE_ROOF) == []


@pytest.mark.parametrize("name", ["vault", "chains", "environment", "model", "errors", "record", "durations", "config"])
def test_the_core_names_no_adapter(name: str) -> None:
    """What the core needs it states in Protocols; it does not even import an adapter's types."""
    reached = {_part(arrow.imported) for arrow in own() if _part(arrow.importer) == name}
    assert sorted(part for part in reached if _floor(f"shellvault.{part}") >= 3) == []


def test_the_core_uses_nothing_that_reaches_out() -> None:
    """Of the standard library it takes little, and of other libraries nothing."""
    used = {(arrow.importer, arrow.imported) for arrow in foreign() if _part(arrow.importer) in CORE}
    assert _shown(pair for pair in used if pair[1] not in CORE_MAY_USE) == []


def _part(name: str) -> str:
    """Return the module or package right below `shellvault`."""
    return [*name.split("."), ""][1]


def _floor(name: str) -> int:
    return next((number for number, floor in enumerate(FLOORS) if _part(name) in floor), len(FLOORS))


def _shown(pairs: Iterable[tuple[str, str]]) -> list[str]:
    return sorted(f"{importer} -> {imported}" for importer, imported in pairs)
