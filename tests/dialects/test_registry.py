"""Dialects are found by shell name, without slowing down the warm path."""

from __future__ import annotations

import sys

import pytest

from shellvault.commands.env import COMMAND
from shellvault.core.errors import UsageError
from shellvault.shell.dialects import (
    DIALECTS,
    elvish,
    find_dialect,
    fish,
    nushell,
    posix,
    powershell,
    respell,
    tcsh,
    xonsh,
    yash,
)
from tests.dialects.shell_evaluation import feed_text
from tests.shells.real_shells import SHELLS, run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.shell.dialects import Dialect

MODULES: tuple[Dialect, ...] = (
    posix,
    fish,
    yash,
    tcsh,
    elvish,
    nushell,
    xonsh,
    powershell,
)  # mypy checks each module against the protocol
HEAVY = {"typing", "dataclasses", "pathlib", "re", "json", "logging", "subprocess", "importlib", "shellingham"}


def test_every_registered_name_has_a_dialect() -> None:
    """Otherwise a misspelled module would be found by the first user of that shell."""
    assert {find_dialect(name) for name in DIALECTS} == set(MODULES)


def test_unknown_shell_error_lists_the_supported_ones() -> None:
    """The hint tells the user what to type."""
    with pytest.raises(UsageError) as refused:
        find_dialect("rc")
    assert "'rc'" in refused.value.message
    assert all(name in refused.value.hint for name in DIALECTS)


@pytest.mark.parametrize("shell", SHELLS)
def test_failure_text_makes_eval_fail_and_changes_nothing(shell: str, env: dict[str, str]) -> None:
    """`eval "$(shellvault env P)" && deploy` must not deploy without a session."""
    untouched = feed_text(shell, b"true\n", env)
    failed = feed_text(shell, COMMAND.failure.encode(), env)
    assert failed.status == 1
    assert failed.child_environment == untouched.child_environment


@pytest.mark.parametrize(
    ("shell", "hint"),
    [
        ("bash", 'first eval "$(shellvault env a)", then eval "$(shellvault env b)"'),
        ("fish", "first shellvault env a | source, then shellvault env b | source"),
        ("elvish", "first eval (shellvault env a | slurp), then eval (shellvault env b | slurp)"),
        ("unknown", 'first eval "$(shellvault env a)", then eval "$(shellvault env b)"'),
    ],
)
def test_lines_in_hints_are_for_the_users_shell(shell: str, hint: str) -> None:
    """Hints are written for POSIX shells, and each line in them that evaluates something is replaced."""
    assert respell('first eval "$(shellvault env a)", then eval "$(shellvault env b)"', shell) == hint
    assert respell('eval "$(shellvault hook bash)"', shell) == 'eval "$(shellvault hook bash)"'


def test_dialects_and_shell_detection_load_nothing_heavy(env: dict[str, str]) -> None:
    """They run at every prompt that refreshes a session."""
    script = "import os, sys; from shellvault.shell import dialects, shell_detection\n"
    script += "for n in dialects.DIALECTS: dialects.find_dialect(n)\n"
    script += "shell_detection.detect_shell(os.getppid())\nprint(*sys.modules)"
    shell = 'c="$PYTHON"; "$c" -S -c "$SCRIPT"; true'
    root = {"PYTHONPATH": ":".join(path for path in sys.path if path), "PYTHON": sys.executable, "SCRIPT": script}
    loaded = set(run(["bash", "-c", shell], env | root).stdout.decode().split())
    assert "shellvault.shell.dialects.fish" in loaded
    assert not loaded & HEAVY
