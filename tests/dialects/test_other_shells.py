"""tcsh, elvish, nushell and xonsh apply all changes or none, and carry every value that they accept."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from shellvault.core.errors import UsageError
from shellvault.core.record import FromVariable, Unexported
from shellvault.shell.dialects import FAILURE, eval_line, find_dialect
from tests.dialects.hostile_values import adapt_values
from tests.dialects.other_shell_evaluation import apply_changes, evaluate
from tests.full_size import Note, scale
from tests.shells.real_shells import OTHER_SHELLS, run_shell

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

LONGEST = {"tcsh": 3700}
"""Bytes of all values that a shell takes at once, if there is a limit."""
COUNT = {"xonsh": 40}
"""How many variables make a shell slow."""
KEPT = "_shellvault_kept_0"
OWN = 'it\'s "$HOME" `id` $(id) \\ !! %3B;=*x ~ ü\ttwo  words'
CHANGES = {"GONE": None, "OLD": "new", "NEW": "it's é", "EMPTY": ""}
OLD = {"GONE": "here", "OLD": "old"}
WITH_VARIABLES = [name for name in OTHER_SHELLS if name != "nu"]


def split_values(shell: str, values: Sequence[str]) -> Iterator[dict[str, str | None]]:
    """Return values as changes of no more variables than a shell takes at once."""
    batch: list[str] = []
    for value in values:
        if len(batch) == COUNT.get(shell, 200) or sum(map(len, map(os.fsencode, [*batch, value]))) > LONGEST.get(
            shell, 1_000_000
        ):
            yield {f"V{number}": each for number, each in enumerate(batch)}
            batch = []
        batch.append(value)
    yield {f"V{number}": each for number, each in enumerate(batch)}


def find_wrong(shell: str, values: Sequence[str], env: dict[str, str], folder: Path) -> list[tuple[str | None, object]]:
    """Return the values that a child of the shell does not get as they are."""
    batches = list(split_values(shell, values))
    seen = [outcome.child_environment for outcome in apply_changes(shell, batches, env, folder, quick=True)]
    return [
        (value, environ.get(name.encode()))
        for batch, environ in zip(batches, seen, strict=True)
        for name, value in batch.items()
        if environ.get(name.encode()) != os.fsencode(value or "")
    ]


@pytest.mark.parametrize("shell", OTHER_SHELLS)
def test_hostile_values_reach_child_processes_unchanged(
    shell: str, values: list[bytes], env: dict[str, str], tmp_path: Path, record_property: Note
) -> None:
    """Quoting that fails for a single value passes it to the shell as code."""
    texts = adapt_values(shell, values)
    record_property("runs", len(texts))
    assert len(texts) >= scale(100_000)
    assert find_wrong(shell, texts, env, tmp_path)[:3] == []


@pytest.mark.parametrize("shell", OTHER_SHELLS)
def test_shell_without_a_locale_carries_the_same_bytes(
    shell: str, values: list[bytes], env: dict[str, str], tmp_path: Path
) -> None:
    """Cron and containers run shells without UTF-8 support."""
    assert find_wrong(shell, adapt_values(shell, values)[-500:], env | {"LC_ALL": "C"}, tmp_path)[:3] == []


@pytest.mark.parametrize("shell", OTHER_SHELLS)
def test_exactly_the_changes_are_made_and_nothing_is_printed(shell: str, env: dict[str, str], tmp_path: Path) -> None:
    """Set, empty and unset are distinct, and no helper variable remains."""
    before, after = apply_changes(shell, [{}, {**CHANGES, "NEVER": None}], env | OLD, tmp_path)
    expected = {name: value for name, value in before.child_environment.items() if name != b"GONE"}
    expected |= {name.encode(): value.encode() for name, value in CHANGES.items() if value is not None}
    assert (after.status, after.child_environment, after.stderr) == (0, expected, b"")


@pytest.mark.parametrize("shell", OTHER_SHELLS)
def test_truncated_text_fails_and_changes_nothing(shell: str, env: dict[str, str], tmp_path: Path) -> None:
    """A killed process or a full disk may truncate the output at any byte; the last one is the text's line end.

    In tcsh, `eval` alone is no error, nor is a text that ends in a backslash; no text at all is none in any shell.
    """
    text = os.fsencode(find_dialect(shell).render(CHANGES))
    cuts = [text[:length] for length in range(1, len(text) - 1)]
    outcomes = evaluate(shell, cuts, env | OLD, tmp_path, quick=True)
    unchanged = {b"GONE": b"here", b"OLD": b"old", b"NEW": None, b"EMPTY": None}
    found = [{name: outcome.child_environment.get(name) for name in unchanged} for outcome in outcomes]
    succeeded = [cut for cut, outcome in zip(cuts, outcomes, strict=True) if outcome.status == 0]
    assert found == [unchanged] * len(cuts)
    assert not [cut for cut in succeeded if shell != "tcsh" or not (cut.strip() == b"eval" or cut.endswith(b"\\"))]


@pytest.mark.parametrize("shell", OTHER_SHELLS)
def test_failure_text_fails_and_changes_nothing(shell: str, env: dict[str, str], tmp_path: Path) -> None:
    """In nushell, a program's exit status is not enough: the line goes on as long as it gets a record."""
    before, failed = evaluate(shell, [find_dialect(shell).render({}).encode(), FAILURE.encode()], env, tmp_path)
    assert (before.status, failed.status) == (0, 1)
    assert failed.child_environment == before.child_environment


