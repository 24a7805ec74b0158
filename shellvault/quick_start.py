"""Loads the modules of a command from one file with the code of them all, which is quicker than a file for each.

To find a module and read its code takes Python longer than to run it, and a command needs forty. So when a command has
succeeded without anything else that is slow to import, the code of its modules is kept beside Python's own files of
compiled code, for this command and this version of Python. It counts as long as each source has the same size and time
of modification as it had then; otherwise, and whatever is wrong with the file, the modules are imported as usual, and
kept anew.
"""

import os
import sys
from marshal import loads

from shellvault import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType

_FOLDER = os.path.dirname(os.path.abspath(__file__))
_PREFIX = __name__.rpartition(".")[0] + "."
_PACKAGE = "__init__.py"
_HELP = "shellvault.help"  # after which the next run will hardly need the same modules
_USUAL = "__future__"
_LARGEST = 4 << 20  # bytes
_MOST = 100  # modules; nobody waits for a command with more


class QuickStart:
    """The file of one command; `verb` is its first word."""

    def __init__(self, verb: str) -> None:
        version = f"{sys.implementation.cache_tag}-{sys.flags.optimize}"
        self._path = os.path.join(_FOLDER, "__pycache__", f"{verb}.{version}.quick")
        self._is_usual = verb.isalpha() and "importtime" not in sys._xoptions  # noqa: SLF001 - it shows usual imports
        self._is_current = False
        self._before = set(sys.modules)

    def load(self) -> None:
        """Load the modules, unless a source has changed."""
        if not self._is_usual:
            return
        try:
            with open(self._path, "rb", 0) as file:
                version, entries = loads(file.read(_LARGEST))  # noqa: S302 - as trustworthy as Python's own files
            if version == __version__ and all(_find_stamp(source) == stamp for _name, source, stamp, _code in entries):
                for name, source, _stamp, code in entries:
                    _run(name, source, code)
                self._is_current = True
        except Exception:  # noqa: BLE001 - whatever is in the file: what it lacks is imported
            return

    def keep(self, status: int) -> None:
        """Keep the modules that a command has needed if it has succeeded, and they are not kept already."""
        if self._is_current or status or not self._is_usual or sys.dont_write_bytecode:
            return
        further = [name for name in sys.modules if name not in self._before and not name.startswith(_PREFIX)]
        if _HELP in sys.modules or any(map(_has_source, further)):
            return
        modules = {name: module for name, module in sys.modules.items() if name.startswith(_PREFIX)}
        if len(modules) > _MOST or not os.access(os.path.dirname(self._path), os.W_OK):
            return
        from shellvault.quick_start_writer import write_modules

        write_modules(self._path, modules, _find_stamp)


def _run(name: str, source: str, code: "CodeType") -> None:
    """Do what an import does; the modules that a module imports come before it."""
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
    """Return whether a module is one of Python's or a package's that no quick command needs: it is slow to import."""
    return name != _USUAL and str(getattr(sys.modules[name], "__file__", "")).endswith(".py")


def _find_stamp(source: str) -> tuple[int, int]:
    """Return a source's time of modification, in nanoseconds, and its size."""
    found = os.stat(source)
    return found.st_mtime_ns, found.st_size
