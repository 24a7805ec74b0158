"""What stands in this shell: variables that win over a session, a session that is out of date, and the hook."""

from __future__ import annotations

import os
from shlex import quote

from shellvault.commands.status import shadows, stale
from shellvault.core import environment
from shellvault.doctor import NOTE, OK, Finding
from shellvault.doctor.plaintext_check import text_lines
from shellvault.shell.shell_detection import detect_shell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from shellvault.app import App

_HOOKS = {
    "bash": (("~/.bashrc", "~/.bash_profile", "~/.profile"), 'eval "$(shellvault hook bash)"'),
    "zsh": (("~/.zshrc", "~/.zshenv"), 'eval "$(shellvault hook zsh)"'),
    "fish": (("~/.config/fish/config.fish", "~/.config/fish/conf.d/shellvault.fish"), "shellvault hook fish | source"),
}
"""Shell -> where its hook is loaded, and the line."""


def look(app: App) -> Iterator[Finding]:
    """Look at the environment, then for the hook."""
    if environment.PROFILE in app.environ:
        found = [_split(sentence) for sentence in (*shadows(app.environ), *stale(app))]
        yield from found or [
            Finding(OK, f"the session of '{app.environ[environment.PROFILE]}' in this shell is in order")
        ]
    yield _hook(app)


def _split(sentence: str) -> Finding:
    """Take a sentence of `status` apart: most end with what to type."""
    what, _colon, mend = sentence.rpartition(": ")
    return Finding(NOTE, what, mend) if mend.startswith("eval ") else Finding(NOTE, sentence, "shellvault status")


def _hook(app: App) -> Finding:
    """Say whether the hook is loaded. No program can see a shell's functions, so its files are read."""
    shell = detect_shell() or ""
    if shell not in _HOOKS:
        return Finding(OK, f"there is no hook for this shell ({shell or 'unknown'}), so none was looked for")
    files, line = _HOOKS[shell]
    zdotdir = app.environ.get("ZDOTDIR")
    paths = [os.path.expanduser(file) for file in files]
    paths = [os.path.join(zdotdir, ".zshrc"), *paths] if zdotdir and shell == "zsh" else paths
    for path in paths:
        if any("shellvault hook" in text and not text.lstrip().startswith("#") for text in text_lines(path)):
            return Finding(OK, f"the hook for {shell} is loaded by {path}")
    what = f"{paths[0]} does not load the hook: sessions in this shell are not renewed by themselves"
    return Finding(NOTE, what, f"echo {quote(line)} >> {quote(paths[0])}")