@pytest.mark.parametrize("shell", OTHER_SHELLS)
def test_failed_line_ends_a_script_or_tells_its_status(shell: str, env: dict[str, str], tmp_path: Path) -> None:
    """In tcsh a script goes on, as in sh; in the others it ends."""
    (tmp_path / "failed").write_text(FAILURE)
    line = eval_line(shell, f"cat {tmp_path / 'failed'}")
    script = f"{line} && echo REACHED" if shell == "tcsh" else f"{line}\necho REACHED"
    done = run_shell(shell, script, env)
    assert (done.returncode != 0, done.stdout) == (True, b"")


@pytest.mark.parametrize("shell", WITH_VARIABLES)
def test_value_set_aside_is_not_exported_and_is_restored(shell: str, env: dict[str, str], tmp_path: Path) -> None:
    """Once it is back, the shell has no copy of it."""
    aside, back = {"KEY": "new", KEPT: Unexported(OWN)}, {"KEY": FromVariable(KEPT), KEPT: None}
    before, inside, after, again = apply_changes(shell, [{}, aside, back, back], env | {"KEY": OWN}, tmp_path)
    assert inside.child_environment == before.child_environment | {b"KEY": b"new"}
    assert after.child_environment == before.child_environment
    assert b"KEY" not in again.child_environment
    assert again.stderr == b""


@pytest.mark.parametrize("shell", OTHER_SHELLS)
def test_shell_without_the_value_set_aside_unsets_the_variable(shell: str, env: dict[str, str], tmp_path: Path) -> None:
    """A nested shell, for example, does not have it."""
    (outcome,) = apply_changes(shell, [{"KEY": FromVariable(KEPT), KEPT: None}], env | {"KEY": "new"}, tmp_path)
    assert (outcome.status, outcome.child_environment.get(b"KEY")) == (0, None)


def test_elvish_keeps_the_users_own_functions_among_those_that_hold_a_value(
    env: dict[str, str], tmp_path: Path
) -> None:
    """Builtins, functions with other options: each is called as before."""
    before = "set before-chdir = [$nop~ {|_ &other=1| set E:SEEN = $other }]"
    changes: list[dict[str, str | None]] = [
        {KEPT: Unexported("one")},
        {KEPT: Unexported("two")},
        {"KEY": FromVariable(KEPT), KEPT: None},
        {"KEY": FromVariable(KEPT), KEPT: None},
    ]
    outcomes = apply_changes("elvish", changes, env, tmp_path, before)
    assert [outcome.child_environment.get(b"KEY") for outcome in outcomes] == [None, None, b"two", None]
    texts = [find_dialect("elvish").render(change).encode() for change in changes[:2]]
    (*_, last) = evaluate("elvish", [*texts, b"cd /\n"], env, tmp_path, before)
    assert last.child_environment[b"SEEN"] == b"1"


def test_nushell_refuses_to_set_anything_aside() -> None:
    """`load-env` takes data only, so the value could not be taken back; the hint names the variables to hide."""
    memory = "AWS_ACCESS_KEY_ID:12345678@ab;AWS_SECRET_ACCESS_KEY:12345678@cd;AWS_REGION:12345678=x"
    with pytest.raises(UsageError, match="nushell cannot set them aside") as refused:
        find_dialect("nu").render({"SHELLVAULT_RESTORE": memory, KEPT: Unexported("hush")})
    assert refused.value.hint.startswith("hide-env AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY;")


@pytest.mark.parametrize(
    ("shell", "name", "value"),
    [
        ("tcsh", "KEY", "two\nlines"),
        ("tcsh", "KEY", "ü" * 2001),
        ("nu", "KEY", "\udcff"),
        ("yash", "KEY", "\udcff"),
        ("powershell", "KEY", "\udcff"),
        ("xonsh", "KEY_PATH", "a:b"),
        ("xonsh", "KEY_DIRS", "a:b"),
    ],
)
def test_value_that_a_shell_cannot_carry_is_refused(shell: str, name: str, value: str) -> None:
    """The message names the variable and the shell, and never repeats the value."""
    with pytest.raises(UsageError) as refused:
        find_dialect(shell).render({"A": "plain", name: value})
    assert f"the value of {name} " in refused.value.message
    assert value not in refused.value.message + refused.value.hint
    find_dialect(shell).render({"A": "plain", name: None})
