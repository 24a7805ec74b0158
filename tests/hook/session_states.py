"""Puts a live shell's session into states that a test would otherwise have to wait for."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.commands.terminal import TERMINAL_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.hook.live_shell import LiveShell
    from tests.sandbox import Sandbox

NEVER = 9_999_999_999
KEYS = {"AWS_ACCESS_KEY_ID": "ASIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "example", "SHELLVAULT_KEY_ID": "ASIAEXAMPLE"}
"""With these, a shell's credentials count as ours: SHELLVAULT_KEY_ID is the key id that we have put there."""


def poll(condition: str) -> Iterator[None]:
    """Yield until the caller breaks out of the loop; fail when the condition is not met in time."""
    deadline = time.monotonic() + TERMINAL_TIMEOUT
    while time.monotonic() < deadline:
        yield
        time.sleep(0.1)
    pytest.fail(f"timed out waiting for {condition}")


def write_assignment(shell: LiveShell, name: str, value: int | str) -> str:
    """Return the statement that sets one of the hook's own variables."""
    return f"set -g {name} {value}" if shell.name == "fish" else f"{name}={value}"


def end_backoff(shell: LiveShell) -> None:
    """End the hook's delay after a failed refresh."""
    names = ("__shellvault_background_at", "__shellvault_renew_at")
    shell.run("; ".join(write_assignment(shell, name, 0) for name in names))


def drop_sessions(sandbox: Sandbox) -> None:
    """Empty the session cache, and advance AWS's clock so that the next session differs in its expiry."""
    sandbox.aws.world.clock_skew += 2
    sandbox.run("clear")


def make_due(shell: LiveShell, *, refreshes: bool = True) -> None:
    """Start the refresh margin for this shell; unless `refreshes`, it leaves the refresh to another shell."""
    hands_off = f"; __shellvault_adopt; {write_assignment(shell, '__shellvault_background_at', NEVER)}"
    shell.run("export SHELLVAULT_REFRESH_AT=1000000000" + ("" if refreshes else hands_off))


def expire_session(shell: LiveShell) -> None:
    """Let the session expire before the next prompt, with no status file to announce a newer one."""
    shell.run(
        'rm -f "$SHELLVAULT_STAMP"; export SHELLVAULT_REFRESH_AT=1000000000; export SHELLVAULT_EXPIRES_AT=1000000001; '
        f"__shellvault_adopt; {write_assignment(shell, '__shellvault_background_at', NEVER)}"
    )
