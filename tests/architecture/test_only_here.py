"""What only certain modules may touch: libraries, processes, the environment, imports by name; and the verbs."""

from __future__ import annotations

import sys
from importlib import import_module

import pytest

from shellvault.argparser import Command
from shellvault.commands import VERBS
from tests.architecture.imports import foreign, modules, users_of

LIBRARIES = {
    "keyring": "shellvault.storage",
    "jeepney": "shellvault.storage",
    "cryptography": "shellvault.storage",
    "boto3": "shellvault.providers",
    "botocore": "shellvault.providers",
    "moto": "shellvault.commands.demo",
    "platformdirs": "shellvault.system.paths",
    "shellingham": "shellvault.shell.shell_detection",
    "secretstorage": "shellvault.storage",
    "subprocess": (
        "shellvault.ui.browser",
        "shellvault.commands.demo",
        "shellvault.system.child_program",
    ),
    "_ctypes": "shellvault.storage.keyctl",
    "termios": "shellvault.ui.terminal",
}
"""Where each library may be imported: a module, a package, or several."""

USES = {
    "os.environ": {
        "shellvault.cli",  # the one place that reads it
        "shellvault.storage.keyring.os_keyring",  # a default
    },
    "__import__": {"shellvault.cli", "shellvault.shell.dialects", "shellvault.shell.formats"},  # by a table's names
    "import_module": {
        "shellvault.help",
        "shellvault.ui.mfa",
        "shellvault.compat.awsvault.stores",
        "shellvault.storage.keyring.keyring_specs",
    },  # likewise
    "os.getenv": set(),
    "os.system": set(),
    "os.popen": set(),
    "eval": set(),
    "exec": set(),
    "print": set(),
}
"""Where each expression may stand."""


@pytest.mark.parametrize(("library", "places"), LIBRARIES.items())
def test_a_library_is_imported_only_where_it_belongs(library: str, places: str | tuple[str, ...]) -> None:
    """An adapter hides its library from everybody else."""
    allowed = (places,) if isinstance(places, str) else places
    importers = {arrow.importer for arrow in foreign() if arrow.imported == library}
    assert importers, f"nobody imports {library}: strike it out"
    assert sorted(name for name in importers if not _is_in(name, allowed)) == []


def test_every_library_that_is_not_pythons_own_has_its_place() -> None:
    """A new dependency has to be given its place here."""
    outside = {arrow.imported for arrow in foreign()} - set(sys.stdlib_module_names)
    assert sorted(outside - LIBRARIES.keys()) == []


@pytest.mark.parametrize(("code", "places"), USES.items())
def test_an_expression_stands_only_where_it_belongs(code: str, places: set[str]) -> None:
    """The environment is read in one place and passed on; nothing is started or evaluated in passing."""
    assert sorted(users_of(code)) == sorted(places)


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_is_a_module_with_a_grammar_and_a_run(verb: str) -> None:
    """`COMMAND` bears the verb's own name, and `run` does it."""
    module = import_module(f"shellvault.commands.{verb}")
    assert isinstance(module.COMMAND, Command)
    assert (module.COMMAND.name, callable(module.run)) == (verb, True)


def test_every_module_of_commands_is_a_verb() -> None:
    """A module that no table names would never run."""
    inside = (
        name.removeprefix("shellvault.commands.") for name in modules() if name.startswith("shellvault.commands.")
    )
    assert sorted(inside) == sorted(VERBS)


def _is_in(name: str, places: tuple[str, ...]) -> bool:
    return any(name == place or name.startswith(f"{place}.") for place in places)
