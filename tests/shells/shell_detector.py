"""Runs shell detection inside a real shell."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import shellvault
from tests.shells.real_shells import clean_env, run, run_shell

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Sequence

DETECT = '"$PYTHON" -c "$QUESTION"'
"""A command for a shell's script; follow it by another, as a shell may exec the last one."""


def make_detection_env(home: Path, **extra: str) -> dict[str, str]:
    """Return an environment in which `DETECT` works and `$SHELL` is wrong."""
    question = "import os, sys; from shellvault.shell.shell_detection import detect_shell; "
    question += 'print(detect_shell(os.getppid()), *(["by shellingham"] if "shellingham" in sys.modules else []))'
    root = str(Path(shellvault.__file__).parents[1])
    wrong = {"SHELL": "/bin/tcsh"}
    return clean_env(home, PYTHON=sys.executable, QUESTION=question, PYTHONPATH=root, **wrong, **extra)


def detect_in_shell(shell: str, script: str, home: Path) -> str:
    """Return the output of a script that contains `DETECT`: the shell's name, and whether shellingham was needed."""
    return _read_stdout(run_shell(shell, script, make_detection_env(home)))


def detect_from_command(command: Sequence[str], home: Path) -> str:
    """Return the output of a command that runs `DETECT`."""
    return _read_stdout(run(command, make_detection_env(home)))


def _read_stdout(done: subprocess.CompletedProcess[bytes]) -> str:
    assert done.returncode == 0, done.stderr
    return done.stdout.decode().strip()
