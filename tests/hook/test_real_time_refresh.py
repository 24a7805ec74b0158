"""Sessions of seconds, which become due and expire in real time."""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests.aws.server import AwsServer
from tests.hook.live_shell import LIFETIME, SHELLS, SHORT, add_short_profile, sleep_past, start_shell
from tests.hook.shell_trio import start_shell_trio
from tests.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.aws.world import World
    from tests.hook.live_shell import LiveShell

pytestmark = pytest.mark.usefixtures(
    "idle_and_active_shells", "twenty_shells"
)  # set up first, so that all tests share one wait
KINDS = ("bash",) * 10 + ("zsh",) * 5 + ("fish",) * 5


@pytest.fixture(scope="module")
def idle_and_active_shells(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, LiveShell]]:
    """Return `bash`, `zsh` and `fish` to type into, and `idle bash` and so on, which are left alone."""
    with AwsServer() as aws:
        sandbox = Sandbox(tmp_path_factory.mktemp("trio"), aws)
        with start_shell_trio(sandbox, LIFETIME, "idle") as shells:
            yield shells
        sandbox.purge()


@pytest.fixture(scope="module")
def twenty_shells(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, list[LiveShell]]]:
    """Return the AWS state, and twenty shells that share one session."""
    with AwsServer() as aws, ExitStack() as stack:
        sandbox = Sandbox(tmp_path_factory.mktemp("twenty"), aws)
        add_short_profile(sandbox, LIFETIME)
        shells = [stack.enter_context(start_shell(sandbox, name)) for name in KINDS]
        for shell in shells:
            shell.use(SHORT)
        yield aws.world, shells
        sandbox.purge()


@pytest.mark.parametrize("name", SHELLS)
def test_session_is_refreshed_before_it_expires(idle_and_active_shells: dict[str, LiveShell], name: str) -> None:
    """Inside the margin, a prompt picks up the result of a background refresh while the old session is still valid."""
    shell = idle_and_active_shells[name]
    key_id = shell.get_variable("AWS_ACCESS_KEY_ID")
    assert shell.wait_for_session_after(shell.session_expiry, 40) > shell.session_expiry
    assert time.time() < shell.session_expiry
    assert shell.get_variable("AWS_ACCESS_KEY_ID") not in ("", key_id)


def test_twenty_shells_due_at_once_call_aws_once(twenty_shells: tuple[World, list[LiveShell]]) -> None:
    """All of them run a command at the same moment, and all end up with the one new session."""
    world, shells = twenty_shells
    until = shells[0].session_expiry
    assert {shell.session_expiry for shell in shells} == {until}
    sleep_past(until - LIFETIME // 4)
    for shell in shells:
        shell.terminal.type("true")
    assert len({shell.wait_for_session_after(until) for shell in shells}) == 1
    assert world.count("GetSessionToken") == 2


@pytest.mark.parametrize("name", SHELLS)
def test_first_command_after_a_pause_has_fresh_credentials(
    idle_and_active_shells: dict[str, LiveShell], name: str
) -> None:
    """A shell idle past the expiry refreshes before the next command, not after it."""
    shell = idle_and_active_shells[f"idle {name}"]
    sleep_past(shell.session_expiry)
    assert shell.get_expiry() > shell.session_expiry
