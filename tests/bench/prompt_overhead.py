"""Measures how long interactive shells take from prompt to prompt, with and without the hook."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import pexpect

from shellvault.core.record import Record
from tests.shells.real_shells import SHELLS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sandbox import Sandbox

TARGETS = {"bash": 0.2, "zsh": 0.2, "fish": 0.6}
"""The limit of what the hook may add to a prompt, in milliseconds."""
PROMPTS = 50  # per block
_BLOCKS = 3  # from one start of a shell
_HOOKS = Path(__file__).parents[2] / "shell"
_END = b"END."
_OPTIONS = {"fish": ("-C", "function fish_prompt; echo -n '$ '; end")}


class PromptOverhead(Record):
    """Median milliseconds per prompt: of the shell alone, and added by the hook without and with a session."""

    shell: str
    alone: float
    idle: float
    fresh: float


def measure_all(sandbox: Sandbox, starts: int) -> list[PromptOverhead]:
    """Measure every shell in an empty sandbox."""
    sandbox.add("base", sandbox.aws.world.user().access_key())
    return [measure_shell(sandbox, shell, starts) for shell in TARGETS]


def measure_shell(sandbox: Sandbox, shell: str, starts: int) -> PromptOverhead:
    """Measure one shell, which is started several times: how long a prompt takes varies from one fish to the next."""
    rounds = [times for _ in range(starts) for times in _measure_start(sandbox, shell)]
    alone, idle, fresh = (median(times) for times in zip(*rounds, strict=True))
    return PromptOverhead(shell=shell, alone=alone, idle=idle - alone, fresh=fresh - alone)


def _measure_start(sandbox: Sandbox, shell: str) -> list[list[float]]:
    """Measure the shell alone, with the hook, and with a session, in turns: a busy moment affects all alike."""
    hook = f"source {_HOOKS}/shellvault.{shell}"
    cases = ((), (hook,), (hook, "shellvault use base"))
    with ExitStack() as open_shells:
        prompting = [open_shells.enter_context(_start_shell(sandbox, shell, lines)) for lines in cases]
        return [[_measure_block(child) for child in prompting] for _ in range(_BLOCKS)]


def format_table(rows: list[PromptOverhead]) -> str:
    """Return the printed table."""
    head = f"{'per prompt':<12}{'alone':>12}{'no session':>14}{'fresh session':>16}\n"
    return head + "".join(
        f"{row.shell:<12}{row.alone:>9.3f} ms{row.idle:>+11.3f} ms{row.fresh:>+13.3f} ms"
        f"   target +{TARGETS[row.shell]:g} ms\n"
        for row in rows
    )


@contextmanager
def _start_shell(sandbox: Sandbox, shell: str, lines: tuple[str, ...]) -> Iterator[pexpect.spawn]:
    command = [*SHELLS[shell], *_OPTIONS.get(shell, ()), "-i"]
    env = {**sandbox.env, "TERM": "xterm", "PS1": "$ "}
    child = pexpect.spawn(command[0], command[1:], env=env, cwd=str(sandbox.home), timeout=30)
    child.delaybeforesend = None
    try:
        for line in lines:
            _run(child, line)
        _measure_block(child)
        yield child
    finally:
        child.close(force=True)


def _measure_block(child: pexpect.spawn) -> float:
    """Press Enter repeatedly, and return the milliseconds from prompt to prompt."""
    start = time.perf_counter()
    _run(child, "\n" * (PROMPTS - 1))
    return (time.perf_counter() - start) * 1000 / PROMPTS


def _run(child: pexpect.spawn, line: str) -> None:
    os.write(child.child_fd, f"{line}\nprintf 'END%s\\n' .\n".encode())
    seen = b""
    while _END not in seen:
        seen = seen[-len(_END) :] + os.read(child.child_fd, 65536)
