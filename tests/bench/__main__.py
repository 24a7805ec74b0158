"""Prints how long shellvault takes, as ratios to `python -c pass` of the same venv: `python -m tests.bench [ROUNDS]`.

`python -m tests.bench hook [ROUNDS]` prints what the hook adds to a shell's prompt.

The runs are interleaved, so that a busy moment of the machine falls on all cases alike, and medians are compared.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from tests.aws.server import AwsServer
from tests.bench import prompts
from tests.bench.cases import cases
from tests.bench.shell import Shell
from tests.sandbox import Sandbox

if TYPE_CHECKING:
    from tests.bench.cases import Case

ROUNDS = 40


def main() -> None:
    """Measure and print."""
    hook = "hook" in sys.argv[1:]
    rounds = next((int(word) for word in sys.argv[1:] if word.isdecimal()), ROUNDS)
    with tempfile.TemporaryDirectory(prefix="shellvault-bench-") as folder, AwsServer() as aws:
        sandbox = Sandbox(Path(folder), aws)
        try:
            sys.stdout.write(
                prompts.table(prompts.every(sandbox, rounds)) if hook else _table(measured(sandbox, rounds))
            )
        finally:
            sandbox.purge()


def measured(sandbox: Sandbox, rounds: int) -> dict[Case, float]:
    """Return the median seconds of each case."""
    every = cases(sandbox)
    times: dict[Case, list[float]] = {case: [] for case in every}
    with Shell(sandbox.env) as shell:
        for case in (*every, *every * rounds):  # the first round fills caches and writes bytecode, and does not count
            case.before()
            times[case].append(shell.seconds(case.line))
    return {case: median(taken[1:]) for case, taken in times.items()}


def _table(medians: dict[Case, float]) -> str:
    floor = next(iter(medians.values()))
    width = max(len(case.title) for case in medians)
    return "".join(f"{case.title:<{width}}{_row(case, seconds, floor)}\n" for case, seconds in medians.items())


def _row(case: Case, seconds: float, floor: float) -> str:
    target = f"   target {case.target:g}x" if case.target else ""
    return f"{seconds * 1000:>9.1f} ms{seconds / floor:>8.2f}x{target}"


if __name__ == "__main__":
    main()
