"""Imports go down only: the layer of a module decides what it may import."""

from __future__ import annotations

from graphlib import TopologicalSorter
from typing import TYPE_CHECKING

from tests.architecture.source_reader import inner_imports, modules, outer_imports

if TYPE_CHECKING:
    from collections.abc import Iterable

LAYERS: tuple[tuple[str, ...], ...] = (
    ("core",),
    ("compat.awsvault.options", "compat.awsvault.variables", "argparser", "unknown_option"),
    ("system", "shellvault", "agent_contact", "exec_program", "quick_start_writer"),
    ("settings", "session_options", "request"),
    ("awsconfig",),
    ("aws", "storage", "ui", "shell"),
    ("providers", "import_sources", "compat", "agent"),
    ("own_process", "failed_eval"),
    ("doctor",),
    ("app", "choose_profile", "key_reminder"),
    ("commands",),
    ("cli", "completion", "help", "typed_lines", "unknown_command"),
    (
        "agent.host",
        "agent.minting",
        "agent.process",
        "agent.quick_answers",
        "agent.renewals",
        "agent.runner",
        "agent.server",
    ),
    ("quick_start",),
    ("__main__",),
)
"""Modules and packages below `shellvault`, from the bottom up. The longest matching name counts."""

BASE = ("shellvault.compat", "shellvault.compat.awsvault")
"""Packages that hold nothing but a docstring."""

CORE_MAY_USE = {
    "__future__",
    "_blake2",
    "base64",
    "difflib",
    "fnmatch",
    "hashlib",
    "json",
    "os",
    "shlex",
    "time",
    "typing",
    "urllib",
    "zlib",
}
"""The standard modules of the core: nothing that opens files or sockets, or starts processes."""

SEPARATE = {"aws", "storage", "ui", "shell"}
"""Adapters of one kind may import each other; those of different kinds may not."""


def test_every_module_has_a_layer() -> None:
    """A new top-level module needs a layer here."""
    assert [name for name in modules() if name not in BASE and _layer(name) is None] == []


def test_no_import_goes_up() -> None:
    """Imports go to the same layer or below, including lazy and typing-only ones."""
    arrows = ((arrow.importer, arrow.imported) for arrow in inner_imports() if arrow.imported not in BASE)
    assert _arrows(pair for pair in arrows if (_layer(pair[1]) or 0) > (_layer(pair[0]) or 0)) == []


def test_imports_form_no_circle() -> None:
    """The modules can be put in one order in which each comes after what it imports."""
    graph: dict[str, set[str]] = {}
    for arrow in inner_imports():
        graph.setdefault(arrow.importer, set()).add(arrow.imported)
    TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


def test_adapters_of_different_kinds_do_not_import_each_other() -> None:
    """Only providers and the composition root bring them together."""
    pairs = {
        (arrow.importer, arrow.imported): {_top(arrow.importer), _top(arrow.imported)} for arrow in inner_imports()
    }
    assert _arrows(pair for pair, tops in pairs.items() if len(tops) == 2 and tops <= SEPARATE) == []


def test_the_core_uses_nothing_that_does_io() -> None:
    """It imports a few standard modules, and no library."""
    used = {(arrow.importer, arrow.imported) for arrow in outer_imports() if _top(arrow.importer) == "core"}
    assert _arrows(pair for pair in used if pair[1] not in CORE_MAY_USE) == []


def _top(name: str) -> str:
    return [*name.split("."), ""][1]


def _layer(name: str) -> int | None:
    inner = name.removeprefix("shellvault.")
    matches = [
        (len(part), number)
        for number, layer in enumerate(LAYERS)
        for part in layer
        if inner == part or inner.startswith(f"{part}.")
    ]
    return max(matches)[1] if matches else None


def _arrows(pairs: Iterable[tuple[str, str]]) -> list[str]:
    return sorted(f"{importer} -> {imported}" for importer, imported in pairs)
