"""Session refresh: a new session reaches every shell in the project, and nothing stays outside."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.direnv.direnv_shell import DIRENV_ONLY, HOOK_FIRST, HOOK_LAST, ORDERS, create_project, start_direnv_shells
from tests.hook.live_shell import SHORT, add_short_profile, sleep_past

if TYPE_CHECKING:
    from tests.direnv.direnv_shell import DirenvShell
    from tests.sandbox import Sandbox

LIFETIME = 24  # seconds; the last quarter is the margin
TIMEOUT = 30


def test_refresh_is_loaded_once_in_every_shell(sandbox: Sandbox) -> None:
    """With the hook before direnv, after it, or absent: one AWS call, one reload each, and nothing left behind."""
    add_short_profile(sandbox, LIFETIME)
    here = create_project(sandbox, f"use shellvault {SHORT}")
    with start_direnv_shells(sandbox, ORDERS) as shells:
        before = {name: shell.dump_environment(sandbox) for name, shell in shells.items()}
        for shell in shells.values():
            shell.change_folder(here)
            shell.session_expiry = shell.get_expiry()
        (expiry,) = {shell.session_expiry for shell in shells.values()}
        sleep_past(expiry - LIFETIME // 4)
        for name, shell in sorted(shells.items(), key=lambda item: DIRENV_ONLY in item[0]):
            wait_for_reload(shell)
            assert (name, shell.count_loads()) == (name, 2)
            assert shell.get_variable("AWS_ACCESS_KEY_ID") in shell.read_direnv_diff(sandbox)
        assert len({shell.get_variable("AWS_ACCESS_KEY_ID") for shell in shells.values()}) == 1
        for name, shell in shells.items():
            shell.change_folder(sandbox.home)
            assert shell.dump_environment(sandbox) == before[name]
    assert sandbox.aws.world.count("GetSessionToken") == 2


def wait_for_reload(shell: DirenvShell) -> None:
    """Run commands until the shell has a newer session and direnv has loaded it."""
    deadline = time.monotonic() + TIMEOUT
    while shell.get_expiry() == shell.session_expiry or shell.count_loads() == 1:
        assert time.monotonic() < deadline, "the session was not refreshed"
        time.sleep(0.1)


def test_expired_session_is_refreshed_for_the_next_command(sandbox: Sandbox) -> None:
    """The hook refreshes before the command, whether it was loaded before direnv or after it."""
    add_short_profile(sandbox, 8)
    here = create_project(sandbox, f"use shellvault {SHORT}")
    with start_direnv_shells(sandbox, [HOOK_FIRST, HOOK_LAST]) as shells:
        old = {}
        for name, shell in shells.items():
            shell.change_folder(here)
            old[name], shell.session_expiry = shell.get_variable("AWS_ACCESS_KEY_ID"), shell.get_expiry()
        sleep_past(max(shell.session_expiry for shell in shells.values()))
        for name, shell in shells.items():
            assert shell.get_variable("AWS_ACCESS_KEY_ID") not in ("", old[name]), name
            shell.change_folder(sandbox.home)
            assert shell.get_variable("AWS_ACCESS_KEY_ID") == "", name
