"""A refresh changes nothing but the credentials."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.commands.terminal import PROMPT
from tests.hook.live_shell import SHELLS, SHORT, add_short_profile, start_shell
from tests.hook.session_states import drop_sessions, expire_session, make_due, poll

if TYPE_CHECKING:
    from tests.hook.live_shell import LiveShell
    from tests.sandbox import Sandbox

PRINT_CONTEXT = {
    "bash": "echo $$ $PWD $VIRTUAL_ENV ${!}",
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


def type_line(shell: LiveShell, line: str) -> str:
    """Type a line with nothing appended, and return everything shown until the prompt is back."""
    shell.terminal.type(line)
    start = len(shell.terminal.output)
    shell.terminal.expect(re.escape(PROMPT))
    return shell.terminal.output[start:]


def read_status_and_expiry(shell: LiveShell) -> tuple[str, int]:
    """Run a failing pipeline, and return the status that the next command sees and the session's expiry."""
    type_line(shell, FAILING)
    shell.terminal.type(f"printf '<%s>\\n' {STATUS[shell.name]}\" $SHELLVAULT_EXPIRES_AT\"")
    status, expires_at = shell.terminal.expect(r"\n<(\d+ \d+ \d+) (\d+)>").groups()
    shell.terminal.expect(re.escape(PROMPT))
    return status, int(expires_at)


@pytest.mark.parametrize("name", SHELLS)
def test_refresh_changes_only_the_credentials(sandbox: Sandbox, name: str) -> None:
    """PIDs, folder, virtualenv, jobs, history and exit statuses are unchanged, and the terminal stays silent."""
    add_short_profile(sandbox, 3600)
    (sandbox.home / "a folder").mkdir()
    with start_shell(sandbox, name) as shell:
        old = shell.use(SHORT)
        shell.run("export VIRTUAL_ENV=/some/venv; cd 'a folder'")
        type_line(shell, "sleep 300 &")
        before = shell.run(PRINT_CONTEXT[name])
        drop_sessions(sandbox)
        make_due(shell)
        mark = len(shell.terminal.output)
        for _ in poll("a new session"):
            status, expires_at = read_status_and_expiry(shell)
            assert status == "4 3 4"
            if expires_at > old:
                break
        noise = shell.terminal.output[mark:]
        assert not re.search(r"(?m)^\[\d|done|Done|has ended|shellvault|error", noise), noise
        assert shell.run(PRINT_CONTEXT[name]) == before
        assert len(re.findall("sleep 300", shell.run("jobs"))) == 1
        assert "AWS_SECRET" not in shell.run(HISTORY[name])
        shell.run("kill %1")


@pytest.mark.parametrize("name", SHELLS)
def test_refresh_before_a_command_preserves_the_exit_status(sandbox: Sandbox, name: str) -> None:
    """`echo $?` after a pause shows the status of the user's last command, not the hook's."""
    add_short_profile(sandbox, 3600)
    with start_shell(sandbox, name) as shell:
        current = shell.use(SHORT)
        expire_session(shell)
        assert read_status_and_expiry(shell) == ("4 3 4", current)
