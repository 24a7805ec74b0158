"""A session that is renewed reaches every shell in the project, and none of it stays outside."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.direnv.folders import AFTER, ALONE, BEFORE, ORDERS, project, several
from tests.hook.living import SHORT, sleep_past, with_short_sessions

if TYPE_CHECKING:
    from tests.direnv.folders import Watched
    from tests.sandbox import Sandbox

LIFE = 24  # seconds; the last quarter is the margin
PATIENCE = 30


def test_a_refresh_is_loaded_once_in_every_shell(sandbox: Sandbox) -> None:
    """With the hook before direnv, after it and without it: one AWS call, one more load each, and nothing stays."""
    with_short_sessions(sandbox, LIFE)
    here = project(sandbox, f"use shellvault {SHORT}")
    with several(sandbox, ORDERS) as shells:
        before = {name: shell.environment(sandbox) for name, shell in shells.items()}
        for shell in shells.values():
            shell.enters(here)
            shell.until = shell.expires_at()
        (until,) = {shell.until for shell in shells.values()}
        sleep_past(until - LIFE // 4)
        for name, shell in sorted(shells.items(), key=lambda item: ALONE in item[0]):
            loaded_again(shell)
            assert (name, shell.loads()) == (name, 2)
            assert shell.value("AWS_ACCESS_KEY_ID") in shell.difference(sandbox)
        assert len({shell.value("AWS_ACCESS_KEY_ID") for shell in shells.values()}) == 1
        for name, shell in shells.items():
            shell.enters(sandbox.home)
            assert shell.environment(sandbox) == before[name]
    assert sandbox.aws.world.count("GetSessionToken") == 2


def loaded_again(shell: Watched) -> None:
    """Press Enter, as it were, until the shell has a newer session and direnv has loaded it."""
    give_up = time.monotonic() + PATIENCE
    while shell.expires_at() == shell.until or shell.loads() == 1:
        assert time.monotonic() < give_up, "the session was not renewed"
        time.sleep(0.1)


def test_an_expired_session_is_renewed_for_the_next_command(sandbox: Sandbox) -> None:
    """After a sleep: the hook renews before the command, whether it was loaded before direnv or after it."""
    with_short_sessions(sandbox, 8)
    here = project(sandbox, f"use shellvault {SHORT}")
    with several(sandbox, [BEFORE, AFTER]) as shells:
        old = {}
        for name, shell in shells.items():
            shell.enters(here)
            old[name], shell.until = shell.value("AWS_ACCESS_KEY_ID"), shell.expires_at()
        sleep_past(max(shell.until for shell in shells.values()))
        for name, shell in shells.items():
            assert shell.value("AWS_ACCESS_KEY_ID") not in ("", old[name]), name
            shell.enters(sandbox.home)
            assert shell.value("AWS_ACCESS_KEY_ID") == "", name
