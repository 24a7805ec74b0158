"""`doctor` and the files that load the hook: where they are, and what counts as loading it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.commands.test_doctor import run_doctor

if TYPE_CHECKING:
    from tests.sandbox import Sandbox


@pytest.mark.parametrize(
    "text", ['alias h="echo use shellvault hook bash"\n', "#shellvault hook bash\n", "echo 'shellvault hook bash'\n"]
)
def test_a_line_that_only_mentions_the_hook_does_not_load_it(healthy: Sandbox, text: str) -> None:
    """The fix is the line that does."""
    (healthy.home / ".bashrc").write_text(text)
    told = healthy.shell("bash", "shellvault doctor; true").stdout
    assert f"warn  {healthy.home}/.bashrc does not load the hook" in told


def test_files_are_where_xdg_config_home_says(healthy: Sandbox) -> None:
    """The suggested line goes there, and the one in the default folder does not count; a relative path is ignored."""
    folder = healthy.home / "settings" / "fish"
    folder.mkdir(parents=True)
    elsewhere = {"XDG_CONFIG_HOME": str(folder.parent)}
    told = healthy.shell("fish", "shellvault doctor; true", **elsewhere).stdout
    assert f"warn  {folder}/config.fish does not load the hook" in told
    assert f"-> echo 'shellvault hook fish | source' >> {folder}/config.fish\n" in told
    (folder / "config.fish").write_text("shellvault hook fish | source\nset -gx AWS_SECRET_ACCESS_KEY abc\n")
    told = healthy.shell("fish", "shellvault doctor; true", **elsewhere).stdout
    assert f"ok    {folder}/config.fish loads the hook for fish\n" in told
    assert f"fail  line 2 of {folder}/config.fish sets AWS_SECRET_ACCESS_KEY\n" in told
    found = run_doctor(healthy, XDG_CONFIG_HOME="settings")
    assert not found.find_states(f"line 2 of {folder}")
    hint = healthy.shell("fish", "shellvault use base", **elsewhere).stderr
    assert f"put that line into {folder}/config.fish\n" in hint


def test_a_shell_without_a_hook_is_named(healthy: Sandbox) -> None:
    """It is nothing to fix."""
    assert "ok    shellvault has no hook for yash\n" in healthy.shell("yash", "shellvault doctor; true").stdout
