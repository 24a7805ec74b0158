"""What only fish has: universal variables, which outlive every session, traces, and a way to read that joins lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.dialects.apply import apply
from tests.shells.run import CONFIGURED_FISH

if TYPE_CHECKING:
    from pathlib import Path

READERS = ("source", "eval (cat)", 'eval "$(cat)"', "cat | source")
UNIVERSAL = ".config/fish/fish_variables"


@pytest.mark.parametrize("reader", READERS)
def test_every_way_to_read_carries_newlines_quotes_and_backslashes(reader: str, env: dict[str, str]) -> None:
    """`eval (…)` turns lines into words, so no line may end inside a value."""
    outcome = apply("fish", {"KEY": "a\nb'\\n\\\n\n  c;", "GONE": None}, env | {"GONE": "here"}, reader=reader)
    assert outcome.status == 0
    assert outcome.children_see[b"KEY"] == b"a\nb'\\n\\\n\n  c;"
    assert b"GONE" not in outcome.children_see


def test_a_value_covers_a_universal_variable_and_leaves_it_in_place(env: dict[str, str], tmp_path: Path) -> None:
    """The user's default comes back in the next shell."""
    outcome = apply(CONFIGURED_FISH, {"AWS_REGION": "eu-west-1"}, env, before="set -Ux AWS_REGION us-east-1")
    assert (outcome.status, outcome.children_see[b"AWS_REGION"]) == (0, b"eu-west-1")
    assert "AWS_REGION:us\\x2deast\\x2d1" in (tmp_path / UNIVERSAL).read_text()


@pytest.mark.parametrize("shadow", ["", "; set -gx AWS_PROFILE global"])
def test_an_exported_universal_variable_that_would_outlive_its_unset_fails_the_whole(
    shadow: str, env: dict[str, str], tmp_path: Path
) -> None:
    """A leftover AWS_PROFILE can mean another account, and erasing the user's universal variable is not ours to do."""
    changes = {"AWS_PROFILE": None, "AWS_VAULT": "dev"}
    outcome = apply(CONFIGURED_FISH, changes, env, before="set -Ux AWS_PROFILE universal" + shadow)
    assert outcome.status == 1
    assert b"AWS_VAULT" not in outcome.children_see
    assert outcome.children_see[b"AWS_PROFILE"] == (b"global" if shadow else b"universal")
    assert b"hint: set -eU AWS_PROFILE\n" in outcome.printed
    assert "AWS_PROFILE:universal" in (tmp_path / UNIVERSAL).read_text()


@pytest.mark.parametrize("shadow", [{}, {"THEME": "dark"}])
def test_a_universal_variable_that_is_not_exported_is_left_alone(
    shadow: dict[str, str], env: dict[str, str], tmp_path: Path
) -> None:
    """No child sees it, so it stands in nobody's way; a plain `set -e` would erase it for ever."""
    outcome = apply(CONFIGURED_FISH, {"THEME": None}, env | shadow, before="set -U THEME light")
    assert outcome.status == 0
    assert b"THEME" not in outcome.children_see
    assert "THEME:light" in (tmp_path / UNIVERSAL).read_text()


def test_a_trace_shows_no_value_and_goes_on_afterwards(env: dict[str, str]) -> None:
    """`fish_trace` is the `set -x` of fish."""
    outcome = apply("fish", {"KEY": "hush"}, env, before="set -g fish_trace 1")
    assert outcome.children_see[b"KEY"] == b"hush"
    assert b"hush" not in outcome.printed
    assert b"> env -0" in outcome.printed


def test_names_of_loop_and_list_do_not_stay_behind(env: dict[str, str]) -> None:
    """What the block needs for itself ends with it."""
    outcome = apply("fish", {"GONE": None}, env, reader="source; set --names | string match '__shellvault*' >&2; true")
    assert (outcome.status, outcome.printed) == (0, b"")
