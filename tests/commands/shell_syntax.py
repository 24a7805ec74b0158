"""The syntax of each shell for what a test types into it."""

from __future__ import annotations

SHELLS = ("bash", "zsh", "fish", "dash", "ksh")
BOUNDARY = "+++"
SNAPSHOT = "SNAPSHOT"


def write_eval(shell: str, words: str) -> str:
    """Return the line that evaluates `shellvault env` in this shell."""
    return f"shellvault env {words} | source" if shell == "fish" else f'eval "$(shellvault env {words})"'


def write_and(shell: str, first: str, second: str) -> str:
    """Return the line that runs the second command only if the first succeeds."""
    return f"{first}; and {second}" if shell == "fish" else f"{first} && {second}"


def write_export(shell: str, name: str, word: str) -> str:
    """Return the line that exports a variable."""
    return f"set -gx {name} {word}" if shell == "fish" else f"export {name}={word}"


def write_unset(shell: str, name: str) -> str:
    """Return the line that unsets a variable."""
    return f"set -e {name}" if shell == "fish" else f"unset {name}"


def write_snapshot_script(*lines: str) -> str:
    """Return a script that prints its environment at its start, at every `SNAPSHOT` line, and at its end."""
    parse_snapshots = [
        f"echo {BOUNDARY}; env -0" if line == SNAPSHOT else line for line in (SNAPSHOT, *lines, SNAPSHOT)
    ]
    return "; ".join((*parse_snapshots, "true"))  # keeps bash from exec'ing the last program and decrementing SHLVL


def parse_snapshots(printed: str) -> list[dict[str, str]]:
    """Return the environments that a snapshot script printed, without the shell's own `_`."""
    blocks = [block.removeprefix("\n") for block in printed.split(BOUNDARY)[1:]]
    found = [dict(entry.split("=", 1) for entry in block.split("\0") if "=" in entry) for block in blocks]
    return [{name: value for name, value in environ.items() if name != "_"} for environ in found]
