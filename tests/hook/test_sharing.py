"""One shell's refresh is every shell's: the others learn of it from the stamp."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from tests.hook.living import HOOKS, SHELLS, SHORT, living, with_short_sessions
from tests.hook.moments import becomes_due, forgotten, patiently
from tests.hook.panes import pane

if TYPE_CHECKING:
    from tests.sandbox import Sandbox


def test_a_refresh_in_a_pane_of_tmux_reaches_every_shell(sandbox: Sandbox) -> None:
    """These shells may not ask themselves: what they have at their next prompt is the pane's."""
    with_short_sessions(sandbox, 3600)
    with ExitStack() as stack:
        shells = [stack.enter_context(living(sandbox, name)) for name in SHELLS]
        screen = stack.enter_context(pane(sandbox))
        screen.do(f"source {HOOKS}/shellvault.bash; shellvault use {SHORT}")
        for shell in shells:
            shell.use(SHORT)
            becomes_due(shell, alone=False)
        forgotten(sandbox)
        screen.do("export SHELLVAULT_REFRESH_AT=1000000000")
        for _turn in patiently("the pane's refresh"):
            if sandbox.aws.world.count("GetSessionToken") == 2 and "~" not in screen.prompt():
                break
        for shell in shells:
            shell.do("true")
            assert shell.expires_at() > shell.until
        assert sandbox.aws.world.count("GetSessionToken") == 2
