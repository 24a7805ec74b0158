"""Measures what a person with many accounts waits for: the picker, a completion, lists, and a command in each."""

from __future__ import annotations

import time
from statistics import median
from typing import TYPE_CHECKING

from tests.bench.measurement import FLOOR, WITH, Case, Measurement
from tests.bench.stage import ROLE
from tests.commands.terminal import open_shell, open_terminal
from tests.hook.live_shell import HOOKS
from tests.sandbox import SHELLVAULT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.bench.stage import Stage
    from tests.sandbox import Sandbox

MANY = 10_000
FIFTY = 50
_JOBS = 8
_WORK = "sleep 0.2"


def measure_many_accounts(stage: Stage, folder: Path, rounds: int) -> list[Measurement]:
    """Return the measurements; those in seconds are from a key to what is seen."""
    large = folder / "config"
    large.write_text("".join(_list_profiles()))
    agent = stage.agent.sandbox
    agent.env["AWS_CONFIG_FILE"] = str(large)
    arn = stage.aws.world.role("many").arn
    stage.sandbox.configure("".join(ROLE.format(f"many-{number}", arn) for number in range(FIFTY)))
    lists = (
        Case("list --profiles, 10,000 profiles", WITH, f"AWS_CONFIG_FILE={large} shellvault list --profiles", 2.5),
        Case("list, 10,000 profiles", WITH, f"AWS_CONFIG_FILE={large} shellvault list", 4),
    )
    floor = Case("an empty Python", WITH, FLOOR)
    times: dict[Case, list[float]] = {case: [] for case in (floor, *lists)}
    seen: dict[str, list[float]] = {"picker": [], "completion": []}
    each: list[float] = []
    for _ in range(rounds + 1):
        for case, taken in times.items():
            taken.append(stage.shells[WITH].measure_seconds(case.line))
        seen["picker"].append(_open_picker(agent))
        each.append(_compare_each(stage))
    seen["completion"] = _complete(agent, rounds + 1)
    return [
        *(
            Measurement(each.title, WITH, median(times[each][1:]) / median(times[floor][1:]), each.limit)
            for each in lists
        ),
        Measurement("the picker is there, 10,000 profiles", WITH, median(seen["picker"][1:]), 0.15, " s"),
        Measurement("Tab completes one of 10,000 profiles", WITH, median(seen["completion"][1:]), 0.1, " s"),
        Measurement("each over 50 profiles, over xargs -P 8", WITH, median(each[1:]), 1.3),
    ]


def _list_profiles() -> Iterator[str]:
    yield "[profile base]\nregion = eu-west-1\n"
    for number in range(MANY):
        arn = f"arn:aws:iam::{100_000_000_000 + number}:role/deploy"
        yield f"[profile prod-{number}]\nrole_arn = {arn}\nsource_profile = base\nregion = eu-west-1\n"


def _open_picker(sandbox: Sandbox) -> float:
    started = time.perf_counter()
    with open_terminal(sandbox, [SHELLVAULT, "exec"], TERM="xterm-256color", PATH=_without_fzf(sandbox)) as terminal:
        terminal.expect("prod-")
        taken = time.perf_counter() - started
        terminal.interrupt()
        terminal.wait_for_exit()
    return taken


def _without_fzf(sandbox: Sandbox) -> str:
    """Return a PATH with our own programs only."""
    return sandbox.env["PATH"].partition(":")[0]


def _complete(sandbox: Sandbox, times: int) -> list[float]:
    """Return how long each of several completions took, in seconds."""
    taken = []
    with open_shell(sandbox, "bash") as terminal:
        terminal.type(f"source {HOOKS}/shellvault.bash; bind 'set enable-bracketed-paste off'")
        for _ in range(times):
            terminal.press("shellvault use prod-999")
            terminal.expect("prod-999")
            time.sleep(0.2)  # whatever the shell still does
            started = time.perf_counter()
            terminal.press("8\t")
            terminal.expect("8 ")
            taken.append(time.perf_counter() - started)
            terminal.press("\x15")  # Ctrl-U
    return taken


def _compare_each(stage: Stage) -> float:
    """Return how much longer `each` takes than a loop of as many commands at a time, without sessions."""
    shell = stage.shells[WITH]
    loop = shell.measure_seconds(f"seq {FIFTY} | xargs -P {_JOBS} -I x {_WORK}")
    return shell.measure_seconds(f"shellvault each 'many-*' --jobs {_JOBS} --yes -- {_WORK}") / loop
