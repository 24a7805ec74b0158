"""Measures two hundred simultaneous commands, relative to as many empty Pythons."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from tests.bench.measurement import FLOOR, WITH, WITHOUT, Case, Measurement

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bench.stage import Stage

SHELLS = 200
_COMMAND = "shellvault env reader --shell bash"


class Crowd:
    """Runs one command in many shells at once; each failure adds a dot to a file."""

    def __init__(self, stage: Stage, folder: Path, shells: int = SHELLS) -> None:
        self._stage = stage
        self._shells = shells
        self._errors = folder / "errors"
        self._errors.touch()

    def measure(self, rounds: int) -> list[Measurement]:
        """Return how long the crowds took, relative to the crowd of empty Pythons, and how many calls AWS got."""
        floor, *cases = self._cases()
        times: dict[Case, list[float]] = {case: [] for case in (floor, *cases)}
        calls, errors = dict.fromkeys(times, 0), dict.fromkeys(times, 0)
        for at in range(rounds + 1):
            for case, taken in times.items():
                case.before()
                self._errors.write_text("")
                before = self._stage.aws.world.count("AssumeRole")
                taken.append(self._stage.shells[case.shell].measure_seconds(case.line))
                errors[case] += len(self._errors.read_text())
                if at:  # the first round only fills caches
                    calls[case] = max(calls[case], self._stage.aws.world.count("AssumeRole") - before)
        base = median(times[floor][1:])
        return [_evaluate(case, median(times[case][1:]) / base, calls[case], errors[case]) for case in cases]

    def _cases(self) -> list[Case]:
        warm, cold = f"{self._shells} shells at once", f"{self._shells} shells at once, cold"
        clear = self._stage.clear_sessions
        return [
            Case("the floor", WITHOUT, self._line(FLOOR)),
            Case(warm, WITH, self._line(_COMMAND), 1.1, WITH),
            Case(warm, WITHOUT, self._line(_COMMAND), 1.7, WITHOUT),
            Case(cold, WITH, self._line(_COMMAND), 1.2, WITH, clear),
            Case(cold, WITHOUT, self._line(_COMMAND), 2.8, WITHOUT, clear),
        ]

    def _line(self, command: str) -> str:
        failed = f"printf . >>{self._errors}"
        return f"for _ in {{1..{self._shells}}}; do {{ {command} >/dev/null 2>&1 || {failed}; }} & done; wait"


def _evaluate(case: Case, ratio: float, calls: int, errors: int) -> Measurement:
    note = f"{calls} AWS call{'s' * (calls != 1)}, {errors or 'no'} error{'s' * (errors != 1)}"
    return Measurement(case.title, case.column, ratio, case.limit, note=note)
