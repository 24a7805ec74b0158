"""Values that somebody else may have put into the environment, and whether they did any harm."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.commands.terminal import PROMPT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.hook.living import Living
    from tests.sandbox import Sandbox

VICTIM = "harmed"
"""The file that each value would make, were it run."""
TOUCH = f"touch {VICTIM}"

_FIRST_COLUMN = r"^[#%⏎] +(?:\r⏎?)? *\r+"
"""By this zsh and fish make sure that a prompt begins in the first column."""


def puts(sandbox: Sandbox, shell: Living, values: Mapping[str, str]) -> str:
    """Return a line that exports the values, whatever characters they hold."""
    quoted = {name: _quoted(shell.name, value) for name, value in values.items()}
    (sandbox.home / "values").write_text("".join(f"export {name}={value}\n" for name, value in quoted.items()))
    return "source ./values"


def quiet(shell: Living, line: str) -> str:
    """Run a line, assert that nothing but the prompt is seen of it and around it, and return that prompt."""
    assert shell.do(line) == ""
    return between(shell)


def between(shell: Living) -> str:
    """Return what stands between the end of the last line's output and where the next one is typed."""
    shown = re.split(r"END\.\r?\n", shell.terminal.output)[-1].removesuffix(PROMPT)
    return re.sub(_FIRST_COLUMN, "", shown)


def unharmed(sandbox: Sandbox) -> bool:
    """Say whether nothing was run."""
    return not any(path.name == VICTIM for path in sandbox.home.rglob("*"))


def _quoted(shell: str, value: str) -> str:
    if shell == "fish":
        value = value.replace("\\", "\\\\").replace("'", "\\'")
    return "'" + (value if shell == "fish" else value.replace("'", "'\\''")) + "'"
