"""Child processes of a shell receive exactly the bytes of every value."""

from __future__ import annotations

import os

import pytest

from tests.dialects.shell_evaluation import apply_changes
from tests.shells.real_shells import SHELLS

BATCH = 500


@pytest.mark.parametrize("shell", SHELLS)
def test_ten_thousand_hostile_values_reach_child_processes_unchanged(
    shell: str, values: list[bytes], env: dict[str, str]
) -> None:
    """Quoting that fails for a single value passes it to the shell as code."""
    wrong: list[tuple[bytes, bytes | None]] = []
    for start in range(0, len(values), BATCH):
        batch = {f"V{number}": value for number, value in enumerate(values[start : start + BATCH])}
        outcome = apply_changes(shell, {name: os.fsdecode(value) for name, value in batch.items()}, env)
        assert outcome.status == 0, outcome.stderr[:500]
        seen = outcome.child_environment
        wrong += [(value, seen.get(name.encode())) for name, value in batch.items() if seen.get(name.encode()) != value]
    assert len(values) >= 10_000
    assert not wrong, wrong[:3]


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("locale", ["C", "POSIX"])
def test_shell_without_a_locale_carries_the_same_bytes(
    shell: str, locale: str, values: list[bytes], env: dict[str, str]
) -> None:
    """Cron and containers run shells without UTF-8 support."""
    batch = {f"V{number}": value for number, value in enumerate(values[-BATCH:])}
    outcome = apply_changes(
        shell, {name: os.fsdecode(value) for name, value in batch.items()}, env | {"LC_ALL": locale}
    )
    assert {name: outcome.child_environment.get(name.encode()) for name in batch} == batch
