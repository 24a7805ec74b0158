"""A dialect is found by its shell's name, and finding it costs nothing that the warm path cannot afford."""

from __future__ import annotations

import sys

import pytest

from shellvault.core.errors import UsageError
from shellvault.shell.dialects import DIALECTS, dialect, fish, posix
from tests.dialects.apply import feed
from tests.shells.run import SHELLS, run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.shell.dialects import Dialect

MODULES: tuple[Dialect, ...] = (posix, fish)  # the type checker compares each module with the protocol
HEAVY = {"typing", "dataclasses", "pathlib", "re", "json", "logging", "subprocess", "importlib", "shellingham"}


def test_every_name_in_the_registry_has_a_dialect_behind_it() -> None:
    """A misspelt module would be found by the first person with that shell."""
    assert {dialect(name) for name in DIALECTS} == set(MODULES)


def test_an_unknown_shell_is_refused_with_the_names_that_are_known() -> None:
    """The hint is what the person types next."""
    with pytest.raises(UsageError) as refused:
        dialect("rc")
    assert "'rc'" in refused.value.message
    assert all(name in refused.value.hint for name in DIALECTS)


@pytest.mark.parametrize("shell", SHELLS)
def test_the_failure_text_makes_eval_fail_and_changes_nothing(shell: str, env: dict[str, str]) -> None:
    """`eval "$(shellvault env P)" && deploy` must not deploy when there is no session."""
    untouched = feed(shell, b"true\n", env)
    failed = feed(shell, dialect(shell).failure.encode(), env)
    assert failed.status == 1
    assert failed.children_see == untouched.children_see


def test_dialects_and_shells_load_nothing_heavy(env: dict[str, str]) -> None:
    """They are on the path of every prompt's refresh."""
    script = "import sys; from shellvault.shell import dialects, shell_detection\n"
    script += "for n in dialects.DIALECTS: dialects.dialect(n)\n"
    script += "shell_detection.detect_shell()\nprint(*sys.modules)"
    shell = 'c="$PYTHON"; "$c" -S -c "$SCRIPT"; true'
    root = {"PYTHONPATH": ":".join(path for path in sys.path if path), "PYTHON": sys.executable, "SCRIPT": script}
    loaded = set(run(["bash", "-c", shell], env | root).stdout.decode().split())
    assert "shellvault.shell.dialects.fish" in loaded
    assert not loaded & HEAVY
