"""Reads every import and expression of the package from its source, lazy and typing-only ones too, and runs nothing."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import shellvault
from shellvault.core.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(shellvault.__file__).parent


class Import(Record):
    """One arrow from a module of the package to a module of the package, or to somebody else's."""

    importer: str
    imported: str
    for_types: bool


@cache
def modules() -> dict[str, ast.Module]:
    """Return every module of the package by its dotted name."""
    return {_module_name(path): ast.parse(path.read_text()) for path in sorted(PACKAGE.rglob("*.py"))}


def inner_imports() -> list[Import]:
    """Return the arrows within the package."""
    return [arrow for arrow in _imports() if arrow.imported.partition(".")[0] == "shellvault"]


def outer_imports() -> list[Import]:
    """Return the arrows out of the package at run time; `imported` is the top of the other package."""
    outward = (arrow for arrow in _imports() if arrow.imported.partition(".")[0] != "shellvault")
    return [arrow.replace(imported=arrow.imported.partition(".")[0]) for arrow in outward if not arrow.for_types]


def users_of(code: str) -> set[str]:
    """Return the modules whose source contains an expression, such as `os.environ`; strings do not count."""
    return {
        name
        for name, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute | ast.Name) and ast.unparse(node) == code
    }


def strings_in(name: str) -> list[str]:
    """Return the string constants of a module, without its docstrings."""
    tree = modules()[name]
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        if node.body and isinstance(node.body[0], ast.Expr)
    }
    constants = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in docstrings)
    return [node.value for node in constants if isinstance(node.value, str)]


@cache
def _imports() -> list[Import]:
    known = modules()
    return [
        Import(name, imported, for_types)
        for name, tree in known.items()
        for node, for_types in _walk(tree)
        for imported in _imported_modules(node, known)
    ]


def _module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _walk(node: ast.AST, *, for_types: bool = False) -> Iterator[tuple[ast.AST, bool]]:
    """Return every node, and whether it is under `if TYPE_CHECKING:`."""
    for field, value in ast.iter_fields(node):
        is_guarded = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING" and field == "body"
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield child, for_types or is_guarded
                yield from _walk(child, for_types=for_types or is_guarded)


def _imported_modules(node: ast.AST, known: dict[str, ast.Module]) -> list[str]:
    """Return the modules that one statement imports; `from package import module` imports the module."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        assert node.level == 0, "relative imports are not used here"
        inner = [f"{node.module}.{alias.name}" for alias in node.names]
        return list(dict.fromkeys(name if name in known else str(node.module) for name in inner))
    return []
