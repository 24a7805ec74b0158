"""What README and docs/live-shells.md say about live shells and direnv, tried out as written there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.hook.live_shell import SHELLS, SHORT, add_short_profile, start_shell
from tests.packaging.markdown import LIVE_SHELLS, README, blocks
from tests.sandbox import SHELLVAULT

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

SHOW = {
    "bash": '; printf "%s\\n" "${PS1@P}"',
    "zsh": '; print -rP -- "$PROMPT"',
    "fish": "",
}
"""Shows the prompt that a line sets."""


def line_for(shell: str) -> str:
    """Return the example for placing the segment yourself."""
    (line,) = re.findall(rf"^\| {shell} \| `([^`]+)`", LIVE_SHELLS.read_text(), re.MULTILINE)
    return str(line)


@pytest.mark.parametrize("name", SHELLS)
def test_the_segment_can_be_placed_as_documented(sandbox: Sandbox, name: str) -> None:
    """In a subshell, to keep the prompt that these tests wait for."""
    add_short_profile(sandbox, 3600)
    with start_shell(sandbox, name, SHELLVAULT_PROMPT="off") as shell:
        shell.run(f"shellvault use {SHORT}")
        line = line_for(name)
        shown = shell.run(line if name == "fish" else f"({line}{SHOW[name]})")
        assert re.match(r"\(?short (59m|1h)\)?( |$)", shown)


@pytest.mark.parametrize("name", SHELLS)
def test_the_hook_can_be_removed_as_documented(sandbox: Sandbox, name: str) -> None:
    """No function of ours is left, and no segment in the prompt."""
    add_short_profile(sandbox, 3600)
    with start_shell(sandbox, name) as shell:
        shell.run(f"shellvault use {SHORT}")
        assert f"[{SHORT} " in shell.terminal.output
        removal = f"shellvault hook {name} --remove"
        assert removal in LIVE_SHELLS.read_text()
        shell.run(f"{removal} | source" if name == "fish" else f'eval "$({removal})"')
        start = len(shell.terminal.output)
        assert shell.run("type shellvault") == f"shellvault is {SHELLVAULT}"
        assert f"[{SHORT} " not in shell.terminal.output[start:]


def test_the_line_in_readme_installs_the_direnv_function(sandbox: Sandbox) -> None:
    """It goes where direnv looks for it."""
    (line,) = (block for block in blocks(README, "sh") if "direnv" in block)
    assert sandbox.shell("bash", line).returncode == 0
    assert "use_shellvault()" in (sandbox.home / ".config/direnv/lib/shellvault.sh").read_text()
