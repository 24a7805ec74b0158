"""What only certain modules may touch: libraries, this process's state, options and variables; and the verbs."""

from __future__ import annotations

import re
import sys
from importlib import import_module

import pytest

from shellvault.argparser import Command
from shellvault.commands import VERBS
from tests.architecture.source_reader import modules, outer_imports, strings_in, users_of

LIBRARIES = {
    "keyring": ("storage.keyring",),
    "h11": ("agent.http_connection",),
    "asyncio": ("agent", "ui.picker.key_loop"),  # takes longer to import than a warm command may take
    "prompt_toolkit": ("ui.picker.key_loop",),  # takes even longer
    "jeepney": ("storage.keyring.dbus_probe", "compat.awsvault.secret_service_collection"),
    "secretstorage": ("compat.awsvault.secret_service_collection",),
    "cryptography": ("storage.sealed.sealed_format", "compat.awsvault.jwe"),
    "boto3": ("aws.identity",),
    "botocore": ("aws", "providers"),
    "urllib3": ("aws.http_session",),  # botocore does not wrap urllib3's errors while a body is being read
    "moto": ("commands.demo",),
    "platformdirs": ("system.paths",),
    "shellingham": ("shell.shell_detection",),
    "subprocess": (
        *("agent.minting", "commands.demo", "system.child_program", "system.running_program"),
        *("system.ssh_connection", "ui.browser", "exec_program", "commands.env_generated"),
    ),
    "_ctypes": ("storage.keyctl",),
    "termios": ("ui.terminal",),
    "fcntl": ("system.file_lock", "system.new_file"),
    "msvcrt": ("system.file_lock", "system.pipe_selector", "ui.windows_console"),
    "_signal": ("system.signals", "own_process", "shellvault"),
}
"""Where each library may be imported: modules and packages below `shellvault`."""

USES = {
    "os.environ": {"__main__", "agent.process", "cli"},
    "os.getcwd": {"shellvault", "cli"},
    "sys.argv": {"__main__", "agent.process", "cli", "system.own_program"},
    "sys.stdin": set(),
    "sys.stdout": {"aws.identity"},  # a program of its own
    "sys.stderr": set(),
    "os.isatty": {"__main__", "shellvault", "cli", "own_process"},
    "os.getppid": {"__main__", "shellvault", "cli"},
    "os.umask": {"agent.process"},
    "os.chdir": {"agent.process"},
    "os.getenv": set(),
    "os.path.expanduser": {"system.paths"},
    "os.path.expandvars": set(),
    "os._exit": {
        *("__main__", "agent.process", "agent.spawn", "cli", "exec_program", "own_process", "quick_start"),
        "system.child_guard",
    },
    "__import__": {"cli", "completion.completer", "shell.dialects", "shell.formats"},  # names from a table
    "os.system": set(),
    "os.popen": set(),
    "eval": set(),
    "exec": {"quick_start"},  # the code of our own modules
    "print": set(),
}
"""Where each expression may stand: a command is a function of its request, and reads nothing of this process."""

WRITERS = {
    "__main__",  # the agent's answer
    "shellvault",  # its notices
    "own_process",  # the answer, a command's stderr, and the last words
    "ui.terminal",  # the terminal device
}
"""Who may call `os.write`, apart from writers of files."""

BELOW_COMMANDS = ("core", "system", "awsconfig", "aws", "storage", "ui", "shell", "providers", "import_sources")
EXEMPT = {
    "core.browser_kinds",  # the options of browsers, not ours
    "core.environment",  # what a session sets
    "core.shell_memory",  # what a session replaced in the environment
    "system.paths",  # where the platform puts files
    "providers.ambient_provider",  # credentials in variables
    "shell.formats.ini",  # variables are what it renders
    "shell.formats.process_json",
}
"""Modules below `commands/` whose subject is environment variables, or the options of other programs."""

OPTION_OR_VARIABLE = re.compile(r"--[a-z-]+|(SHELLVAULT|AWS|XDG|SSH|YKMAN|PASS)_[A-Z_]+|HOME|DISPLAY|BROWSER")


@pytest.mark.parametrize(("library", "places"), LIBRARIES.items())
def test_a_library_is_imported_only_where_it_belongs(library: str, places: tuple[str, ...]) -> None:
    """An adapter hides its library from everybody else."""
    importers = {arrow.importer for arrow in outer_imports() if arrow.imported == library}
    assert importers, f"nothing imports {library}: remove it from the table"
    assert sorted(name for name in map(_inner, importers) if not _is_in(name, places)) == []


EITHER = {"_sha256", "_sha2"}
"""Standard modules of some versions of Python."""


def test_every_library_has_its_place() -> None:
    """A new dependency needs a row in the table."""
    outside = {arrow.imported for arrow in outer_imports()} - set(sys.stdlib_module_names) - EITHER
    assert sorted(outside - LIBRARIES.keys()) == []


@pytest.mark.parametrize(("code", "places"), USES.items())
def test_an_expression_stands_only_where_it_belongs(code: str, places: set[str]) -> None:
    """The process's environment, folder, streams and umask are read or set in one place, and passed on from there."""
    assert sorted(map(_inner, users_of(code))) == sorted(places)


def test_only_the_boundary_writes_to_streams() -> None:
    """Below it, text for people goes through the request's terminal, and output into the answer."""
    files = {"system.atomic_file", "storage.refresh_lock", "storage.session_log", "storage.usage_log"}
    assert sorted(set(map(_inner, users_of("os.write"))) - files) == sorted(WRITERS)


def test_no_option_or_variable_is_looked_up_below_the_commands() -> None:
    """Settings are made once; whoever is below gets a value, and knows no spelling."""
    found = {
        f"{_inner(name)}: {text}"
        for name in modules()
        if _is_in(_inner(name), BELOW_COMMANDS) and _inner(name) not in EXEMPT
        for text in strings_in(name)
        if OPTION_OR_VARIABLE.fullmatch(text)
    }
    assert sorted(found) == []


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_is_a_module_with_a_grammar_and_a_run(verb: str) -> None:
    """`COMMAND` bears the verb's own name, and `run` does the work."""
    module = import_module(f"shellvault.commands.{verb}")
    assert isinstance(module.COMMAND, Command)
    assert (module.COMMAND.name, callable(module.run)) == (verb, True)


def test_every_module_of_commands_belongs_to_a_verb() -> None:
    """It is a verb, or its name begins with one."""
    names = [name.removeprefix("shellvault.commands.") for name in modules() if name.startswith("shellvault.commands.")]
    assert [name for name in names if name.partition("_")[0] not in VERBS] == []


def _inner(name: str) -> str:
    return name.removeprefix("shellvault.")


def _is_in(name: str, places: tuple[str, ...]) -> bool:
    return any(name == place or name.startswith(f"{place}.") for place in places)
