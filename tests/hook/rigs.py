"""Shells of any version, rigged as somebody might have them: with options, prompts and hooks of their own."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.commands.terminal import PROMPT, open_terminal
from tests.hook.living import HOOKS, SHELLS, Living
from tests.shells.versions import versions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.sandbox import Sandbox
    from tests.shells.versions import Version

EVERY = tuple(version for name in SHELLS for version in versions(name))
PID = {"bash": "echo $$", "zsh": "echo $$", "fish": "echo $fish_pid"}
_STARTS = {
    "bash": ("-i",),
    "zsh": ("+Z", "-i"),  # without its line editor, which redraws what is typed
    "fish": ("-C", f"function fish_prompt; echo -n '{PROMPT}'; end", "-i"),
}
_FIRST_COLUMN = r"^[%#⏎] +\r⏎? \r"
"""zsh and fish make sure that a prompt begins in the first column."""
_SAFELY = {"fish_features": "no-query-term"}
"""fish 4 else waits for a terminal's replies."""


@contextmanager
def rigged(
    sandbox: Sandbox, version: Version, *options: str, before: Sequence[str] = (), **extra: str
) -> Iterator[Living]:
    """Start a shell of this version with these options, and type the lines in `before`; the hook is not loaded yet."""
    command = [*version.command, *options, *_STARTS[version.name]]
    with open_terminal(sandbox, command, PS1=PROMPT, **{**_SAFELY, **extra}) as terminal:
        terminal.expect(re.escape(PROMPT))
        shell = Living(terminal, version.name)
        for line in before:
            shell.do(line)
        yield shell


def load(shell: Living) -> str:
    """Load the hook, and return what that printed."""
    return plain(shell.do(loading(shell.name)))


def loading(name: str) -> str:
    """Return the line that loads the hook of a shell."""
    return f"source {HOOKS}/shellvault.{name}"


def prompt_after(shell: Living, line: str) -> str:
    """Type a line, and return what was shown between its output and the end of the prompt that followed."""
    shell.do(line)
    shown = shell.terminal.output.rpartition("END.")[2].removeprefix("\r\n")
    return re.sub(_FIRST_COLUMN, "", plain(shown)).replace("\r", "")


def plain(text: str) -> str:
    """Return a text without what fish 4 tells the terminal about itself, which is not for people to see."""
    return re.sub(r"\x1b\].*?\x07|\x1b\[[ -?]*[@-~]|\x1b[=>]|\x1b\(B", "", text)
