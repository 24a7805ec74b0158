"""What the README says about live shells and direnv, done in them as it stands there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.hook.live_shell import SHELLS, SHORT, add_short_profile, start_shell
from tests.packaging.readme import README, blocks
from tests.sandbox import SHELLVAULT

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

SHOW = {
    "bash": '; printf "%s\\n" "${PS1@P}"',
    "zsh": '; print -rP -- "$PROMPT"',
    "fish": "",
}
"""What shows the prompt that a line sets."""


def line_for(shell: str) -> str:
    """Return what the README gives for placing the segment oneself."""
    (line,) = re.findall(rf"^\| {shell} \| `([^`]+)`", README.read_text(), re.MULTILINE)
    return str(line)


@pytest.mark.parametrize("name", SHELLS)
def test_the_segment_can_be_placed_as_the_readme_has_it(sandbox: Sandbox, name: str) -> None:
    """In a subshell, so that the prompt these tests wait for stays."""
    add_short_profile(sandbox, 3600)
    with start_shell(sandbox, name, SHELLVAULT_PROMPT="off") as shell:
        shell.run(f"shellvault use {SHORT}")
        line = line_for(name)
        shown = shell.run(line if name == "fish" else f"({line}{SHOW[name]})")
        assert re.match(r"\(?short (59m|1h)\)?( |$)", shown)


@pytest.mark.parametrize("name", SHELLS)
def test_the_hook_is_taken_out_as_the_readme_has_it(sandbox: Sandbox, name: str) -> None:
    """No function of ours is left, nor a word in the prompt."""
    add_short_profile(sandbox, 3600)
    with start_shell(sandbox, name) as shell:
        shell.run(f"shellvault use {SHORT}")
        assert f"[{SHORT} " in shell.terminal.output
        removal = f"shellvault hook {name} --remove"
        shell.run(f"{removal} | source" if name == "fish" else f'eval "$({removal})"')
        start = len(shell.terminal.output)
        assert shell.run("type shellvault") == f"shellvault is {SHELLVAULT}"
        assert f"[{SHORT} " not in shell.terminal.output[start:]


def test_direnvs_library_is_put_in_place_by_the_line_in_the_readme(sandbox: Sandbox) -> None:
    """Where direnv looks for it."""
    (line,) = (block for block in blocks(README, "sh") if "direnv" in block)
    assert sandbox.shell("bash", line).returncode == 0
    assert "use_shellvault()" in (sandbox.home / ".config/direnv/lib/shellvault.sh").read_text()
