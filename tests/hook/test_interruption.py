"""Ctrl-C while a command waits for its credentials."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.aws.server import wait_for
from tests.commands.terminal import PROMPT
from tests.hook.living import SHELLS, SHORT, living, with_short_sessions
from tests.hook.moments import expires_while_idle, forgotten

if TYPE_CHECKING:
    from tests.sandbox import Sandbox


@pytest.mark.parametrize("name", SHELLS)
def test_ctrl_c_ends_the_waiting_and_nothing_waits_again(sandbox: Sandbox, name: str) -> None:
    """The prompt is back although AWS never answers, and the commands after it run at once, with what there was."""
    with_short_sessions(sandbox, 3600)
    with living(sandbox, name, SHELLVAULT_TIMEOUT="1h") as shell:
        key_id = (shell.use(SHORT), shell.value("AWS_ACCESS_KEY_ID"))[1]
        forgotten(sandbox)
        sandbox.aws.faults.next("hang", times=None)
        expires_while_idle(shell)
        shell.terminal.type("echo typed")
        assert wait_for(sandbox.aws.world, "GetSessionToken", 2)
        shell.terminal.interrupt()
        shell.terminal.expect("error: interrupted")
        shell.terminal.expect(re.escape(PROMPT))
        mark = len(shell.terminal.output)
        assert shell.do("echo $AWS_ACCESS_KEY_ID") == key_id
        assert shell.value("SHELLVAULT_STATE") == "expired"
        assert sandbox.aws.world.count("GetSessionToken") == 2
        assert "Traceback" not in shell.terminal.output
        assert "error" not in shell.terminal.output[mark:]
