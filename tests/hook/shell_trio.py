"""Starts one shell of each kind, each with its own profile, for tests that wait in real time."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from tests.hook.live_shell import SHELLS, start_shell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.hook.live_shell import LiveShell
    from tests.sandbox import Sandbox


@contextmanager
def start_shell_trio(sandbox: Sandbox, lifetime: int, *groups: str) -> Iterator[dict[str, LiveShell]]:
    """Start one shell of each kind, plus another set for each of `groups`, with sessions of `lifetime` seconds.

    The keys are `bash` and `GROUP bash`. No two shells share a session.
    """
    sandbox.aws.world.session_life = lifetime
    kinds = {f"{word} {name}".strip(): name for word in ("", *groups) for name in SHELLS}
    with ExitStack() as stack:
        shells = {who: stack.enter_context(start_shell(sandbox, name)) for who, name in kinds.items()}
        for who in shells:
            sandbox.add(who, sandbox.aws.world.user(who).access_key())
        for who, shell in shells.items():
            shell.use(who)
        yield shells
