"""`doctor` in a live shell: whether the hook runs at its prompt, which only the hook can say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.hook.configured_shell import load_hook, start_configured_shell
from tests.hook.live_shell import HOOKS
from tests.hook.test_prompt_command import EMULATED, emulate_version
from tests.hook.test_still_hooked import LOST as LOST_BY
from tests.hook.test_still_hooked import STARSHIP
from tests.shells.shell_versions import list_versions

if TYPE_CHECKING:
    from pathlib import Path

    from tests.hook.live_shell import LiveShell
    from tests.sandbox import Sandbox
    from tests.shells.shell_versions import Version

FILES = {"bash": ".bashrc", "zsh": ".zshrc", "fish": ".config/fish/config.fish"}
NEWEST = [version for name in FILES for version in list_versions(name)[:1]]
NEWEST_LOST = [(version, line) for version in NEWEST for line in LOST_BY.get(version.name, ())]
RUNS = "runs at each prompt of this shell"
LOST = "no longer runs at this shell's prompt: something took its place"


def examine(shell: LiveShell, program: str = "shellvault") -> list[str]:
    """Return what `doctor` says of the hook."""
    return [line.strip() for line in shell.run(f"{program} doctor").splitlines() if "hook" in line]


@pytest.mark.parametrize("version", NEWEST, ids=str)
def test_a_hook_that_runs_is_ok(sandbox: Sandbox, version: Version) -> None:
    """Also after it was loaded again. That no file loads it is another matter."""
    with start_configured_shell(sandbox, version) as shell:
        for _ in range(2):
            load_hook(shell)
            first, *others = examine(shell)
            assert first == f"ok    the hook for {version.name} {RUNS}"
            assert others[0].startswith(f"warn  {sandbox.home}/{FILES[version.name]} does not load the hook")


@pytest.mark.parametrize(("version", "line"), NEWEST_LOST, ids=str)
def test_a_hook_that_was_lost_is_a_warning(sandbox: Sandbox, version: Version, line: str) -> None:
    """The fix is the line that loads it, and heals it."""
    with start_configured_shell(sandbox, version) as shell:
        load_hook(shell)
        shell.run(line)
        told = [examine(shell)[:2] for _ in range(2)]
        fix = f'-> eval "$(shellvault hook {version.name})"'
        assert told == [[f"warn  the hook for {version.name} {LOST}", fix]] * 2
        load_hook(shell)
        assert RUNS in examine(shell)[0]


@pytest.mark.parametrize("emulated", EMULATED, ids=str)
def test_a_theme_that_took_over_prompt_command_still_runs_it(
    sandbox: Sandbox, tmp_path: Path, emulated: tuple[int, int]
) -> None:
    """As starship does in an older bash; once it no longer does, that is noticed from bash 4.4 on."""
    hook = tmp_path / "hook.bash"
    hook.write_text(emulate_version((HOOKS / "shellvault.bash").read_text(), emulated))
    with start_configured_shell(sandbox, list_versions("bash")[0]) as shell:
        for line in (f"source '{hook}'", STARSHIP, ":"):
            shell.run(line)
        assert LOST not in "".join(examine(shell))
        for line in ("saved_command=; PROMPT_COMMAND=theme", ":"):
            shell.run(line)
        assert (LOST in "".join(examine(shell))) == (emulated >= (4, 4))


@pytest.mark.parametrize("version", NEWEST, ids=str)
def test_a_shell_that_was_open_before_has_not_loaded_it(sandbox: Sandbox, version: Version) -> None:
    """Its file does: the fix is for this shell alone. In a pipe nobody looks, so it may be a script: no warning."""
    file = sandbox.home / FILES[version.name]
    file.parent.mkdir(parents=True, exist_ok=True)
    with start_configured_shell(sandbox, version) as shell:
        file.write_text(f"shellvault hook {version.name}\n")
        loads = f"{file} loads the hook for {version.name}"
        assert examine(shell)[0] == f"warn  {loads}, but this shell has not loaded it"
        assert shell.run("shellvault doctor | grep hook").strip() == f"ok    {loads}"
