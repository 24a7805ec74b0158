"""Credentials stay fresh in the current shell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.hook.live_shell import SHELLS, SHORT, add_short_profile, start_shell
from tests.hook.session_states import drop_sessions, expire_session, make_due
from tests.hook.shell_trio import start_shell_trio

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

SHOW_EXPIRY = "sh -c 'echo saw $SHELLVAULT_EXPIRES_AT'"
"""A program started by a command, which shows what is exported at that moment."""
_ALL_SHELLS = (
    SHOW_EXPIRY,
    f"{SHOW_EXPIRY} | cat",
    f"cat </dev/null | {SHOW_EXPIRY}",
    f"X=1 {SHOW_EXPIRY}",
    f"true && {SHOW_EXPIRY}",
)
_POSIX = (
    f"({SHOW_EXPIRY})",
    f"{{ {SHOW_EXPIRY}; }}",
    f"for i in 1; do {SHOW_EXPIRY}; done",
    f'echo "$({SHOW_EXPIRY})"',
    f"{SHOW_EXPIRY} & wait $! ",
)
_FISH = (
    f"begin; {SHOW_EXPIRY}; end",
    f"for i in 1; {SHOW_EXPIRY}; end",
    f"echo ({SHOW_EXPIRY})",
    f"{SHOW_EXPIRY} & wait $last_pid",
)
FORMS = {"bash": _ALL_SHELLS + _POSIX, "zsh": _ALL_SHELLS + _POSIX, "fish": _ALL_SHELLS + _FISH}


@pytest.mark.parametrize("name", SHELLS)
def test_use_and_off_work_in_the_shell_itself(sandbox: Sandbox, name: str) -> None:
    """`use` enters a session, the segment shows it, and `off` leaves it."""
    add_short_profile(sandbox, 3600)
    with start_shell(sandbox, name) as shell:
        shell.run(f"shellvault use {SHORT}")
        assert shell.get_variable("AWS_ACCESS_KEY_ID").startswith("ASIA")
        assert shell.get_variable("SHELLVAULT_SEGMENT") in (f"{SHORT} 59m", f"{SHORT} 1h")
        shell.run("shellvault off")
        assert shell.get_variable("AWS_ACCESS_KEY_ID") == ""
        assert shell.get_variable("SHELLVAULT_SEGMENT") == ""


@pytest.mark.parametrize("name", SHELLS)
def test_every_form_of_command_sees_the_refreshed_session(sandbox: Sandbox, name: str) -> None:
    """Pipelines, subshells, loops, assignments before a command, jobs: the refresh happens in the shell itself."""
    add_short_profile(sandbox, 3600)
    with start_shell(sandbox, name) as shell:
        current = shell.use(SHORT)
        for form in FORMS[name]:
            expire_session(shell)
            assert f"saw {current}" in shell.run(form), form


def test_prompts_do_not_wait_for_aws(sandbox: Sandbox) -> None:
    """During a five-second refresh, prompts return and commands run; then the new session is there."""
    with start_shell_trio(sandbox, 3600) as shells:
        drop_sessions(sandbox)
        sandbox.aws.faults.latency = 5
        for name, shell in shells.items():
            make_due(shell)
            for number in range(5):
                assert shell.run(f"echo {number}") == str(number)
            assert shell.get_variable("SHELLVAULT_STATE") == "refreshing", name
        assert sandbox.aws.world.count("GetSessionToken") == 3, "prompts waited for AWS to respond"
        for shell in shells.values():
            assert shell.wait_for_session_after(shell.session_expiry, 40) > shell.session_expiry
        assert sandbox.aws.world.count("GetSessionToken") == 6
