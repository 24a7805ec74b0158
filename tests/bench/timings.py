"""Collects how long each case took, over all stages of a run."""

from __future__ import annotations

from collections import defaultdict
from random import Random
from statistics import median
from typing import TYPE_CHECKING

from tests.bench.measurement import FLOOR, Measurement
from tests.bench.stage import REFUSED, REFUSED_WITH

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.bench.measurement import Case
    from tests.bench.timed_shell import TimedShell

_FLOORS = 4  # empty Pythons in a round; they are in every ratio, so an error in their median would be in every row


class Timings:
    """Collects the times of cases. A case is known by its title and column, because each stage has its own."""

    def __init__(self) -> None:
        self._times: dict[tuple[str, str], list[float]] = defaultdict(list)
        self._order = Random(0)  # noqa: S311 - shuffled, because what ran before a case affects it

    def measure(self, shells: Mapping[str, TimedShell], cases: Sequence[Case], rounds: int) -> None:
        """Time every case in every round, after a first round that only fills caches."""
        each = [case for case in cases for _ in range(_FLOORS if case.line == FLOOR else 1)]
        for at in range(rounds + 1):
            for case in self._order.sample(each, len(each)) if at else cases:
                case.before()
                took = shells[case.shell].measure_seconds(case.line)
                if at:
                    self._times[case.title, case.column].append(took)

    def compare(self, cases: Sequence[Case]) -> list[Measurement]:
        """Return the median time of each case, relative to an empty Python under the same conditions."""
        medians = {key: median(times) for key, times in self._times.items()}
        ratios = [medians[case.title, case.column] / medians[_find_floor(cases, case)] for case in cases]
        return [
            Measurement(case.title, case.column, ratio, case.limit) for case, ratio in zip(cases, ratios, strict=True)
        ]


def _find_floor(cases: Sequence[Case], case: Case) -> tuple[str, str]:
    """Return the empty Python that a case is compared with: a system call filter slows down every program."""
    is_filtered = case.shell in (REFUSED, REFUSED_WITH) and case.line != FLOOR
    found = next(each for each in cases if each.line == FLOOR and (each.shell == REFUSED) == is_filtered)
    return found.title, found.column
