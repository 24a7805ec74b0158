"""Measures how long shellvault takes, relative to `python -c pass`: `python -m tests.bench [ROUNDS] [--plot FILE]`.

`python -m tests.bench hook [ROUNDS]` measures only what the hook adds to a shell's prompt, `python -m tests.bench
endpoint` only how fast the endpoint answers many clients, and `python -m tests.bench accounts [ROUNDS]` only what
somebody with many accounts waits for.

Runs are interleaved, so that a busy moment of the machine affects all cases alike, and medians are compared.
docs/performance.md explains the rows.
"""

from __future__ import annotations

import sys
import tempfile
from itertools import chain
from pathlib import Path
from random import Random
from statistics import median
from typing import TYPE_CHECKING

from tests.aws.server import AwsServer
from tests.bench import prompt_overhead
from tests.bench.benchmark_cases import prepare_cases
from tests.bench.crowd import Crowd
from tests.bench.endpoint_load import measure_endpoint
from tests.bench.machine import describe_load, describe_machine
from tests.bench.many_accounts import measure_many_accounts
from tests.bench.measurement import FLOOR, WITH, WITHOUT, Measurement
from tests.bench.peers import PEER, find_peers
from tests.bench.plot import draw
from tests.bench.report import format_report
from tests.bench.stage import REFUSED, REFUSED_WITH, Stage
from tests.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.bench.measurement import Case
    from tests.bench.timed_shell import TimedShell

ROUNDS = 40
_FLOORS = 4  # empty Pythons in a round; they are in every ratio, so an error in their median would be in every row
_ROUNDS_PER_CROWD = 8  # a crowd takes longer, and its times vary less
_LARGEST_AGENT = 15  # MiB


def main() -> None:
    """Measure and print."""
    words = sys.argv[1:]
    rounds = next((int(word) for word in words if word.isdecimal()), ROUNDS)
    with tempfile.TemporaryDirectory(prefix="shellvault-bench-") as folder:
        if "hook" in words:
            sys.stdout.write(prompt_overhead.format_table(_measure_prompts(Path(folder), rounds)))
            return
        if "endpoint" in words:
            sys.stdout.write(_measure_endpoint(Path(folder)))
            return
        if "accounts" in words:
            sys.stdout.write(_measure_accounts(Path(folder), rounds))
            return
        machine = describe_machine()
        measurements, missing = measure(Path(folder), rounds)
        machine[1] += f" before and {describe_load()} after it"
        sys.stdout.write(format_report([*machine, f"{rounds} rounds"], measurements, missing))
    if "--plot" in words:
        Path(words[words.index("--plot") + 1]).write_text(draw(measurements))


def measure(folder: Path, rounds: int) -> tuple[list[Measurement], list[str]]:
    """Return all measurements, and the names of what could not be measured."""
    overheads = _measure_prompts(folder / "prompts", max(2, rounds // _ROUNDS_PER_CROWD))  # while nothing else runs
    with Stage(folder) as stage:
        before = stage.measure_agent()
        peers, peer_cases, missing = find_peers(stage.sandbox.env, folder / "peers")
        with peers:
            cases = (*prepare_cases(stage), *peer_cases)
            found = measure_cases({**stage.shells, PEER: peers}, cases, rounds)
        crowds = Crowd(stage, folder).measure(max(1, rounds // _ROUNDS_PER_CROWD))
        memory = [
            Measurement("an idle agent, before its first AWS call", WITH, before, _LARGEST_AGENT, " MiB"),
            Measurement("an agent after AWS calls, not yet trimmed", WITH, stage.measure_agent(), None, " MiB"),
        ]
    ours, others = found[: -len(peer_cases) or None], found[len(found) - len(peer_cases) :]
    return [*ours, *crowds, *_list_prompts(overheads), *memory, *others], missing


def measure_cases(shells: Mapping[str, TimedShell], cases: Sequence[Case], rounds: int) -> list[Measurement]:
    """Return the median time of each case, relative to an empty Python under the same conditions: see `find_floor`."""
    times: dict[Case, list[float]] = {case: [] for case in cases}
    order = Random(rounds)  # noqa: S311 - shuffled, because what ran before a case affects it
    one_round = [case for case in cases for _ in range(_FLOORS if case.line == FLOOR else 1)]
    shuffled = (order.sample(one_round, len(one_round)) for _ in range(rounds))
    for case in chain(cases, *shuffled):  # the first ones fill caches
        case.before()
        times[case].append(shells[case.shell].measure_seconds(case.line))
    medians = {case: median(taken[1:]) for case, taken in times.items()}
    return [
        Measurement(case.title, case.column, taken / medians[find_floor(cases, case)], case.limit)
        for case, taken in medians.items()
    ]


def find_floor(cases: Sequence[Case], case: Case) -> Case:
    """Return the empty Python that a case is compared with: a system call filter slows down every program."""
    is_filtered = case.shell in (REFUSED, REFUSED_WITH) and case.line != FLOOR
    return next(each for each in cases if each.line == FLOOR and (each.shell == REFUSED) == is_filtered)


def _measure_prompts(folder: Path, starts: int) -> list[prompt_overhead.PromptOverhead]:
    folder.mkdir(exist_ok=True)
    with AwsServer() as aws:
        sandbox = Sandbox(folder, aws)
        try:
            return prompt_overhead.measure_all(sandbox, starts)
        finally:
            sandbox.purge()


def _measure_endpoint(folder: Path) -> str:
    with AwsServer() as aws:
        sandbox = Sandbox(folder, aws)
        try:
            return "".join(load.format() for load in measure_endpoint(sandbox))
        finally:
            sandbox.purge()


def _measure_accounts(folder: Path, rounds: int) -> str:
    with Stage(folder) as stage:
        return "".join(f"{each.title}: {each}\n" for each in measure_many_accounts(stage, folder, rounds))


def _list_prompts(rows: Sequence[prompt_overhead.PromptOverhead]) -> list[Measurement]:
    limits = prompt_overhead.TARGETS
    return [
        Measurement(f"{row.shell}: what the hook adds to a prompt", WITHOUT, row.fresh, limits[row.shell], " ms")
        for row in rows
    ]


if __name__ == "__main__":
    main()
