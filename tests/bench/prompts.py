"""How long a shell takes from one prompt to the next, without the hook and with it, measured in living shells."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import pexpect

from shellvault.core.record import Record
from tests.shells.run import SHELLS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sandbox import Sandbox

TARGETS = {"bash": 0.2, "zsh": 0.2, "fish": 0.6}
"""What the hook may add to a prompt, in milliseconds."""
PROMPTS = 50  # in a block
_HOOKS = Path(__file__).parents[2] / "shell"
_END = b"END."
_OPTIONS = {"fish": ("-C", "function fish_prompt; echo -n '$ '; end")}


class Added(Record):
    """Median milliseconds a prompt: of the shell alone, and what the hook adds without a session and with one."""

    shell: str
    alone: float
    idle: float
    fresh: float


def every(sandbox: Sandbox, blocks: int) -> list[Added]:
    """Measure every shell in a sandbox that is still empty."""
    sandbox.add("base", sandbox.aws.world.user().access_key())
    return [added(sandbox, shell, blocks) for shell in TARGETS]


def added(sandbox: Sandbox, shell: str, blocks: int) -> Added:
    """Measure one shell. Blocks of the three cases follow one another, so that a busy moment falls on all alike."""
    hook = f"source {_HOOKS}/shellvault.{shell}"
    cases = ((), (hook,), (hook, "shellvault use base"))
    with ExitStack() as open_shells:
        prompting = [open_shells.enter_context(_prompting(sandbox, shell, lines)) for lines in cases]
        rounds = [[_block(child) for child in prompting] for _ in range(blocks)]
    alone, idle, fresh = (median(times) for times in zip(*rounds, strict=True))
    return Added(shell=shell, alone=alone, idle=idle - alone, fresh=fresh - alone)


def table(rows: list[Added]) -> str:
    """Return what is printed."""
    head = f"{'per prompt':<12}{'alone':>12}{'no session':>14}{'fresh session':>16}\n"
    return head + "".join(
        f"{row.shell:<12}{row.alone:>9.3f} ms{row.idle:>+11.3f} ms{row.fresh:>+13.3f} ms"
        f"   target +{TARGETS[row.shell]:g} ms\n"
        for row in rows
    )


@contextmanager
def _prompting(sandbox: Sandbox, shell: str, lines: tuple[str, ...]) -> Iterator[pexpect.spawn]:
    command = [*SHELLS[shell], *_OPTIONS.get(shell, ()), "-i"]
    env = {**sandbox.env, "TERM": "xterm", "PS1": "$ "}
    child = pexpect.spawn(command[0], command[1:], env=env, cwd=str(sandbox.home), timeout=30)
    child.delaybeforesend = None
    try:
        for line in lines:
            _run(child, line)
        _block(child)
        yield child
    finally:
        child.close(force=True)


def _block(child: pexpect.spawn) -> float:
    """Press Enter so many times, and return the milliseconds from one prompt to the next."""
    began = time.perf_counter()
    _run(child, "\n" * (PROMPTS - 1))
    return (time.perf_counter() - began) * 1000 / PROMPTS


def _run(child: pexpect.spawn, line: str) -> None:
    os.write(child.child_fd, f"{line}\nprintf 'END%s\\n' .\n".encode())
    seen = b""
    while _END not in seen:
        seen = seen[-len(_END) :] + os.read(child.child_fd, 65536)
