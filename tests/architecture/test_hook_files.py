"""The hooks read as translations of one another, and know the program's verbs."""

from __future__ import annotations

import re
from itertools import combinations

import pytest

from shellvault.commands import VERBS
from shellvault.shell.hook_files import FILES, read_hook

SHELLS = tuple(name for name in FILES if name != "direnv")
OTHERS = ("elvish", "nushell", "xonsh", "powershell")
OTHER_FUNCTION = re.compile(r"^ *(?:fn|def(?: --\w+)*|function) +(?:global:)?(?:__shellvault_)?([\w-]+)", re.MULTILINE)
FUNCTION = re.compile(r"^ *(?:function (?=\w*shellvault)(\w+)|(\w*shellvault\w*)\(\))", re.MULTILINE)


def functions(shell: str) -> list[str]:
    """Return the names of a hook's functions, in the order of their definitions."""
    return list(dict.fromkeys(map("".join, FUNCTION.findall(read_hook(shell)))))


@pytest.mark.parametrize(("one", "other"), [*combinations(("bash", "zsh", "fish"), 2)])
def test_hooks_define_the_same_functions_in_the_same_order(one: str, other: str) -> None:
    """Whatever two hooks have in common stands in the same order in both."""
    first, second = functions(one), functions(other)
    shared = set(first) & set(second)
    assert len(shared) >= 18
    assert [name for name in first if name in shared] == [name for name in second if name in shared]


@pytest.mark.parametrize("shell", OTHERS)
def test_hooks_of_other_shells_call_their_functions_by_the_same_names(shell: str) -> None:
    """Their order is another one in elvish, where a function has to be defined before it is used."""
    named = {name.replace("-", "_") for name in OTHER_FUNCTION.findall(read_hook(shell))}
    assert len(named & {name.removeprefix("__shellvault_") for name in functions("fish")}) >= 22


@pytest.mark.parametrize("shell", SHELLS)
def test_no_hook_holds_a_list_of_commands(shell: str) -> None:
    """Completion asks the program, so that a new command needs no change here."""
    lines = [
        set(re.findall(r"[a-z]+", line)) & VERBS.keys() for line in read_hook(shell).splitlines() if "#" not in line
    ]
    assert max(map(len, lines)) < 3
