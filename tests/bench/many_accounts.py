"""Measures what a person with many accounts waits for: the picker, a completion, lists, and a command in each."""

from __future__ import annotations

import time
from statistics import median
from typing import TYPE_CHECKING

from tests.bench.measurement import FLOOR, WITH, Case, Measurement
from tests.bench.stage import ROLE
from tests.commands.terminal import open_shell, open_terminal
from tests.hook.live_shell import HOOKS, SHELLS
from tests.sandbox import SHELLVAULT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.bench.stage import Stage
    from tests.sandbox import Sandbox

MANY = 10_000
FIFTY = 50
COLD, COLD_JOBS = 200, 32
LATENCY = 0.2
"""Seconds that AWS takes for each answer."""
_JOBS = 8
_WORK = "sleep 0.2"
_BEFORE_COMPLETION = {
    "bash": "bind 'set enable-bracketed-paste off'",
    "zsh": "echo >~/.zcompdump; autoload -Uz compinit; compinit -u; setopt zle",
    "fish": "set -g fish_autosuggestion_enabled 0",
}


def measure_many_accounts(stage: Stage, folder: Path, rounds: int, cold: int = COLD) -> list[Measurement]:
    """Return the measurements; those in seconds are from a key to what is seen. `cold` profiles have no session."""
    large = folder / "config"
    large.write_text("".join(_list_profiles()))
    agent = stage.agent.sandbox
    agent.env["AWS_CONFIG_FILE"] = str(large)
    arn = stage.aws.world.role("many").arn
    stage.sandbox.configure("".join(ROLE.format(f"many-{number}", arn) for number in range(FIFTY)))
    for number in range(cold):
        stage.sandbox.configure(ROLE.format(f"cold-{number}", stage.aws.world.role(f"cold-{number}").arn))
    lists = (
        Case("list --profiles, 10,000 profiles", WITH, f"AWS_CONFIG_FILE={large} shellvault list --profiles", 2.5),
        Case("list, 10,000 profiles", WITH, f"AWS_CONFIG_FILE={large} shellvault list", 4),
    )
    floor = Case("an empty Python", WITH, FLOOR)
    times: dict[Case, list[float]] = {case: [] for case in (floor, *lists)}
    picker, each, obtained = [], [], []
    for _ in range(rounds + 1):
        for case, taken in times.items():
            taken.append(stage.shells[WITH].measure_seconds(case.line))
        picker.append(_open_picker(agent))
        each.append(_compare_each(stage))
        obtained.append(_obtain_all(stage, cold))
    return [
        *(Measurement(row.title, WITH, _median(times[row]) / _median(times[floor]), row.limit) for row in lists),
        Measurement("the picker is there, 10,000 profiles", WITH, _median(picker), 0.15, " s"),
        *(
            Measurement(f"Tab completes one of 10,000 profiles in {name}", WITH, _median(taken), 0.1, " s")
            for name, taken in ((name, _complete(agent, name, rounds + 1)) for name in SHELLS)
        ),
        Measurement("each over 50 profiles, over xargs -P 8", WITH, _median(each), 1.3),
        Measurement(
            f"each over {cold} profiles, no session cached, 200 ms of AWS, --jobs {COLD_JOBS}",
            WITH,
            _median(obtained),
            3,
        ),
    ]


def _median(taken: list[float]) -> float:
    """Return the median without the first, which fills caches."""
    return median(taken[1:])


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


def _complete(sandbox: Sandbox, name: str, times: int) -> list[float]:
    """Return how long each of several completions took in a shell, in seconds."""
    taken = []
    with open_shell(sandbox, name) as terminal:
        terminal.type(f"source {HOOKS}/shellvault.{name}; {_BEFORE_COMPLETION[name]}")
        for _ in range(times):
            time.sleep(0.2)  # whatever the shell still does
            terminal.press("shellvault use prod-999")
            terminal.expect("999")
            time.sleep(0.2)
            start = len(terminal.collect_output(0.1))
            started = time.perf_counter()
            terminal.press("8\t")
            while "8 " not in terminal.output[start:]:
                terminal.expect(".+")
            taken.append(time.perf_counter() - started)
            terminal.press("\x15")  # Ctrl-U
    return taken


def _compare_each(stage: Stage) -> float:
    """Return how much longer `each` takes than a loop of as many commands at a time, without sessions."""
    shell = stage.shells[WITH]
    loop = shell.measure_seconds(f"seq {FIFTY} | xargs -P {_JOBS} -I x {_WORK}")
    return shell.measure_seconds(f"shellvault each 'many-*' --jobs {_JOBS} --yes -- {_WORK}") / loop


def _obtain_all(stage: Stage, cold: int) -> float:
    """Return how much longer `each` takes than its calls alone, in batches of as many as it may make at a time."""
    stage.clear_sessions()
    batches = -(-cold // COLD_JOBS)
    before = stage.aws.world.count("AssumeRole", "ok")
    stage.aws.faults.latency = LATENCY
    taken = stage.shells[WITH].measure_seconds(f"shellvault each 'cold-*' --jobs {COLD_JOBS} --yes -- true")
    stage.aws.faults.latency = 0
    if (called := stage.aws.world.count("AssumeRole", "ok") - before) != cold:
        raise RuntimeError(f"{called} calls for {cold} sessions")
    return taken / (batches * LATENCY)
