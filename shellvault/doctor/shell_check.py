"""Whether the hook runs in this shell, and is loaded by the shell's files."""

from __future__ import annotations

import os
import sys
from shlex import quote

from shellvault.doctor.finding import OK, WARN, Finding
from shellvault.doctor.loading_lines import loads_hook
from shellvault.doctor.plaintext_check import CONFIG, locate, read_lines
from shellvault.shell.hook_files import loading_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from shellvault.settings import Settings

_PROFILES = ("Microsoft.PowerShell_profile.ps1", "profile.ps1")
_PWSH_FOLDER = "Documents/PowerShell" if sys.platform == "win32" else f"{CONFIG}/powershell"
_HOOKS = {
    "bash": (".bashrc", ".bash_profile", ".profile"),
    "zsh": (".zshrc", ".zshenv"),
    "fish": (f"{CONFIG}/fish/config.fish", f"{CONFIG}/fish/conf.d/shellvault.fish"),
    "elvish": (f"{CONFIG}/elvish/rc.elv", ".elvish/rc.elv"),
    "nu": (f"{CONFIG}/nushell/autoload/shellvault.nu", f"{CONFIG}/nushell/config.nu"),
    "xonsh": (".xonshrc", f"{CONFIG}/xonsh/rc.xsh"),
    "powershell": tuple(f"Documents/WindowsPowerShell/{name}" for name in _PROFILES),
    "pwsh": tuple(f"{_PWSH_FOLDER}/{name}" for name in _PROFILES),
}
"""Shell -> the files in the home folder that may load its hook, those in `CONFIG` wherever that is."""
_NAMES = {"nu": "nushell"}
_POWERSHELLS = ("powershell", "pwsh")
_STATE, _ALIVE = "SHELLVAULT_HOOK", "alive"
_TELLING = ("bash", "zsh", "fish")
"""What the hook tells `doctor`, and in which shells: no program can see a shell's functions."""


def check_hook(shell: str, settings: Settings, *, is_watched: bool) -> Iterator[Finding]:
    """Check whether the hook runs in this shell, as the hook itself says, and is loaded by the next ones.

    `is_watched` is whether somebody looks at the output: in a script, no hook is missed.
    """
    if shell not in _HOOKS:
        yield Finding(OK, f"shellvault has no hook for {shell or 'this shell, which it does not know'}")
        return
    state, line, name = settings.environ.get(_STATE), loading_line(shell), _NAMES.get(shell, shell)
    if state == _ALIVE:
        yield Finding(OK, f"the hook for {name} runs at each prompt of this shell")
    elif state:
        message = f"the hook for {name} no longer runs at this shell's prompt: something took its place"
        yield Finding(WARN, message, line)
    paths = _find_files(shell, settings)
    loading = next(filter(_loads_hook, paths), "")
    if not loading:
        message = f"{paths[0]} does not load the hook: sessions are not renewed in the shells that you open"
        yield Finding(WARN, message, _describe_loading(shell, line, paths[0]))
    elif is_watched and not state and shell in _TELLING:
        yield Finding(WARN, f"{loading} loads the hook for {name}, but this shell has not loaded it", line)
    else:
        yield Finding(OK, f"{loading} loads the hook for {name}")


def _describe_loading(shell: str, line: str, path: str) -> str:
    """Return what makes the next shells load the hook."""
    if shell in _POWERSHELLS:
        return f"put this into $PROFILE: {line}"  # its folder may be missing
    return line if shell == "nu" else f"echo {quote(line)} >> {quote(path)}"


def _find_files(shell: str, settings: Settings) -> list[str]:
    paths = [locate(file, settings) for file in _HOOKS[shell]]
    if shell == "zsh" and (folder := settings.environ.get("ZDOTDIR")):
        paths.insert(0, os.path.join(folder, ".zshrc"))
    if shell in _POWERSHELLS and (folder := settings.environ.get("ONEDRIVE")):  # where Documents may be
        paths += [os.path.join(folder, file) for file in _HOOKS[shell]]
    return paths


def _loads_hook(path: str) -> bool:
    return any(map(loads_hook, read_lines(path)))
