"""The hook files: next to this module in an installed wheel, next to the package in a checkout."""

from __future__ import annotations

import os

from shellvault.core.errors import UsageError
from shellvault.shell.dialects import eval_line, find_quote
from shellvault.system.own_program import find_quick_program

FILES = {
    "bash": "shellvault.bash",
    "zsh": "shellvault.zsh",
    "fish": "shellvault.fish",
    "elvish": "shellvault.elv",
    "nushell": "shellvault.nu",
    "nu": "shellvault.nu",
    "xonsh": "shellvault.xsh",
    "powershell": "shellvault.ps1",
    "pwsh": "shellvault.ps1",
    "direnv": "direnv.sh",
}
"""What `hook` prints -> its file in the top-level `shell/`, which the wheel has in `shellvault/shell/`."""

LOADING_FILES = {
    "bash": "~/.bashrc",
    "zsh": "~/.zshrc",
    "fish": "~/.config/fish/config.fish",
    "elvish": "~/.config/elvish/rc.elv",
    "xonsh": "~/.xonshrc",
    "powershell": "$PROFILE",
    "pwsh": "$PROFILE",
}
"""Shell -> the file that its hook's loading line belongs in; nushell's line is typed once, and writes such a file."""

_INSTALLED = os.path.dirname(os.path.abspath(__file__))
_CHECKOUT = os.path.join(os.path.dirname(os.path.dirname(_INSTALLED)), "shell")
_POSIX = ("__shellvault_program=({})\n", "shellvault", " ")
_POWERSHELL = ("$global:__shellvault_program = @({})\n", "'shellvault'", ", ")
_PROGRAMS = {
    "fish": ("set -g __shellvault_program {}\n", "shellvault", " "),
    "elvish": ("var program = [{}]\n", "shellvault", " "),
    "nushell": ("const __shellvault_program = [{}]\n", "shellvault", " "),
    "nu": ("const __shellvault_program = [{}]\n", "shellvault", " "),
    "xonsh": ("    program = [{}]\n", '"shellvault"', ", "),
    "powershell": _POWERSHELL,
    "pwsh": _POWERSHELL,
}
"""Shell -> the line that names the program, how it is there, and what is between words; `_POSIX` for the others."""
_NUSHELL = ("nushell", "nu")
_AUTOLOADED = '$"($nu.user-autoload-dirs.0)/shellvault.nu"'
_SAVE = f"mkdir $nu.user-autoload-dirs.0; shellvault hook nushell | save -f {_AUTOLOADED}"
_WITHOUT_ALIASES = "() {{\n\\builtin emulate -L zsh -o no_aliases\n\\builtin eval {}\n}}\n"
"""zsh replaces aliases when it reads all of an `eval`, before the first line of it could turn them off."""
_REMOVE_POWERSHELL = "if (Test-Path Function:\\__shellvault_remove) { __shellvault_remove }\n"
_REMOVE = {
    "bash": "if declare -F __shellvault_remove >/dev/null; then __shellvault_remove; fi\n",
    "zsh": "if typeset -f __shellvault_remove >/dev/null; then __shellvault_remove; fi\n",
    "fish": "if functions -q __shellvault_remove; __shellvault_remove; end\n",
    "elvish": """\
for each $edit:before-readline {
  if (and (has-key $each opt-names) (has-value $each[opt-names] __shellvault_remove)) { $each[opt-defaults][0] }
}
""",
    "powershell": _REMOVE_POWERSHELL,
    "pwsh": _REMOVE_POWERSHELL,
    "xonsh": "if '__shellvault' in __xonsh__.ctx: __xonsh__.ctx['__shellvault'].remove()\n",
}


def _enclose(quoted: str) -> str:
    """Return a quoted word as an element of one of PowerShell's arrays: its `-join` would reach over a comma."""
    return quoted if quoted[0] == "'" else f"({quoted})"


def read_hook(name: str) -> str:
    """Return a shell's file (a key of `FILES`), byte for byte as it is in the repository."""
    installed = os.path.join(_INSTALLED, FILES[name])  # importlib.resources would cost more than the rest
    path = installed if os.path.exists(installed) else os.path.join(_CHECKOUT, FILES[name])
    with open(path, encoding="utf-8", newline="") as file:
        return file.read()


def installed_hook(name: str) -> str:
    """Return a shell's file with this program in it, which saves a search on PATH and a version manager's shim."""
    line, default, separator = _PROGRAMS.get(name, _POSIX)
    quote = find_quote("sh" if name == "direnv" else name)
    words = map(quote, find_quick_program())
    program = separator.join(map(_enclose, words) if _PROGRAMS.get(name) == _POWERSHELL else words)
    text = read_hook(name).replace(line.format(default), line.format(program), 1)
    return _WITHOUT_ALIASES.format(quote(text)) if name == "zsh" else text


def loading_line(name: str) -> str:
    """Return the line that loads a shell's hook; in nushell, which evaluates no text, all later shells load it."""
    return _SAVE if name in _NUSHELL else eval_line(name, f"shellvault hook {name}")


def removal_snippet(name: str) -> str:
    """Return what removes a shell's hook; empty for direnv, which leaves nothing in the shell.

    Raises:
        UsageError: the shell can evaluate no text; the hint says what to type there.
    """
    if name in _NUSHELL:
        raise UsageError(
            "nushell cannot evaluate what a program prints, so nothing printed removes the hook",
            f"type: __shellvault_remove; hide shellvault; for later shells: rm {_AUTOLOADED}",
        )
    return _REMOVE.get(name, "")
