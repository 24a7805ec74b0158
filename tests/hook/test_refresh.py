"""Credentials stay fresh in the shell a person is in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.hook.living import SHELLS, SHORT, living, with_short_sessions
from tests.hook.moments import becomes_due, expires_while_idle, forgotten
from tests.hook.three import three

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

LOOK = "sh -c 'echo saw $SHELLVAULT_EXPIRES_AT'"
"""A program that a command starts, and that sees what is exported at that moment."""
_EVERYWHERE = (LOOK, f"{LOOK} | cat", f"cat </dev/null | {LOOK}", f"X=1 {LOOK}", f"true && {LOOK}")
_POSIX = (f"({LOOK})", f"{{ {LOOK}; }}", f"for i in 1; do {LOOK}; done", f'echo "$({LOOK})"', f"{LOOK} & wait $!")
_FISH = (f"begin; {LOOK}; end", f"for i in 1; {LOOK}; end", f"echo ({LOOK})", f"{LOOK} & wait $last_pid")
FORMS = {"bash": _EVERYWHERE + _POSIX, "zsh": _EVERYWHERE + _POSIX, "fish": _EVERYWHERE + _FISH}


@pytest.mark.parametrize("name", SHELLS)
def test_use_and_off_work_in_the_shell_itself(sandbox: Sandbox, name: str) -> None:
    """`use` puts a session in, the segment shows it, `off` takes it out."""
    with_short_sessions(sandbox, 3600)
    with living(sandbox, name) as shell:
        shell.do(f"shellvault use {SHORT}")
        assert shell.value("AWS_ACCESS_KEY_ID").startswith("ASIA")
        assert shell.value("SHELLVAULT_SEGMENT") in (f"{SHORT} 59m", f"{SHORT} 1h")
        shell.do("shellvault off")
        assert shell.value("AWS_ACCESS_KEY_ID") == ""
        assert shell.value("SHELLVAULT_SEGMENT") == ""


@pytest.mark.parametrize("name", SHELLS)
def test_every_form_of_a_command_sees_what_was_renewed_before_it(sandbox: Sandbox, name: str) -> None:
    """Pipelines, subshells, loops, assignments before a command, jobs: the refresh happens in the shell itself."""
    with_short_sessions(sandbox, 3600)
    with living(sandbox, name) as shell:
        current = shell.use(SHORT)
        for form in FORMS[name]:
            expires_while_idle(shell)
            assert f"saw {current}" in shell.do(form), form


def test_prompts_do_not_wait_for_aws(sandbox: Sandbox) -> None:
    """While a refresh takes five seconds, commands run and prompts come; then the new session is there."""
    with three(sandbox, 3600) as shells:
        forgotten(sandbox)
        sandbox.aws.faults.latency = 5
        for name, shell in shells.items():
            becomes_due(shell)
            for number in range(5):
                assert shell.do(f"echo {number}") == str(number)
            assert shell.value("SHELLVAULT_STATE") == "refreshing", name
        assert sandbox.aws.world.count("GetSessionToken") == 3, "AWS has answered: prompts have waited for it"
        for shell in shells.values():
            assert shell.new_session_within(40) > shell.until
        assert sandbox.aws.world.count("GetSessionToken") == 6
