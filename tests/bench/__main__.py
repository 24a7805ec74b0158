"""Prints how long shellvault takes, relative to `python -c pass`: `python -m tests.bench [ROUNDS]`.

`python -m tests.bench hook [ROUNDS]` prints what the hook adds to a shell's prompt.

`python -m tests.bench endpoint` prints how the endpoint answers many clients.

Runs are interleaved, so that a busy moment of the machine affects all cases alike, and medians are compared.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from tests.aws.server import AwsServer
from tests.bench import prompt_overhead
from tests.bench.benchmark_cases import prepare_cases
from tests.bench.endpoint_load import measure_endpoint
from tests.bench.timed_shell import TimedShell
from tests.sandbox import Sandbox

if TYPE_CHECKING:
    from tests.bench.benchmark_cases import BenchmarkCase

ROUNDS = 40


def main() -> None:
    """Measure and print."""
    hook = "hook" in sys.argv[1:]
    rounds = next((int(word) for word in sys.argv[1:] if word.isdecimal()), ROUNDS)
    with tempfile.TemporaryDirectory(prefix="shellvault-bench-") as folder, AwsServer() as aws:
        sandbox = Sandbox(Path(folder), aws)
        try:
            if "endpoint" in sys.argv[1:]:
                sys.stdout.write("".join(load.format() for load in measure_endpoint(sandbox)))
                return
            sys.stdout.write(
                prompt_overhead.format_table(prompt_overhead.measure_all(sandbox, rounds))
                if hook
                else _format_table(measure(sandbox, rounds))
            )
        finally:
            sandbox.purge()


def measure(sandbox: Sandbox, rounds: int) -> dict[BenchmarkCase, float]:
    """Return the median seconds of each case."""
    all_cases = prepare_cases(sandbox)
    times: dict[BenchmarkCase, list[float]] = {case: [] for case in all_cases}
    with TimedShell(sandbox.env) as shell:
        for case in (*all_cases, *all_cases * rounds):  # the first round only fills caches
            case.before()
            times[case].append(shell.measure_seconds(case.line))
    return {case: median(taken[1:]) for case, taken in times.items()}


def _format_table(medians: dict[BenchmarkCase, float]) -> str:
    floor = next(iter(medians.values()))
    width = max(len(case.title) for case in medians)
    return "".join(f"{case.title:<{width}}{_format_row(case, seconds, floor)}\n" for case, seconds in medians.items())


def _format_row(case: BenchmarkCase, seconds: float, floor: float) -> str:
    target = f"   target {case.target:g}x" if case.target else ""
    return f"{seconds * 1000:>9.1f} ms{seconds / floor:>8.2f}x{target}"


if __name__ == "__main__":
    main()
