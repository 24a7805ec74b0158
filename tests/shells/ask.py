"""Asks shellvault, from inside a real shell, which shell that is."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import shellvault
from tests.shells.run import clean_env, run, run_shell

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Sequence

ASK = '"$PYTHON" -c "$QUESTION"'
"""Put this into a shell's script. As a script's only command it may replace the shell, so let another follow."""


def asking_env(home: Path, **extra: str) -> dict[str, str]:
    """Return an environment in which `ASK` works and `$SHELL` lies."""
    question = "import sys; from shellvault.shell.shell_detection import detect_shell; "
    question += 'print(detect_shell(), *(["by shellingham"] if "shellingham" in sys.modules else []))'
    root = str(Path(shellvault.__file__).parents[1])
    lies = {"SHELL": "/bin/tcsh"}
    return clean_env(home, PYTHON=sys.executable, QUESTION=question, PYTHONPATH=root, **lies, **extra)


def answer_in(shell: str, script: str, home: Path) -> str:
    """Return what a script with `ASK` in it printed in a shell: a name, and whether the slow way was needed."""
    return _printed(run_shell(shell, script, asking_env(home)))


def answer_from(command: Sequence[str], home: Path) -> str:
    """Return what a command printed that runs `ASK` in one way or another."""
    return _printed(run(command, asking_env(home)))


def _printed(done: subprocess.CompletedProcess[bytes]) -> str:
    assert done.returncode == 0, done.stderr
    return done.stdout.decode().strip()
