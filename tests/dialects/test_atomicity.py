"""A shell applies all changes or none, wherever the text is truncated and whatever the shell forbids."""

from __future__ import annotations

import os

import pytest

from shellvault.shell.dialects import find_dialect
from tests.dialects.shell_evaluation import apply_changes, feed_text
from tests.shells.real_shells import POSIX, SHELLS, run_shell

CHANGES = {"GONE": None, "OLD": "new é", "NEW": "it's\n1", "EMPTY": ""}

# Evaluates every prefix of the text, each in a subshell because a syntax error ends dash. The last character removed is
# the text's own newline. Prints every outcome other than a failed eval that changes nothing.
POSIX_CUTS = r"""
text=$(cat)
while text=${text%?}; [ -n "$text" ]; do
  ( trap 'printf "%s:%s:%s:%s:%s\n" "$(( $? != 0 ))" "$GONE" "$OLD" "${NEW-unset}" "${EMPTY-unset}"' EXIT
    eval "$text" ) 2>/dev/null
done | sort | uniq -c
"""
FISH_CUTS = r"""
set text (cat | string collect)
for length in (seq (math (string length -- $text) - 1))
  set cut (string sub -l $length -- $text)
  READER 2>/dev/null
  echo (test $status -ne 0; and echo 1):$GONE:$OLD:(set -q NEW; or echo unset):(set -q EMPTY; or echo unset)
end | sort | uniq -c
"""


@pytest.mark.parametrize("shell", POSIX)
def test_truncated_text_fails_and_changes_nothing(shell: str, env: dict[str, str]) -> None:
    """A killed process or a full disk may truncate the output at any byte."""
    changes = {**CHANGES, "OLD": "new"} if shell == "yash" else CHANGES  # in this locale it knows ASCII only
    text = os.fsencode(find_dialect(shell).render(changes))
    done = run_shell(shell, POSIX_CUTS, env | {"LC_ALL": "C", "GONE": "here", "OLD": "old"}, text)
    assert done.stdout.split() == [str(len(text.rstrip()) - 1).encode(), b"1:here:old:unset:unset"], done.stderr


@pytest.mark.parametrize("reader", ["printf %s $cut | source", "eval (printf %s $cut)"])
def test_truncated_text_fails_and_changes_nothing_in_fish(reader: str, env: dict[str, str]) -> None:
    """As in the other shells, for both ways of evaluating it."""
    text = os.fsencode(find_dialect("fish").render({**CHANGES, "OLD": "new"}))
    done = run_shell("fish", FISH_CUTS.replace("READER", reader), env | {"GONE": "here", "OLD": "old"}, text)
    assert done.stdout.split() == [str(len(text.rstrip()) - 1).encode(), b"1:here:old:unset:unset"], done.stderr


@pytest.mark.parametrize("shell", POSIX)
@pytest.mark.parametrize("readonly", ["GONE", "OLD"])
def test_readonly_variable_prevents_all_changes_and_the_shell_survives(
    shell: str, readonly: str, env: dict[str, str]
) -> None:
    """A partial session may belong to another account; dash would even exit on unsetting a readonly variable."""
    before = f"readonly {readonly}"
    env = env | {"GONE": "here", "OLD": "old"}
    untouched = feed_text(shell, b"true\n", env, before)
    failed = apply_changes(shell, CHANGES, env, before)
    assert failed.status not in (0, None)
    assert failed.child_environment == untouched.child_environment
    assert readonly.encode() in failed.stderr


@pytest.mark.parametrize("shell", POSIX)
def test_readonly_variable_stops_a_script_that_exits_on_errors(shell: str, env: dict[str, str]) -> None:
    """Under `set -e`, the next command would run with the previous account."""
    failed = apply_changes(shell, CHANGES, env | {"GONE": "here"}, "set -e; readonly GONE")
    assert failed.status is None


@pytest.mark.parametrize("shell", SHELLS)
def test_empty_set_of_changes_succeeds(shell: str, env: dict[str, str]) -> None:
    """As when there is no session to unset."""
    assert apply_changes(shell, {}, env).status == 0
