"""How each shell spells what a test wants done in it: the lines that a person would type."""

from __future__ import annotations

SHELLS = ("bash", "zsh", "fish", "dash", "ksh")
BOUNDARY = "+++"
LOOK = "LOOK"


def into(shell: str, words: str) -> str:
    """Return the line that evaluates `shellvault env` in a shell."""
    return f"shellvault env {words} | source" if shell == "fish" else f'eval "$(shellvault env {words})"'


def only_then(shell: str, first: str, second: str) -> str:
    """Return the line that runs the second part only if the first one succeeds."""
    return f"{first}; and {second}" if shell == "fish" else f"{first} && {second}"


def put(shell: str, name: str, word: str) -> str:
    """Return the line by which a person exports a variable."""
    return f"set -gx {name} {word}" if shell == "fish" else f"export {name}={word}"


def drop(shell: str, name: str) -> str:
    """Return the line by which a person unsets a variable."""
    return f"set -e {name}" if shell == "fish" else f"unset {name}"


def with_looks(*lines: str) -> str:
    """Return a script that prints its environment first, between the lines where they say `LOOK`, and last."""
    looks = [f"echo {BOUNDARY}; env -0" if line == LOOK else line for line in (LOOK, *lines, LOOK)]
    return "; ".join((*looks, "true"))  # bash would replace itself by the last program, and count SHLVL down


def looks(printed: str) -> list[dict[str, str]]:
    """Return the environments that a script of `with_looks` printed, without the shell's own `_`."""
    blocks = [block.removeprefix("\n") for block in printed.split(BOUNDARY)[1:]]
    found = [dict(entry.split("=", 1) for entry in block.split("\0") if "=" in entry) for block in blocks]
    return [{name: value for name, value in environ.items() if name != "_"} for environ in found]
