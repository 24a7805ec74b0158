"""Runs real shells with a clean environment and without rc files; a missing shell fails the test."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

SHELLS: dict[str, tuple[str, ...]] = {
    "bash": ("bash", "--norc", "--noprofile"),
    "zsh": ("zsh", "-f"),
    "sh": ("sh",),
    "dash": ("dash",),
    "ksh": ("ksh",),
    "mksh": ("mksh",),
    "yash": ("yash", "--norcfile", "--noprofile"),
    "ash": ("busybox", "ash"),
    "fish": ("fish", "--no-config"),
}
"""The command that starts each shell without the user's rc files; they are POSIX shells, apart from fish."""

OTHER_SHELLS: dict[str, tuple[str, ...]] = {
    "tcsh": ("tcsh", "-f"),
    "elvish": ("elvish", "-norc"),
    "nu": ("nu", "--no-config-file"),
    "xonsh": ("xonsh", "--no-rc"),
}
"""The same for shells whose scripts have nothing in common."""

CONFIGURED_FISH = "fish with its configuration"
"""With `--no-config`, fish has no universal variables; the configuration is in the home of `clean_env`."""

POSIX = tuple(name for name in SHELLS if name != "fish")
TIME_LIMIT = 60  # seconds; only keeps a hanging shell from hanging the run


def find_program(name: str) -> str:
    """Return a program's path, or fail the test that needs it."""
    found = shutil.which(name)
    assert found, f"{name} is not installed, and this test must not pass without it"
    return found


def clean_env(home: Path, **extra: str) -> dict[str, str]:
    """Return a complete environment: PATH, a locale, folders below `home` for shells and SDKs, and `extra`.

    Nothing starts an agent in it.
    """
    folders = {"XDG_CONFIG_HOME": ".config", "XDG_DATA_HOME": ".local/share", "XDG_CACHE_HOME": ".cache"}
    below = {name: str(home / folder) for name, folder in folders.items()}
    usual = {"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "C.UTF-8", "SHELLVAULT_AGENT": "off"}
    return {**usual, **below, **extra}


def run(
    command: Sequence[str], env: Mapping[str, str] | Mapping[bytes, bytes], stdin: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    """Run a command with exactly this environment, and return its streams as bytes."""
    argv = [find_program(command[0]), *command[1:]]
    return subprocess.run(argv, input=stdin, env=env, capture_output=True, check=False, timeout=TIME_LIMIT)


def run_shell(
    shell: str, script: str, env: Mapping[str, str], stdin: bytes = b"", options: Sequence[str] = ()
) -> subprocess.CompletedProcess[bytes]:
    """Run a script in one of `SHELLS` or `OTHER_SHELLS` with exactly this environment (see `clean_env`)."""
    start = ("fish",) if shell == CONFIGURED_FISH else {**SHELLS, **OTHER_SHELLS}[shell]
    return run([*start, *options, "-c", script], env, stdin)


def parse_environment_bytes(printed: bytes) -> dict[bytes, bytes]:
    """Parse the output of `env -0`."""
    return dict(entry.split(b"=", 1) for entry in printed.split(b"\0") if b"=" in entry)
