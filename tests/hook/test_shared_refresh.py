"""One shell's refresh serves all shells, which learn of it from the status file."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from tests.hook.live_shell import HOOKS, SHELLS, SHORT, add_short_profile, start_shell
from tests.hook.session_states import drop_sessions, make_due, poll
from tests.hook.tmux_pane import start_pane

if TYPE_CHECKING:
    from tests.sandbox import Sandbox


def test_refresh_in_a_tmux_pane_reaches_every_shell(sandbox: Sandbox) -> None:
    """The other shells may not refresh themselves, so the session at their next prompt is the pane's."""
    add_short_profile(sandbox, 3600)
    with ExitStack() as stack:
        shells = [stack.enter_context(start_shell(sandbox, name)) for name in SHELLS]
        screen = stack.enter_context(start_pane(sandbox))
        screen.run(f"source {HOOKS}/shellvault.bash; shellvault use {SHORT}")
        for shell in shells:
            shell.use(SHORT)
            make_due(shell, refreshes=False)
        drop_sessions(sandbox)
        screen.run("export SHELLVAULT_REFRESH_AT=1000000000")
        for _ in poll("the pane's refresh"):
            if sandbox.aws.world.count("GetSessionToken") == 2 and "~" not in screen.read_prompt():
                break
        for shell in shells:
            shell.run("true")
            assert shell.get_expiry() > shell.session_expiry
        assert sandbox.aws.world.count("GetSessionToken") == 2
