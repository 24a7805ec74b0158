"""Writes the file from which `shellvault.quick_start` loads a command's modules."""

from __future__ import annotations
import __future__

import ast
import dis
import os
from contextlib import suppress
from graphlib import TopologicalSorter
from marshal import dumps
from typing import TYPE_CHECKING

from shellvault import __version__

_NO_DOCSTRINGS = 2  # as with `python -OO`

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import CodeType


def write_modules(
    file: str, folder: str, sources: Mapping[str, str], find_stamp: Callable[[str], tuple[int, int]]
) -> None:
    """Write the code of modules in the order in which they can be run; failures are ignored.

    Args:
        file: where to write it.
        folder: our package's.
        sources: the path of each module within the folder, by the module's name.
        find_stamp: takes such a path, and returns what changes when the source does.
    """
    with suppress(OSError, SyntaxError, ValueError):
        stamps = {name: find_stamp(path) for name, path in sources.items()}  # before the sources are read
        codes = {name: _compile(folder + path) for name, path in sources.items()}
        needed = {name: codes.keys() & set(_list_imports(name, code)) for name, code in codes.items()}
        order = TopologicalSorter(needed).static_order()
        entries = [(name, sources[name], stamps[name], codes[name]) for name in order]
        _replace(file, dumps(((__version__, folder), entries)))


def _compile(path: str) -> CodeType:
    """Compile a module without its docstrings, and without importing `__future__`, which has done its work by then.

    Raises:
        OSError: the source cannot be read, as in a single file that holds the whole program.
    """
    with open(path, "rb") as file:
        tree = ast.parse(file.read(), path)
    tree.body = [line for line in tree.body if not (isinstance(line, ast.ImportFrom) and line.module == "__future__")]
    flag = __future__.annotations.compiler_flag
    code: CodeType = compile(tree, path, "exec", flag, dont_inherit=True, optimize=_NO_DOCSTRINGS)
    return code


def _list_imports(name: str, code: CodeType) -> Iterator[str]:
    """Yield the packages around a module, and everything that its top-level code may import.

    A package comes before its own modules, even if it imports them.
    """
    parts = name.split(".")
    yield from (".".join(parts[:end]) for end in range(1, len(parts)))
    module = ""
    for instruction in dis.get_instructions(code):
        if instruction.opname == "IMPORT_NAME":
            module = found = str(instruction.argval)
        elif instruction.opname == "IMPORT_FROM":
            found = f"{module}.{instruction.argval}"
        else:
            continue
        if not f"{found}.".startswith(f"{name}."):
            yield found


def _replace(path: str, data: bytes) -> None:
    """Replace a file atomically. Like Python's own bytecode, it is readable by everyone."""
    new = f"{path}.{os.getpid()}"
    try:
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644), "wb") as stream:
            stream.write(data)
        os.replace(new, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(new)
        raise
