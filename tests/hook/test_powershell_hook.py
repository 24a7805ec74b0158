"""PowerShell's hook, read by a grammar, as there is no PowerShell here: it says what the other hooks say."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from shellvault.shell.hook_files import read_hook
from tests.dialects.test_powershell import parse, read
from tests.hook.test_segment import STATES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

    from tests.sandbox import Sandbox

HOOK = read_hook("powershell")
ROOT = parse(HOOK)
VARIABLE = re.compile(r"\b(?:SHELLVAULT|AWS)_[A-Z_]+\b|\bNO_COLOR\b|\bTERM\b")
OPTION = re.compile(r"(?<![\w-])--[a-z-]+")
STRING = re.compile("\"[^\"]*\"|'[^']*'")


def _walk(node: Node, kind: str) -> Iterator[Node]:
    """Yield the nodes of a kind, also those in others of that kind."""
    if node.type == kind:
        yield node
    for child in node.children:
        yield from _walk(child, kind)


def _find_functions() -> dict[str, Node]:
    """Return each function of the hook by its name."""
    return {read(node).split()[1].removeprefix("global:"): node for node in _walk(ROOT, "function_statement")}


def _sort(names: list[str]) -> list[str]:
    return sorted(dict.fromkeys(names))


def test_it_is_valid() -> None:
    """Every function is global, and its text is ASCII: a console may decode other characters in another way."""
    assert not ROOT.has_error
    assert len(_find_functions()) == HOOK.count("function global:")
    assert HOOK.isascii()


def test_every_function_that_is_called_is_there() -> None:
    """And each is called, besides the one that `hook --remove` calls."""
    called = {read(node) for node in _walk(ROOT, "command_name")}
    ours = {name for name in _find_functions() if name.startswith("__shellvault_")}
    assert {name for name in called if name.startswith("__shellvault_")} | {"__shellvault_remove"} == ours


@pytest.mark.parametrize("other", ["nushell", "xonsh"])
def test_it_reads_the_same_variables_as(other: str) -> None:
    """The session's, those of AWS's programs, and the settings; one more is in a hint of the others."""
    found = [name for name in VARIABLE.findall(read_hook(other)) if name != "AWS_SESSION_TOKEN"]
    assert _sort(VARIABLE.findall(HOOK)) == _sort(found)


@pytest.mark.parametrize("other", ["nushell", "xonsh"])
def test_it_calls_the_program_with_the_same_options_as(other: str) -> None:
    """What the program is asked for: sessions, renewals in the background and before a command, and help."""
    code = "\n".join(line for line in read_hook(other).splitlines() if not line.lstrip().startswith("#"))
    own = {"--wrapped", "--env", "--ignore-errors", "--all", "--regex", "--raw", "--long", "--stderr"}
    assert set(OPTION.findall(HOOK)) - {"--"} == set(OPTION.findall(code)) - own


def test_it_shows_the_same_states_and_colours_as_the_other_hooks() -> None:
    """Each state has the words and the colour that bash, zsh and fish show."""
    body = read(_find_functions()["__shellvault_draw"]) + read(_find_functions()["__shellvault_segment"])
    words = {word.strip("'\"") for word in STRING.findall(body)}
    assert words >= {"mfa", "locked", "failed", "srv", "expired", "~", "!", "h", "m", "s", "32", "33", "31", "35"}
    assert "1;37;41" in words
    assert all(re.search(rf"\b{state}\b", body) for state, *_rest in STATES if state not in ("mfa", "locked"))


def test_waits_are_those_of_the_other_hooks() -> None:
    """30 seconds, doubled up to 600; 3 after an outage or a lock, which are the statuses 8 and 5."""
    renew = read(_find_functions()["__shellvault_renew"])
    assert re.search(r"Min\(\$global:__shellvault\.renew_wait \* 2, 600\)", renew)
    assert "@(5, 8) -contains $global:LASTEXITCODE" in renew
    assert "$global:__shellvault.now + 3" in renew
    assert "Min($global:__shellvault.background_wait * 2, 600)" in read(_find_functions()["__shellvault_background"])


def test_the_prompt_gets_back_what_it_asks_for() -> None:
    """`$?` is read first of all, and `$LASTEXITCODE` is restored before the prompt that was there is called."""
    stay = read(_find_functions()["__shellvault_stay"])
    assert re.search(r"'Function:\\global:prompt' -Value \{\s*\$succeeded = \$\?\n", stay)
    assert "__shellvault_prompt $succeeded $before" in stay
    guard = read(_find_functions()["__shellvault_guard"])
    steps = ("$status = $global:LASTEXITCODE", "& $step", "catch", "$global:LASTEXITCODE = $status")
    assert all(guard.index(one) < guard.index(two) for one, two in pairwise(steps))
    shown = read(_find_functions()["__shellvault_prompt"])
    assert shown.index("__shellvault_precmd") < shown.index("& $before")
    assert re.search(r"Write-Error .*Ignore\s*\$shown = & \$before", shown)  # nothing in between would keep `$?` false


def test_what_is_evaluated_is_what_succeeded() -> None:
    """The only text that is evaluated is the program's own, after a look at its exit status."""
    take = read(_find_functions()["__shellvault_take"])
    assert HOOK.count("Invoke-Expression") == 2  # the other is in the comment that says how to load it
    assert take.index("$global:LASTEXITCODE -eq 0") < take.index("Invoke-Expression $printed")


@pytest.mark.parametrize("name", ["powershell", "pwsh"])
def test_it_is_printed_with_this_interpreter(sandbox: Sandbox, name: str) -> None:
    """One line differs; what removes the hook is valid, too."""
    printed = sandbox.run("hook", name).stdout
    assert not parse(printed).has_error
    changed = [new for old, new in zip(HOOK.splitlines(), printed.splitlines(), strict=True) if old != new]
    assert len(changed) == 1
    assert "', '-I', '" in changed[0]
    assert not parse(sandbox.run("hook", name, "--remove").stdout).has_error
    assert "never run there" in " ".join(sandbox.run("hook", "--help").stdout.split())
