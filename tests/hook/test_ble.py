"""The hook works under ble.sh, which edits lines and runs commands in bash's place, whichever is loaded first."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.commands.terminal import PROMPT
from tests.hook.rigs import loading, rigged
from tests.shells.versions import ble, versions

if TYPE_CHECKING:
    from tests.hook.living import Living
    from tests.sandbox import Sandbox

ORDERS = ("{ble}; {hook}; ble-attach", "{hook}; {ble}; ble-attach") if ble() else ()
"""None where ble.sh could not be had; the tests of options say so."""


@pytest.mark.parametrize("order", ORDERS)
def test_ble_and_the_hook_get_on(inherited: tuple[Sandbox, dict[str, str]], order: str) -> None:
    """The segment is in the prompt, an expired session is renewed before a command, and the hook can be removed."""
    sandbox, session = inherited
    expires_at = session["SHELLVAULT_EXPIRES_AT"]
    with rigged(sandbox, versions("bash")[0], NO_COLOR="1", TERM="xterm", USER="me", **session) as shell:
        sandbox.home.joinpath(".cache").mkdir(exist_ok=True)
        shell.terminal.type(order.format(ble=f"source '{ble()}' --noattach --norc", hook=loading("bash")))
        shell.terminal.expect(rf"\[short 5\dm\] {PROMPT}")
        says(shell, "export SHELLVAULT_REFRESH_AT=1000000000 SHELLVAULT_EXPIRES_AT=1000000001; echo d''one", "done")
        says(shell, "sh -c 'echo sa''w $SHELLVAULT_EXPIRES_AT'", f"saw {expires_at}")
        says(shell, "__shellvault_remove; echo ${__shellvault_said-go}''ne", "gone")
        says(shell, "(exit 3)", "")
        says(shell, "echo i''s $?", "is 3")
        assert not re.search("not found|rror", shell.terminal.output)


def says(shell: Living, line: str, wanted: str) -> None:
    """Type a line, and wait for what it prints and for the prompt."""
    shell.terminal.type(line)
    shell.terminal.expect(f"{wanted}\r\n")
    shell.terminal.expect(PROMPT)
