"""Child processes of a shell receive exactly the bytes of every value."""

from __future__ import annotations

import os

import pytest

from tests.dialects.hostile_values import adapt_values
from tests.dialects.shell_evaluation import apply_changes
from tests.full_size import Note, scale
from tests.shells.real_shells import SHELLS

BATCH = 500


@pytest.mark.parametrize("shell", SHELLS)
def test_hostile_values_reach_child_processes_unchanged(
    shell: str, values: list[bytes], env: dict[str, str], record_property: Note
) -> None:
    """Quoting that fails for a single value passes it to the shell as code."""
    texts = adapt_values(shell, values)
    wrong: list[tuple[str, bytes | None]] = []
    for start in range(0, len(texts), BATCH):
        batch = {f"V{number}": text for number, text in enumerate(texts[start : start + BATCH])}
        outcome = apply_changes(shell, batch, env)
        assert outcome.status == 0, outcome.stderr[:500]
        seen = {name: outcome.child_environment.get(name.encode()) for name in batch}
        wrong += [(text, seen[name]) for name, text in batch.items() if seen[name] != os.fsencode(text)]
    record_property("runs", len(texts))
    assert len(texts) >= scale(100_000)
    assert not wrong, wrong[:3]


@pytest.mark.parametrize("shell", [name for name in SHELLS if name != "yash"])
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


def test_yash_without_a_locale_carries_ascii_and_fails_at_anything_else(env: dict[str, str]) -> None:
    """It stops reading at a byte that is no character, and then evaluates nothing."""
    env = env | {"LC_ALL": "C", "OLD": "old"}
    assert apply_changes("yash", {"NEW": "it's\n"}, env).child_environment[b"NEW"] == b"it's\n"
    failed = apply_changes("yash", {"OLD": "new", "NEW": "caf\u00e9", "LAST": "x"}, env, "trap 'env -0' EXIT")
    assert failed.status is None
    assert (failed.child_environment[b"OLD"], b"NEW" in failed.child_environment) == (b"old", False)
