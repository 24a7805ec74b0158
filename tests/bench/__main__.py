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
from pathlib import Path
from typing import TYPE_CHECKING

from tests.aws.server import AwsServer
from tests.bench import prompt_overhead
from tests.bench.benchmark_cases import prepare_cases
from tests.bench.crowd import Crowd
from tests.bench.endpoint_load import measure_endpoint
from tests.bench.machine import describe_load, describe_machine
from tests.bench.many_accounts import measure_many_accounts
from tests.bench.measurement import WITH, WITHOUT, Measurement
from tests.bench.peers import PEER, find_peers
from tests.bench.plot import draw
from tests.bench.report import format_report
from tests.bench.stage import Stage
from tests.bench.timings import Timings
from tests.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Sequence

ROUNDS = 40
_STAGES = 4  # in a run; how fast an agent answers depends a little on where its memory lies
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
    prompts = _measure_prompts(folder / "prompts", max(2, rounds // _ROUNDS_PER_CROWD))  # while nothing else runs
    timings, crowds, memory = Timings(), list[Measurement](), list[Measurement]()
    for number in range(_STAGES):
        with Stage(folder / f"stage-{number}") as stage:
            idle = stage.measure_agent()
            peers, peer_cases, missing = find_peers(stage.sandbox.env, folder / f"peers-{number}")
            with peers:
                cases = (*prepare_cases(stage), *peer_cases)
                timings.measure({**stage.shells, PEER: peers}, cases, -(-rounds // _STAGES))
            crowds = crowds or Crowd(stage, folder).measure(max(1, rounds // _ROUNDS_PER_CROWD))
            memory = memory or [
                Measurement("an idle agent, before its first AWS call", WITH, idle, _LARGEST_AGENT, " MiB"),
                Measurement("an agent after AWS calls, not yet trimmed", WITH, stage.measure_agent(), None, " MiB"),
            ]
    found = timings.compare(cases)
    ours, others = found[: -len(peer_cases) or None], found[len(found) - len(peer_cases) :]
    return [*ours, *crowds, *_list_prompts(prompts), *memory, *others], missing


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
