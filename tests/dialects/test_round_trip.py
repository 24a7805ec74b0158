"""Whatever bytes a value holds, a shell's children get the same bytes."""

from __future__ import annotations

import os

import pytest

from tests.dialects.apply import apply
from tests.shells.run import SHELLS

BATCH = 500


@pytest.mark.parametrize("shell", SHELLS)
def test_ten_thousand_hostile_values_reach_the_shells_children_unchanged(
    shell: str, values: list[bytes], env: dict[str, str]
) -> None:
    """Quoting that is right for nearly all values hands the rest to the shell as code."""
    wrong: list[tuple[bytes, bytes | None]] = []
    for start in range(0, len(values), BATCH):
        batch = {f"V{number}": value for number, value in enumerate(values[start : start + BATCH])}
        outcome = apply(shell, {name: os.fsdecode(value) for name, value in batch.items()}, env)
        assert outcome.status == 0, outcome.printed[:500]
        seen = outcome.children_see
        wrong += [(value, seen.get(name.encode())) for name, value in batch.items() if seen.get(name.encode()) != value]
    assert len(values) >= 10_000
    assert not wrong, wrong[:3]


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("locale", ["C", "POSIX"])
def test_a_shell_without_a_locale_carries_the_same_bytes(
    shell: str, locale: str, values: list[bytes], env: dict[str, str]
) -> None:
    """Cron and containers run shells that know no UTF-8."""
    batch = {f"V{number}": value for number, value in enumerate(values[-BATCH:])}
    outcome = apply(shell, {name: os.fsdecode(value) for name, value in batch.items()}, env | {"LC_ALL": locale})
    assert {name: outcome.children_see.get(name.encode()) for name in batch} == batch
