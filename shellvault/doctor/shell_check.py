"""Whether this shell loads the hook."""

from __future__ import annotations

import os
from shlex import quote

from shellvault.doctor.finding import NOTE, OK, Finding
from shellvault.doctor.plaintext_check import read_lines
from shellvault.shell.hook_files import loading_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from shellvault.settings import Settings

_HOOKS = {
    "bash": (".bashrc", ".bash_profile", ".profile"),
    "zsh": (".zshrc", ".zshenv"),
    "fish": (".config/fish/config.fish", ".config/fish/conf.d/shellvault.fish"),
    "elvish": (".config/elvish/rc.elv", ".elvish/rc.elv"),
    "nu": (".config/nushell/autoload/shellvault.nu", ".config/nushell/config.nu"),
    "xonsh": (".xonshrc", ".config/xonsh/rc.xsh"),
}
"""Shell -> the files in the home folder that may load its hook."""

_SIGNS = ("shellvault hook", "shellvault.nu", "__shellvault_install")
"""What a line says that loads it; nushell loads a file of its own, which is not evaluated."""


def check_hook(shell: str, settings: Settings) -> Iterator[Finding]:
    """Check whether the hook is loaded. No program can see a shell's functions, so its files are read."""
    if shell not in _HOOKS:
        yield Finding(OK, f"no hook exists for this shell ({shell or 'unknown'}); skipped")
        return
    paths = [os.path.join(settings.user_home, file) for file in _HOOKS[shell]]
    if shell == "zsh" and (folder := settings.environ.get("ZDOTDIR")):
        paths.insert(0, os.path.join(folder, ".zshrc"))
    if loading := [path for path in paths if _loads_hook(path)]:
        yield Finding(OK, f"{loading[0]} loads the hook for {shell}")
        return
    message = f"{paths[0]} does not load the hook: sessions in this shell are not renewed automatically"
    line = loading_line(shell)
    yield Finding(NOTE, message, line if shell == "nu" else f"echo {quote(line)} >> {quote(paths[0])}")


def _loads_hook(path: str) -> bool:
    lines = [text for text in read_lines(path) if not text.lstrip().startswith("#")]
    return any(sign in text for text in lines for sign in _SIGNS)
