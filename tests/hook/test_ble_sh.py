"""The hook and ble.sh, which replaces bash's line editing and command execution, in either loading order."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.commands.terminal import PROMPT
from tests.hook.configured_shell import get_hook_line, start_configured_shell
from tests.shells.shell_versions import find_ble_sh, list_versions

if TYPE_CHECKING:
    from tests.hook.live_shell import LiveShell
    from tests.sandbox import Sandbox

ORDERS = ("{ble}; {hook}; ble-attach", "{hook}; {ble}; ble-attach") if find_ble_sh() else ()
"""Empty if ble.sh is unavailable, which is reported by the tests of shell options."""


@pytest.mark.parametrize("order", ORDERS)
def test_hook_works_with_ble_sh(fresh_session: tuple[Sandbox, dict[str, str]], order: str) -> None:
    """The segment is in the prompt, an expired session is refreshed before a command, and the hook can be removed."""
    sandbox, session = fresh_session
    expires_at = session["SHELLVAULT_EXPIRES_AT"]
    with start_configured_shell(
        sandbox, list_versions("bash")[0], NO_COLOR="1", TERM="xterm", USER="me", **session
    ) as shell:
        sandbox.home.joinpath(".cache").mkdir(exist_ok=True)
        shell.terminal.type(order.format(ble=f"source '{find_ble_sh()}' --noattach --norc", hook=get_hook_line("bash")))
        shell.terminal.expect(rf"\[short 5\dm\] {PROMPT}")
        expect_output(
            shell, "export SHELLVAULT_REFRESH_AT=1000000000 SHELLVAULT_EXPIRES_AT=1000000001; echo d''one", "done"
        )
        expect_output(shell, "sh -c 'echo sa''w $SHELLVAULT_EXPIRES_AT'", f"saw {expires_at}")
        expect_output(shell, "__shellvault_remove; echo ${__shellvault_said-go}''ne", "gone")
        expect_output(shell, "(exit 3)", "")
        expect_output(shell, "echo i''s $?", "is 3")
        assert not re.search("not found|rror", shell.terminal.output)


def expect_output(shell: LiveShell, line: str, wanted: str) -> None:
    """Type a line, and wait for its output and the next prompt."""
    shell.terminal.type(line)
    shell.terminal.expect(f"{wanted}\r\n")
    shell.terminal.expect(PROMPT)
