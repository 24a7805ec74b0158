"""The three shells side by side, each with a profile of its own, for tests that have to wait for the clock."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from tests.hook.living import SHELLS, living

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.hook.living import Living
    from tests.sandbox import Sandbox


@contextmanager
def three(sandbox: Sandbox, life: int, *more: str) -> Iterator[dict[str, Living]]:
    """Start one shell of each kind, and another for each word in `more`, with a session of `life` seconds in it.

    The keys are `bash` and `WORD bash`. No two of them share a session.
    """
    sandbox.aws.world.min_duration = 1
    kinds = {f"{word} {name}".strip(): name for word in ("", *more) for name in SHELLS}
    with ExitStack() as stack:
        shells = {who: stack.enter_context(living(sandbox, name)) for who, name in kinds.items()}
        for who in shells:
            sandbox.add(who, sandbox.aws.world.user(who).access_key())
            sandbox.configure(f"[profile {who}]\nduration_seconds = {life}\n")
        for who, shell in shells.items():
            shell.use(who)
        yield shells
