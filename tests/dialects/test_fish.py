"""Features only fish has: universal variables, traces, and evaluation that joins lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.dialects.shell_evaluation import apply_changes
from tests.shells.real_shells import CONFIGURED_FISH

if TYPE_CHECKING:
    from pathlib import Path

READERS = ("source", "eval (cat)", 'eval "$(cat)"', "cat | source")
UNIVERSAL = ".config/fish/fish_variables"


@pytest.mark.parametrize("reader", READERS)
def test_every_way_to_evaluate_carries_newlines_quotes_and_backslashes(reader: str, env: dict[str, str]) -> None:
    """`eval (…)` splits its input into words at newlines, so no line may end inside a value."""
    outcome = apply_changes("fish", {"KEY": "a\nb'\\n\\\n\n  c;", "GONE": None}, env | {"GONE": "here"}, reader=reader)
    assert outcome.status == 0
    assert outcome.child_environment[b"KEY"] == b"a\nb'\\n\\\n\n  c;"
    assert b"GONE" not in outcome.child_environment


def test_value_hides_a_universal_variable_without_changing_it(env: dict[str, str], tmp_path: Path) -> None:
    """The user's default is back in the next shell."""
    outcome = apply_changes(CONFIGURED_FISH, {"AWS_REGION": "eu-west-1"}, env, before="set -Ux AWS_REGION us-east-1")
    assert (outcome.status, outcome.child_environment[b"AWS_REGION"]) == (0, b"eu-west-1")
    assert "AWS_REGION:us\\x2deast\\x2d1" in (tmp_path / UNIVERSAL).read_text()


@pytest.mark.parametrize("shadow", ["", "; set -gx AWS_PROFILE global"])
def test_exported_universal_variable_that_cannot_be_hidden_is_an_error(
    shadow: str, env: dict[str, str], tmp_path: Path
) -> None:
    """A remaining AWS_PROFILE may mean another account, and erasing the user's universal variable is not an option."""
    changes = {"AWS_PROFILE": None, "AWS_VAULT": "dev"}
    outcome = apply_changes(CONFIGURED_FISH, changes, env, before="set -Ux AWS_PROFILE universal" + shadow)
    assert outcome.status == 1
    assert b"AWS_VAULT" not in outcome.child_environment
    assert outcome.child_environment[b"AWS_PROFILE"] == (b"global" if shadow else b"universal")
    assert b"hint: set -eU AWS_PROFILE\n" in outcome.stderr
    assert "AWS_PROFILE:universal" in (tmp_path / UNIVERSAL).read_text()


@pytest.mark.parametrize("shadow", [{}, {"THEME": "dark"}])
def test_unexported_universal_variable_is_left_alone(
    shadow: dict[str, str], env: dict[str, str], tmp_path: Path
) -> None:
    """No child process sees it, and a plain `set -e` would erase it permanently."""
    outcome = apply_changes(CONFIGURED_FISH, {"THEME": None}, env | shadow, before="set -U THEME light")
    assert outcome.status == 0
    assert b"THEME" not in outcome.child_environment
    assert "THEME:light" in (tmp_path / UNIVERSAL).read_text()


def test_trace_shows_no_value_and_resumes_afterwards(env: dict[str, str]) -> None:
    """`fish_trace` is fish's `set -x`."""
    outcome = apply_changes("fish", {"KEY": "hush"}, env, before="set -g fish_trace 1")
    assert outcome.child_environment[b"KEY"] == b"hush"
    assert b"hush" not in outcome.stderr
    assert b"> env -0" in outcome.stderr


def test_helper_variables_do_not_remain(env: dict[str, str]) -> None:
    """The block cleans up its own names."""
    outcome = apply_changes(
        "fish", {"GONE": None}, env, reader="source; set --names | string match '__shellvault*' >&2; true"
    )
    assert (outcome.status, outcome.stderr) == (0, b"")
