"""Hostile values for environment variables, and checks that they did no harm."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.commands.terminal import PROMPT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.hook.live_shell import LiveShell
    from tests.sandbox import Sandbox

VICTIM = "harmed"
"""The file that each value would create if executed."""
TOUCH = f"touch {VICTIM}"

_LINE_START_MARK = r"^[#%⏎] +(?:\r⏎?)? *\r+"
"""Printed by zsh and fish to start the prompt in the first column."""


def write_exports(sandbox: Sandbox, shell: LiveShell, values: Mapping[str, str]) -> str:
    """Return a line that exports these values, whatever characters they contain."""
    quoted = {name: _quote(shell.name, value) for name, value in values.items()}
    (sandbox.home / "values").write_text("".join(f"export {name}={value}\n" for name, value in quoted.items()))
    return "source ./values"


def run_silently(shell: LiveShell, line: str) -> str:
    """Run a line, assert that nothing but the prompt appears, and return that prompt."""
    assert shell.run(line) == ""
    return read_prompt(shell)


def read_prompt(shell: LiveShell) -> str:
    """Return what is shown between the output of the last line and the next input."""
    shown = re.split(r"END\.\r?\n", shell.terminal.output)[-1].removesuffix(PROMPT)
    return re.sub(_LINE_START_MARK, "", shown)


def is_unharmed(sandbox: Sandbox) -> bool:
    """Return whether no value was executed."""
    return not any(path.name == VICTIM for path in sandbox.home.rglob("*"))


def _quote(shell: str, value: str) -> str:
    if shell == "fish":
        value = value.replace("\\", "\\\\").replace("'", "\\'")
    return "'" + (value if shell == "fish" else value.replace("'", "'\\''")) + "'"
