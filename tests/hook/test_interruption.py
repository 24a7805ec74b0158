"""Ctrl-C while a command waits for fresh credentials."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.aws.server import wait_for_calls
from tests.commands.terminal import PROMPT
from tests.hook.live_shell import SHELLS, SHORT, add_short_profile, start_shell
from tests.hook.session_states import drop_sessions, expire_session

if TYPE_CHECKING:
    from tests.sandbox import Sandbox


@pytest.mark.parametrize("name", SHELLS)
def test_ctrl_c_ends_the_wait_for_good(sandbox: Sandbox, name: str) -> None:
    """The prompt returns although AWS never responds, and later commands run at once with the old session."""
    add_short_profile(sandbox, 3600)
    with start_shell(sandbox, name, SHELLVAULT_TIMEOUT="1h") as shell:
        key_id = (shell.use(SHORT), shell.get_variable("AWS_ACCESS_KEY_ID"))[1]
        drop_sessions(sandbox)
        sandbox.aws.faults.next("hang", times=None)
        expire_session(shell)
        shell.terminal.type("echo typed")
        assert wait_for_calls(sandbox.aws.world, "GetSessionToken", 2)
        shell.terminal.interrupt()
        shell.terminal.expect("error: interrupted")
        shell.terminal.expect(re.escape(PROMPT))
        mark = len(shell.terminal.output)
        assert shell.run("echo $AWS_ACCESS_KEY_ID") == key_id
        assert shell.get_variable("SHELLVAULT_STATE") == "expired"
        assert sandbox.aws.world.count("GetSessionToken") == 2
        assert "Traceback" not in shell.terminal.output
        assert "error" not in shell.terminal.output[mark:]
