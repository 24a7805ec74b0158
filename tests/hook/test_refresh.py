"""Credentials stay fresh in the shell a person is in."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.hook.living import SHELLS, SHORT, living, sleep_past, with_short_sessions

if TYPE_CHECKING:
    from tests.house import House


@pytest.mark.parametrize("name", SHELLS)
def test_use_and_off_work_in_the_shell_itself(house: House, name: str) -> None:
    """`use` puts a session in, the segment shows it, `off` takes it out."""
    with_short_sessions(house, 3600)
    with living(house, name) as shell:
        shell.do(f"shellvault use {SHORT}")
        assert shell.value("AWS_ACCESS_KEY_ID").startswith("ASIA")
        assert shell.value("SHELLVAULT_SEGMENT") in (f"{SHORT} 59m", f"{SHORT} 1h")
        shell.do("shellvault off")
        assert shell.value("AWS_ACCESS_KEY_ID") == ""
        assert shell.value("SHELLVAULT_SEGMENT") == ""


@pytest.mark.parametrize("name", SHELLS)
def test_a_session_is_renewed_before_it_expires(house: House, name: str) -> None:
    """Inside the margin a background refresh is picked up at a prompt, while the old session is still valid."""
    with_short_sessions(house)
    with living(house, name) as shell:
        shell.do(f"shellvault use {SHORT}")
        old = shell.expires_at()
        pid = shell.do("echo $fish_pid" if name == "fish" else "echo $$")
        assert shell.new_session_within(40) > old
        assert time.time() < old
        assert shell.do("echo $fish_pid" if name == "fish" else "echo $$") == pid


@pytest.mark.parametrize("name", SHELLS)
def test_after_a_sleep_the_very_next_command_has_fresh_credentials(house: House, name: str) -> None:
    """A shell that was idle past the expiry renews before the command that is typed, not after it."""
    with_short_sessions(house, 4)
    with living(house, name) as shell:
        shell.do(f"shellvault use {SHORT}")
        old = shell.value("AWS_ACCESS_KEY_ID")
        sleep_past(shell.expires_at())
        assert shell.value("AWS_ACCESS_KEY_ID") not in ("", old)
