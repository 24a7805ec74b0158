"""Sessions of seconds, and shells that see them become due and expire by the real clock."""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests.aws.server import AwsServer
from tests.hook.living import LIFE, SHELLS, SHORT, living, sleep_past, with_short_sessions
from tests.hook.three import three
from tests.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.aws.world import World
    from tests.hook.living import Living

pytestmark = pytest.mark.usefixtures("side_by_side", "twenty")  # both begin first, so that one wait serves them all
KINDS = ("bash",) * 10 + ("zsh",) * 5 + ("fish",) * 5


@pytest.fixture(scope="module")
def side_by_side(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Living]]:
    """Return `bash`, `zsh` and `fish` to type into, and `idle bash` and so on, which nobody touches."""
    with AwsServer() as aws:
        sandbox = Sandbox(tmp_path_factory.mktemp("three"), aws)
        with three(sandbox, LIFE, "idle") as shells:
            yield shells
        sandbox.purge()


@pytest.fixture(scope="module")
def twenty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, list[Living]]]:
    """Return an AWS, and twenty shells that share one session of it."""
    with AwsServer() as aws, ExitStack() as stack:
        sandbox = Sandbox(tmp_path_factory.mktemp("twenty"), aws)
        with_short_sessions(sandbox, LIFE)
        shells = [stack.enter_context(living(sandbox, name)) for name in KINDS]
        for shell in shells:
            shell.use(SHORT)
        yield aws.world, shells
        sandbox.purge()


@pytest.mark.parametrize("name", SHELLS)
def test_a_session_is_renewed_before_it_expires(side_by_side: dict[str, Living], name: str) -> None:
    """Inside the margin a background refresh is picked up at a prompt, while the old session is still valid."""
    shell = side_by_side[name]
    key_id = shell.value("AWS_ACCESS_KEY_ID")
    assert shell.new_session_within(40) > shell.until
    assert time.time() < shell.until
    assert shell.value("AWS_ACCESS_KEY_ID") not in ("", key_id)


def test_twenty_shells_that_are_due_together_ask_aws_once(twenty: tuple[World, list[Living]]) -> None:
    """All of them press Enter at the same moment, and all of them have the one new session in the end."""
    world, shells = twenty
    until = shells[0].until
    assert {shell.until for shell in shells} == {until}
    sleep_past(until - LIFE // 4)
    for shell in shells:
        shell.terminal.type("true")
    assert len({shell.newer_than(until) for shell in shells}) == 1
    assert world.count("GetSessionToken") == 2


@pytest.mark.parametrize("name", SHELLS)
def test_after_a_sleep_the_very_next_command_has_fresh_credentials(side_by_side: dict[str, Living], name: str) -> None:
    """A shell that was idle past the expiry renews before the command that is typed, not after it."""
    shell = side_by_side[f"idle {name}"]
    sleep_past(shell.until)
    assert shell.expires_at() > shell.until
