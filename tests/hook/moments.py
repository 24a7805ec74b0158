"""The moments in a session's life that a test would else have to wait for, brought about in a living shell."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.commands.terminal import TERMINAL_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.hook.living import Living
    from tests.sandbox import Sandbox

NEVER = 9_999_999_999


def patiently(what: str) -> Iterator[None]:
    """Give a loop its turns until it breaks off; fail where `what` it waits for does not come."""
    give_up = time.monotonic() + TERMINAL_TIMEOUT
    while time.monotonic() < give_up:
        yield
        time.sleep(0.1)
    pytest.fail(f"never: {what}")


def sets(shell: Living, name: str, value: int | str) -> str:
    """Return the statement that sets one of the hook's own variables."""
    return f"set -g {name} {value}" if shell.name == "fish" else f"{name}={value}"


def may_try_again(shell: Living) -> None:
    """Let the hook's waiting after a failure be over."""
    shell.do(f"{sets(shell, '__shellvault_background_at', 0)}; {sets(shell, '__shellvault_renew_at', 0)}")


def forgotten(sandbox: Sandbox) -> None:
    """Empty the cache, and let AWS's clock go on: two sessions that end in the same second would look alike."""
    sandbox.aws.world.clock_skew += 2
    sandbox.run("clear")


def becomes_due(shell: Living, *, alone: bool = True) -> None:
    """Let the margin begin for this shell; where it is not alone, another one is to renew the session, and not it."""
    hands_off = f"; __shellvault_adopt; {sets(shell, '__shellvault_background_at', NEVER)}"
    shell.do("export SHELLVAULT_REFRESH_AT=1000000000" + ("" if alone else hands_off))


def expires_while_idle(shell: Living) -> None:
    """Let the session be over for this shell, whose prompt has not noticed yet; a stamp tells of no newer one."""
    shell.do(
        'rm -f "$SHELLVAULT_STAMP"; export SHELLVAULT_REFRESH_AT=1000000000; export SHELLVAULT_EXPIRES_AT=1000000001; '
        f"__shellvault_adopt; {sets(shell, '__shellvault_background_at', NEVER)}"
    )
