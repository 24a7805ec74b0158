"""The patterns in SHELLVAULT_DANGER match like globs, and none of them holds up the prompt."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.hook.hostile_variables import run_silently, write_exports
from tests.hook.live_shell import SHELLS, start_shell

if TYPE_CHECKING:
    from tests.hook.live_shell import LiveShell
    from tests.sandbox import Sandbox

LONG = "a" * 200
SLOW = (
    "*a" * 30 + "*b",
    "*" * 900,
    "*?" * 200 + "b",
    "a*" * 400 + "b",
    "*[ab]" * 100 + "c",
    "(a|a)" * 100 + "b",
    "@(a|a)" * 100 + "b",
    "*(*(*(*(*(a|b)*)*)*)*)*c",
    "<->" * 100,
    " ".join(["*a*a*a*a*a*b"] * 80),
)
"""Each takes the shells' own matching from seconds to centuries, or looks as if it would."""
MATCHES = (
    ("*prod*", "my-production", True),
    ("*prod*", "development", False),
    ("prod", "prod", True),
    ("prod", "prod2", False),
    ("prod-*", "prod-eu", True),
    ("prod-*", "my-prod-eu", False),
    ("*-live", "eu-live", True),
    ("*-live", "eu-live-2", False),
    ("a*b*c", "a-b-c", True),
    ("a*b*c", "a-c-b", False),
    ("*ab*ab", "ab", False),
    ("a**b", "ab", True),
    ("pr?d", "prod", True),
    ("dev *prod* live", "live", True),
)


def is_dangerous(sandbox: Sandbox, shell: LiveShell, patterns: str, profile: str) -> bool:
    """Return whether the profile is highlighted with these patterns."""
    shell.run(write_exports(sandbox, shell, {"SHELLVAULT_DANGER": patterns, "SHELLVAULT_PROFILE": profile}))
    run_silently(shell, "true")
    return shell.get_variable("__shellvault_danger") != ""


@pytest.mark.parametrize("name", SHELLS)
def test_patterns_match_like_globs(sandbox: Sandbox, name: str) -> None:
    """With no star, one, or several."""
    with start_shell(sandbox, name, SHELLVAULT_PROMPT="off") as shell:
        wrong = [case for case in MATCHES if is_dangerous(sandbox, shell, case[0], case[1]) != case[2]]
    assert not wrong


@pytest.mark.parametrize("name", SHELLS)
def test_no_pattern_holds_up_the_prompt(sandbox: Sandbox, name: str) -> None:
    """With thirty stars, zsh's own matching would have taken years."""
    with start_shell(sandbox, name, SHELLVAULT_PROMPT="off") as shell:
        for patterns in SLOW:
            start = time.monotonic()
            assert is_dangerous(sandbox, shell, patterns, LONG) == (patterns == "*" * 900)
            assert time.monotonic() - start < 10, patterns[:20]
