"""How to start shellvault again, whatever the environment and the current folder are by then.

An interpreter that is isolated from them (`-I`) finds an installed package. An installation for one user, as
`pip install --user` makes it, is in a folder of that user, which `-I` leaves out, so the command names the folder. Any
other one, such as a single file, knows by itself where its packages are: the program that was started is started again.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

RUN = "run-module"
"""The hidden verb that calls `main` of one of our modules; the module's name follows."""
PACKAGES = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
"""The folder that this package is in."""

_STARTED = os.path.abspath(sys.argv[0])
_MAIN = "from {} import main; "
_OURSELVES = "shellvault.__main__"


def find_program() -> tuple[str, ...]:
    """Return the command that runs shellvault, to be followed by its words."""
    if _is_found():
        return sys.executable, "-I", "-m", "shellvault"
    return _name_folder(_OURSELVES) if _is_personal() else _find_started()


def find_quick_program() -> tuple[str, ...]:
    """Return the quickest such command: `-S` puts off the search for packages, which takes a tenth of Python's start.

    A command that the agent does not answer makes up for it once it imports one of them.
    """
    if _is_found():
        source = f"import sys; sys.path.insert(0, {PACKAGES!r}); {_MAIN.format(_OURSELVES)}del sys.path[0]; main()"
        return sys.executable, "-I", "-S", "-c", source
    return _name_folder(_OURSELVES, "-S") if _is_personal() else _find_started()


def find_module_program(name: str) -> tuple[str, ...]:
    """Return the command that calls `main` of one of our modules, to be followed by its arguments."""
    if _is_found():
        return sys.executable, "-I", "-c", f"{_MAIN.format(name)}main()"
    return _name_folder(name) if _is_personal() else (*_find_started(), RUN, name)


def run_module() -> NoReturn:
    """Call `main` of the module that the command line names after `RUN`."""
    from importlib import import_module

    name = sys.argv.pop(2)
    del sys.argv[1]
    if name.startswith("shellvault."):
        import_module(name).main()
    sys.exit(0)


def find_file(name: str) -> str:
    """Return the path of this program, or its name if it has no file that can be run."""
    installed = os.path.join(os.path.dirname(sys.executable), name)
    return next((path for path in (_STARTED, installed) if os.path.isfile(path) and os.access(path, os.X_OK)), name)


def search_packages() -> None:
    """Set up the search for installed packages if the quickest command skipped it."""
    import site

    if sys.flags.no_site and site.ENABLE_USER_SITE is None:  # then, it has not been done
        site.main()


def _is_found() -> bool:
    """Return whether this interpreter, isolated, finds us by itself."""
    import site  # which the quick program does without

    search_packages()
    folders = site.getsitepackages()
    return PACKAGES in folders or any(map(_is_linked, folders))


def _is_linked(folder: str) -> bool:
    """Return whether a folder of packages has a link to ours, as an editable installation makes it."""
    try:
        return any(PACKAGES in _read_lines(os.path.join(folder, name)) for name in os.listdir(folder))
    except OSError:
        return False


def _read_lines(path: str) -> list[str]:
    """Return the lines of a file of paths."""
    if not path.endswith(".pth"):
        return []
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read().splitlines()


def _is_personal() -> bool:
    """Return whether we are installed for one user."""
    import site

    search_packages()
    return site.getusersitepackages() == PACKAGES


def _name_folder(module: str, *options: str) -> tuple[str, ...]:
    source = f"import sys; sys.path.append({PACKAGES!r}); {_MAIN.format(module)}main()"
    return sys.executable, "-I", *options, "-c", source


def _find_started() -> tuple[str, ...]:
    """Return the program that was started; if that was our source code, what runs the same code."""
    if os.path.isfile(_STARTED) and os.access(_STARTED, os.X_OK):
        return (_STARTED,)
    return _name_folder(_OURSELVES)
