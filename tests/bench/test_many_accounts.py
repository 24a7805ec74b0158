"""The benchmark of many accounts runs to completion; judging its results takes an otherwise idle machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.bench import many_accounts
from tests.bench.many_accounts import measure_many_accounts
from tests.bench.stage import Stage

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_every_row_gets_a_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With fewer profiles than it is meant for; it fails by itself where a session was not obtained from AWS."""
    monkeypatch.setattr(many_accounts, "FIFTY", 3)
    monkeypatch.setattr(many_accounts, "_WORK", "true")
    with Stage(tmp_path) as stage:
        found = measure_many_accounts(stage, tmp_path, 1, 3)
    titles = [row.title for row in found]
    assert [title for title in titles if title.startswith("Tab completes")] == [
        f"Tab completes one of 10,000 profiles in {shell}" for shell in ("bash", "zsh", "fish")
    ]
    assert titles[-1] == "each over 3 profiles, no session cached, 200 ms of AWS, --jobs 32"
    assert all(row.value > 0 and row.limit for row in found)
