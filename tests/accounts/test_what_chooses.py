"""Nothing but a person, a command line or AWS_PROFILE chooses an account: no folder does, and no default."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.hook.live_shell import HOOKS

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

LINES = {
    "env": "shellvault env --shell bash",
    "exec": "shellvault exec -- printenv AWS_VAULT",
    "use": f"source {HOOKS}/shellvault.bash; shellvault use",
}


@pytest.mark.parametrize("command", LINES)
def test_no_folder_and_no_default_chooses_a_profile(sandbox: Sandbox, command: str) -> None:
    """SHELLVAULT_DEFAULT and .shellvault files are what other programs have; here they are not read."""
    sandbox.add("base", sandbox.aws.world.user("alice").access_key())
    folder = sandbox.home / "project"
    folder.mkdir()
    for place in (sandbox.home, folder):
        (place / ".shellvault").write_text("base\n")
    script = f'cd project\n{LINES[command]}\nstatus=$?; echo "$status<$AWS_VAULT$AWS_ACCESS_KEY_ID>"'
    done = sandbox.shell("bash", script, SHELLVAULT_DEFAULT="base")
    assert done.stdout.splitlines()[-1] == "2<>"
    assert done.stderr.startswith("error: no profile given\n")
    assert sandbox.aws.world.calls == []
