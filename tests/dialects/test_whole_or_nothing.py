"""A shell makes all of the changes or none of them, wherever the text ends and whatever the shell forbids."""

from __future__ import annotations

import os

import pytest

from shellvault.shell.dialects import dialect
from tests.dialects.apply import apply, feed
from tests.shells.run import POSIX, SHELLS, run_shell

CHANGES = {"GONE": None, "OLD": "new é", "NEW": "it's\n1", "EMPTY": ""}

# Tries every beginning of the text, each in a subshell, because a syntax error ends dash. The last character that is
# cut off is the text's own final newline. Any other way out than a failed eval with everything as before is printed.
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
def test_a_text_cut_at_any_byte_fails_and_changes_nothing(shell: str, env: dict[str, str]) -> None:
    """A killed process or a full disk may end the output anywhere."""
    text = os.fsencode(dialect(shell).render(CHANGES))
    done = run_shell(shell, POSIX_CUTS, env | {"LC_ALL": "C", "GONE": "here", "OLD": "old"}, text)
    assert done.stdout.split() == [str(len(text.rstrip()) - 1).encode(), b"1:here:old:unset:unset"], done.stderr


@pytest.mark.parametrize("reader", ["printf %s $cut | source", "eval (printf %s $cut)"])
def test_a_text_cut_at_any_byte_fails_and_changes_nothing_in_fish(reader: str, env: dict[str, str]) -> None:
    """As in the other shells, by either way of reading it."""
    text = os.fsencode(dialect("fish").render({**CHANGES, "OLD": "new"}))
    done = run_shell("fish", FISH_CUTS.replace("READER", reader), env | {"GONE": "here", "OLD": "old"}, text)
    assert done.stdout.split() == [str(len(text.rstrip()) - 1).encode(), b"1:here:old:unset:unset"], done.stderr


@pytest.mark.parametrize("shell", POSIX)
@pytest.mark.parametrize("readonly", ["GONE", "OLD"])
def test_a_readonly_variable_fails_the_whole_and_the_shell_lives_on(
    shell: str, readonly: str, env: dict[str, str]
) -> None:
    """Half of a session is another account's; and dash ends altogether when it may not unset a variable."""
    before = f"readonly {readonly}"
    env = env | {"GONE": "here", "OLD": "old"}
    untouched = feed(shell, b"true\n", env, before)
    failed = apply(shell, CHANGES, env, before)
    assert failed.status not in (0, None)
    assert failed.children_see == untouched.children_see
    assert readonly.encode() in failed.printed


@pytest.mark.parametrize("shell", POSIX)
def test_a_readonly_variable_stops_a_script_that_stops_on_errors(shell: str, env: dict[str, str]) -> None:
    """Under `set -e` the next command would run with the account before."""
    failed = apply(shell, CHANGES, env | {"GONE": "here"}, "set -e; readonly GONE")
    assert failed.status is None


@pytest.mark.parametrize("shell", SHELLS)
def test_no_changes_are_a_success(shell: str, env: dict[str, str]) -> None:
    """Taking out a session that is not there."""
    assert apply(shell, {}, env).status == 0
