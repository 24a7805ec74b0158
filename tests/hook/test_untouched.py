"""What a refresh leaves as it was: everything but the credentials."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.commands.terminal import PROMPT
from tests.hook.living import SHELLS, SHORT, living, with_short_sessions
from tests.hook.moments import becomes_due, expires_while_idle, forgotten, patiently

if TYPE_CHECKING:
    from tests.hook.living import Living
    from tests.sandbox import Sandbox

WHERE = {
    "bash": "echo $$ $PWD $VIRTUAL_ENV $!",
    "zsh": "echo $$ $PWD $VIRTUAL_ENV $!",
    "fish": "echo $fish_pid $PWD $VIRTUAL_ENV $last_pid",
}
STATUS = {
    "bash": '"$? ${PIPESTATUS[*]}"',
    "zsh": '"$? ${pipestatus[*]}"',
    "fish": '"$status $pipestatus"',
}
HISTORY = {"bash": "history", "zsh": "fc -ln 1", "fish": "history | cat"}
FAILING = "sh -c 'exit 3' | sh -c 'exit 4'"


def typed(shell: Living, line: str) -> str:
    """Type a line as it is, with nothing behind it, and return all that is seen until the prompt is back."""
    shell.terminal.type(line)
    start = len(shell.terminal.output)
    shell.terminal.expect(re.escape(PROMPT))
    return shell.terminal.output[start:]


def status_and_expiry(shell: Living) -> tuple[str, int]:
    """Run a pipeline that fails, and return what the command after it knows of it, and the session's end."""
    typed(shell, FAILING)
    shell.terminal.type(f"printf '<%s>\\n' {STATUS[shell.name]}\" $SHELLVAULT_EXPIRES_AT\"")
    status, expires_at = shell.terminal.expect(r"\n<(\d+ \d+ \d+) (\d+)>").groups()
    shell.terminal.expect(re.escape(PROMPT))
    return status, int(expires_at)


@pytest.mark.parametrize("name", SHELLS)
def test_a_refresh_changes_the_credentials_and_nothing_else(sandbox: Sandbox, name: str) -> None:
    """PIDs, folder, virtualenv, jobs, history, the statuses of the person's commands; and the terminal stays quiet."""
    with_short_sessions(sandbox, 3600)
    (sandbox.home / "a folder").mkdir()
    with living(sandbox, name) as shell:
        old = shell.use(SHORT)
        shell.do("export VIRTUAL_ENV=/some/venv; cd 'a folder'")
        typed(shell, "sleep 300 &")
        before = shell.do(WHERE[name])
        forgotten(sandbox)
        becomes_due(shell)
        mark = len(shell.terminal.output)
        for _turn in patiently("a new session"):
            status, expires_at = status_and_expiry(shell)
            assert status == "4 3 4"
            if expires_at > old:
                break
        noise = shell.terminal.output[mark:]
        assert not re.search(r"(?m)^\[\d|done|Done|has ended|shellvault|error", noise), noise
        assert shell.do(WHERE[name]) == before
        assert len(re.findall("sleep 300", shell.do("jobs"))) == 1
        assert "AWS_SECRET" not in shell.do(HISTORY[name])
        shell.do("kill %1")


@pytest.mark.parametrize("name", SHELLS)
def test_a_refresh_before_a_command_leaves_it_the_status_of_the_one_before(sandbox: Sandbox, name: str) -> None:
    """`echo $?` after an hour away tells of the last command, not of the hook's."""
    with_short_sessions(sandbox, 3600)
    with living(sandbox, name) as shell:
        current = shell.use(SHORT)
        expires_while_idle(shell)
        assert status_and_expiry(shell) == ("4 3 4", current)
