"""The hook files: next to this module in an installed wheel, next to the package in a checkout."""

from __future__ import annotations

import os

from shellvault.shell.dialects import eval_line, fish, posix
from shellvault.system.own_program import find_quick_program

FILES = {
    "bash": "shellvault.bash",
    "zsh": "shellvault.zsh",
    "fish": "shellvault.fish",
    "direnv": "direnv.sh",
}
"""What `hook` prints -> its file in the top-level `shell/`, which the wheel has in `shellvault/shell/`."""

LOADING_FILES = {"bash": "~/.bashrc", "zsh": "~/.zshrc", "fish": "~/.config/fish/config.fish"}
"""Shell -> the file that its hook's loading line belongs in."""

_INSTALLED = os.path.dirname(os.path.abspath(__file__))
_CHECKOUT = os.path.join(os.path.dirname(os.path.dirname(_INSTALLED)), "shell")
_POSIX = ("__shellvault_program=(shellvault)\n", "__shellvault_program=({})\n")
_FISH = ("set -g __shellvault_program shellvault\n", "set -g __shellvault_program {}\n")
_WITHOUT_ALIASES = "() {{\n\\builtin emulate -L zsh -o no_aliases\n\\builtin eval {}\n}}\n"
"""zsh replaces aliases when it reads all of an `eval`, before the first line of it could turn them off."""
_REMOVE = {
    "bash": "if declare -F __shellvault_remove >/dev/null; then __shellvault_remove; fi\n",
    "zsh": "if typeset -f __shellvault_remove >/dev/null; then __shellvault_remove; fi\n",
    "fish": "if functions -q __shellvault_remove; __shellvault_remove; end\n",
}


def read_hook(name: str) -> str:
    """Return a shell's file (a key of `FILES`), byte for byte as it is in the repository."""
    installed = os.path.join(_INSTALLED, FILES[name])  # importlib.resources would cost more than the rest
    path = installed if os.path.exists(installed) else os.path.join(_CHECKOUT, FILES[name])
    with open(path, encoding="utf-8", newline="") as file:
        return file.read()


def installed_hook(name: str) -> str:
    """Return a shell's file with this program in it, which saves a search on PATH and a version manager's shim."""
    line, with_program = _FISH if name == "fish" else _POSIX
    quote = fish.quote if name == "fish" else posix.quote
    program = " ".join(map(quote, find_quick_program()))
    text = read_hook(name).replace(line, with_program.format(program), 1)
    return _WITHOUT_ALIASES.format(quote(text)) if name == "zsh" else text


def loading_line(name: str) -> str:
    """Return the line that loads a shell's hook."""
    return eval_line(name, f"shellvault hook {name}")


def removal_snippet(name: str) -> str:
    """Return what removes a shell's hook; empty for direnv, which leaves nothing in the shell."""
    return _REMOVE.get(name, "")
