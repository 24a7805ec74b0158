"""Measures the shape of the package: `python -m tests.architecture.figures` prints each figure with its limit.

Everything is read from the source, except the figures of a warm `env`, which is run and traced.
"""

from __future__ import annotations

import ast
import json
import sys
import tempfile
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from shellvault.core.chain import root_credentials
from shellvault.core.chain.links import Link
from tests.architecture.source_reader import PACKAGE, modules
from tests.aws.server import AwsServer
from tests.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

TRACER = Path(__file__).with_name("tracer.py")
SMALL, LARGE = 30, 250  # lines of a file
SPARED = ("__init__.py", "__main__.py")


class Figure(NamedTuple):
    """One measured number and the most that it may be."""

    what: str
    value: float
    limit: float


class Trace(NamedTuple):
    """What one traced command did in the package's own code."""

    functions: int
    file_changes: int
    most_parses_of_a_profile: int


def static_figures() -> list[Figure]:
    """Return the figures that can be read from the source."""
    lengths = sorted(node.end_lineno - node.lineno + 1 for node in _functions() if node.end_lineno)
    return [
        Figure("functions that take the whole app, besides commands", len(functions_with_app()), 4),
        Figure("isinstance of a link's kind", len(kind_checks()), 0),
        Figure("files that name one source of credentials", max(map(len, files_by_source().values())), 3),
        Figure("module stems that occur twice", len(repeated(_stems())), 0),
        Figure("class names that occur twice", len(repeated(_class_names())), 0),
        Figure(f"files of {SMALL} lines or fewer", len(small_files()), 8),
        Figure("function lines, median", _percentile(lengths, 50), 6),
        Figure("function lines, 90 %", _percentile(lengths, 90), 14),
        Figure("function lines, longest", lengths[-1], 32),
        Figure(f"files over {LARGE} lines", len(large_files()), 0),
        Figure("type ignores", sum(path.read_text().count("type: ignore") for path in _files()), 0),
    ]


def warm_figures(sandbox: Sandbox) -> list[Figure]:
    """Return the figures of one `env` with a session in the cache, a role over a key pair."""
    sandbox.add("base", sandbox.aws.world.user().access_key(), "--no-config")
    arn = sandbox.aws.world.role("reader").arn
    sandbox.configure("[profile base]\nregion = eu-west-1\n")
    sandbox.configure(f"[profile reader]\nrole_arn = {arn}\nsource_profile = base\nregion = eu-west-1\n")
    for _ in ("cold", "warm"):
        trace = trace_command(sandbox, "env", "reader", "--shell", "bash")
    return [
        Figure("warm env: functions called", trace.functions, 90),
        Figure("warm env: changes of file between calls", trace.file_changes, 60),
        Figure("warm env: times a profile is parsed", trace.most_parses_of_a_profile, 1),
    ]


def trace_command(sandbox: Sandbox, *words: str) -> Trace:
    """Run a command under the tracer and count what it did in the package's own code."""
    done = sandbox.command([sys.executable, str(TRACER), str(PACKAGE), *words], PYTHONPATH=str(PACKAGE.parent))
    assert done.returncode == 0, done.stderr
    calls = [tuple(call) for call in json.loads(done.stderr.splitlines()[-1])]
    files = [file for file, _function, _argument in calls]
    parses = Counter(argument for file, function, argument in calls if function == "Config._parse")
    return Trace(
        functions=len({call[:2] for call in calls}),
        file_changes=sum(before != after for before, after in pairwise(files)),
        most_parses_of_a_profile=max(parses.values()),
    )


def functions_with_app() -> list[str]:
    """Return the functions with a parameter that is the whole app, apart from each command's `run`."""
    return [
        f"{name}.{node.name}"
        for name, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name != "run"
        if any(each.annotation and ast.unparse(each.annotation).strip("'\"") == "App" for each in node.args.args)
    ]


def kind_checks() -> list[str]:
    """Return the places that ask for a link's type."""
    kinds = {"Link", "Chain", *(kind.__name__ for kind in Link.__subclasses__())}
    return [
        f"{name}:{node.lineno}"
        for name, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "isinstance"
        if {each.id for each in ast.walk(node.args[1]) if isinstance(each, ast.Name)} & kinds
    ]


def files_by_source() -> dict[str, list[str]]:
    """Return for each source of credentials the files in which its link is named; all of them know that source."""
    sources = [kind.__name__ for kind in Link.__subclasses__() if kind.__module__ == root_credentials.__name__]
    return {source: [path.name for path in _files() if source in _names(path)] for source in sources}


def repeated(names: Sequence[str]) -> list[str]:
    """Return the names that occur more than once."""
    return sorted(name for name, times in Counter(names).items() if times > 1)


def small_files() -> list[str]:
    """Return the files that are hardly worth a file of their own."""
    return [path.name for path in _files() if _lines(path) <= SMALL and path.name not in SPARED]


def large_files() -> list[str]:
    """Return the files that hold more than one idea."""
    return [path.name for path in _files() if _lines(path) > LARGE]


def _files() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def _lines(path: Path) -> int:
    return path.read_text().count("\n")


def _names(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text())))
    text = {
        each.value.rpartition(":")[2]
        for each in nodes
        if isinstance(each, ast.Constant) and isinstance(each.value, str)
    }
    return {each.id for each in nodes if isinstance(each, ast.Name)} | text


def _stems() -> list[str]:
    return [path.stem for path in _files() if path.name not in SPARED]


def _class_names() -> list[str]:
    return [node.name for tree in modules().values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]


def _functions() -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for tree in modules().values():
        yield from (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def _percentile(ordered: Sequence[int], percent: int) -> int:
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


def main() -> None:
    """Print every figure."""
    with tempfile.TemporaryDirectory(prefix="shellvault-figures-") as folder, AwsServer() as aws:
        sandbox = Sandbox(Path(folder), aws)
        try:
            figures = [*static_figures(), *warm_figures(sandbox)]
        finally:
            sandbox.purge()
    width = max(len(figure.what) for figure in figures)
    for figure in figures:
        verdict = "" if figure.value <= figure.limit else "   over the limit"
        sys.stdout.write(f"{figure.what:<{width}}{figure.value:>6g}   at most {figure.limit:g}{verdict}\n")


if __name__ == "__main__":
    main()
