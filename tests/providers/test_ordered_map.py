"""Several calls at a time, and their results in order."""

from __future__ import annotations

import threading

import pytest

from shellvault.system.ordered_map import map_in_order


def test_results_are_in_order_however_the_calls_end() -> None:
    """Three calls run at a time: each waits for two later ones."""
    started, together = [], threading.Barrier(3, timeout=20)

    def act(number: int) -> int:
        started.append(number)
        together.wait()
        return number * 2

    assert list(map_in_order(act, range(9), 3)) == [number * 2 for number in range(9)]
    assert len(started) == 9
    assert list(map_in_order(act, [], 3)) == []


def test_the_first_error_in_order_is_raised_and_no_further_call_starts() -> None:
    """What comes before it is still yielded."""
    started: list[int] = []
    got: list[int] = []

    def act(number: int) -> int:
        started.append(number)
        if number:
            raise ValueError(number)
        return number

    with pytest.raises(ValueError, match="1"):
        got.extend(map_in_order(act, range(1000), 1))
    assert (got, started) == ([0], [0, 1])
