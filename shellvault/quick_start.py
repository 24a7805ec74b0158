"""Runs a command in this process, and loads all its modules from a single file: faster than importing each of them.

Python spends more time on finding a module and reading its code than on running it, and a command needs forty modules.
So after a successful command that imported nothing slow, the code of its modules is saved beside Python's own bytecode,
in one file for this command and this version of Python. The file is valid while every source has the size and
modification time it had then. Otherwise, or if anything is wrong with the file, modules are imported as usual, and the
file is written again.
"""

import gc
import os
import sys
from marshal import loads

from shellvault import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from types import CodeType
    from typing import NoReturn

_FOLDER = os.path.dirname(os.path.abspath(__file__))
_PREFIX = __name__.rpartition(".")[0] + "."
_PACKAGE = "__init__.py"
_LOADED_BEFORE = frozenset((__name__, f"{_PREFIX}__main__"))
_HELP = "shellvault.help"  # other commands hardly need the modules of this one
_USUAL = "__future__"
_INTERRUPTED = 130
_LARGEST = 4 << 20  # bytes
_MOST = 100  # modules; a command with more is not a quick one


def run_here(verb: str, agent: str, *, is_interrupted: bool = False) -> "NoReturn":
    """Run the command line that this process was given, and end the process.

    `verb` is its first word, if any, and `agent` the path of the agent's socket, if there may be one.
    """
    if verb == "run-module":
        from shellvault.system.own_program import run_module

        run_module()
    gc.disable()  # in one short command, collecting garbage costs more than the garbage
    if sys.flags.no_site:
        sys.meta_path.append(_LateSearch)
    quick = QuickStart(verb)
    quick.load()
    from shellvault.cli import main as run

    run(agent, quick.keep, is_interrupted=is_interrupted)


class _LateSearch:
    """Sets up the search for installed packages at the first import that needs it; the hook's command skips it."""

    @classmethod
    def find_spec(cls, name: str, path: object = None, _target: object = None) -> "ModuleSpec | None":
        """Find a module among the installed packages; see `importlib.abc.MetaPathFinder`."""
        if path is not None:  # it belongs to a package that was found
            return None
        sys.meta_path.remove(cls)
        from importlib.util import find_spec

        from shellvault.system.own_program import search_packages

        search_packages()
        return find_spec(name)


class QuickStart:
    """The file of one command; `verb` is its first word."""

    def __init__(self, verb: str) -> None:
        version = f"{sys.implementation.cache_tag}-{sys.flags.optimize}"
        self._path = os.path.join(_FOLDER, "__pycache__", f"{verb}.{version}.quick")
        self._is_usual = verb.isalpha() and "importtime" not in sys._xoptions  # noqa: SLF001 - it shows usual imports
        self._loaded: set[str] = set()
        self._before = set(sys.modules)

    def load(self) -> None:
        """Load the modules, unless a source has changed."""
        if not self._is_usual:
            return
        try:
            with open(self._path, "rb", 0) as file:
                origin, entries = loads(file.read(_LARGEST))  # noqa: S302 - as trustworthy as Python's own files
            is_ours = origin == (__version__, _FOLDER)
            if is_ours and all(_find_stamp(path) == stamp for _name, path, stamp, _code in entries):
                for name, path, _stamp, code in entries:
                    _run(name, _FOLDER + path, code)
                    self._loaded.add(name)
        except Exception:  # noqa: BLE001 - whatever is in the file: what it lacks is imported
            return

    def keep(self, status: int) -> None:
        """Save the modules that a successful command used, beside those in the file, if it lacks any of them.

        Nothing raises; Ctrl-C ends this process.
        """
        try:
            self._save(status)
        except KeyboardInterrupt:
            os._exit(_INTERRUPTED)
        except Exception:  # noqa: BLE001 - such as from a package that was upgraded since this command started
            return

    def _save(self, status: int) -> None:
        ours = {name for name in sys.modules if name.startswith(_PREFIX)} - _LOADED_BEFORE
        if ours <= self._loaded or status or not self._is_usual or sys.dont_write_bytecode or sys.pycache_prefix:
            return
        further = [name for name in sys.modules if name not in self._before and not name.startswith(_PREFIX)]
        if _HELP in sys.modules or any(map(_has_source, further)):
            return
        if len(ours) > _MOST or not os.access(os.path.dirname(self._path), os.W_OK):
            return
        from shellvault.quick_start_writer import write_modules

        files = ((name, str(sys.modules[name].__file__)) for name in sorted(ours))
        paths = {name: file.removeprefix(_FOLDER) for name, file in files}
        write_modules(self._path, _FOLDER, paths, _find_stamp)


def _run(name: str, source: str, code: "CodeType") -> None:
    """Run a module's code as an import would; whatever it imports has been run before."""
    if name in sys.modules:
        return
    parent, _, last = name.rpartition(".")
    module = type(sys)(name)
    is_package = source.endswith(_PACKAGE)
    module.__dict__.update(__file__=source, __package__=name if is_package else parent)
    if is_package:
        module.__path__ = [os.path.dirname(source)]
    sys.modules[name] = module
    try:
        exec(code, module.__dict__)  # noqa: S102 - it is our own
    except BaseException:
        del sys.modules[name]
        raise
    setattr(sys.modules[parent], last, module)


def _has_source(name: str) -> bool:
    """Return whether a module comes from Python source outside this package: a quick command imports none."""
    return name != _USUAL and str(getattr(sys.modules[name], "__file__", "")).endswith(".py")


def _find_stamp(path: str) -> tuple[int, int]:
    """Return when a source was last modified, in nanoseconds, and its size; the path is relative to our folder."""
    found = os.stat(_FOLDER + path)
    return found.st_mtime_ns, found.st_size
