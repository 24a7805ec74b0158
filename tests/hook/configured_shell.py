"""Starts shells of any version with the options, prompts and hooks that a user may have configured."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.commands.terminal import COLUMNS, PROMPT, open_terminal
from tests.hook.live_shell import BASH_COLUMNS, HOOKS, SHELLS, LiveShell
from tests.shells.shell_versions import list_versions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.sandbox import Sandbox
    from tests.shells.shell_versions import Version

ALL_VERSIONS = tuple(version for name in SHELLS for version in list_versions(name))
PID = {"bash": "echo $$", "zsh": "echo $$", "fish": "echo $fish_pid"}
_STARTS = {
    "bash": ("-i",),
    "zsh": ("+Z", "-i"),  # without the line editor, which redraws typed text
    "fish": ("-C", f"function fish_prompt; echo -n '{PROMPT}'; end", "-i"),
}
_LINE_START_MARK = r"^[%#⏎] +\r⏎? \r"
"""Printed by zsh and fish to start the prompt in the first column."""
_NO_QUERIES = {"fish_features": "no-query-term"}
"""Keeps fish 4 from waiting for the terminal's replies."""


@contextmanager
def start_configured_shell(
    sandbox: Sandbox, version: Version, *options: str, before: Sequence[str] = (), **extra: str
) -> Iterator[LiveShell]:
    """Start this shell with these options, and run the lines in `before`; the hook is not loaded yet."""
    command = [*version.command, *options, *_STARTS[version.name]]
    columns = BASH_COLUMNS if version.name == "bash" else COLUMNS
    with open_terminal(sandbox, command, columns, PS1=PROMPT, **{**_NO_QUERIES, **extra}) as terminal:
        terminal.expect(re.escape(PROMPT))
        shell = LiveShell(terminal, version.name)
        for line in before:
            shell.run(line)
        yield shell


def load_hook(shell: LiveShell) -> str:
    """Load the hook and return its output."""
    return strip_escapes(shell.run(get_hook_line(shell.name)))


def get_hook_line(name: str) -> str:
    """Return the line that loads the hook of a shell."""
    return f"source {HOOKS}/shellvault.{name}"


def read_prompt_after(shell: LiveShell, line: str) -> str:
    """Run a line, and return what was shown from the end of its output to the end of the next prompt."""
    shell.run(line)
    shown = shell.terminal.output.rpartition("END.")[2].removeprefix("\r\n")
    return re.sub(_LINE_START_MARK, "", strip_escapes(shown)).replace("\r", "")


def strip_escapes(text: str) -> str:
    """Return a text without the escape sequences that fish 4 sends to the terminal."""
    return re.sub(r"\x1b\].*?\x07|\x1b\[[ -?]*[@-~]|\x1b[=>]|\x1b\(B", "", text)
