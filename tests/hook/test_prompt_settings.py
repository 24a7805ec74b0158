"""Exactly one segment, up to date and never raw, whatever else is configured for the prompt."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.commands.terminal import PROMPT
from tests.hook.configured_shell import load_hook, read_prompt_after, start_configured_shell
from tests.hook.test_shell_options import expire_and_check
from tests.shells.shell_versions import list_versions

if TYPE_CHECKING:
    from tests.sandbox import Sandbox
    from tests.shells.shell_versions import Version

    Fresh = tuple[Sandbox, dict[str, str]]

OURS = ("SHELLVAULT_SEGMENT", "SHELLVAULT_STATE")
SEGMENT = rf"\[short 5\dm\] {PROMPT}"
EACH_BASH = pytest.mark.parametrize("version", list_versions("bash"), ids=str)
EACH_ZSH = pytest.mark.parametrize("version", list_versions("zsh"), ids=str)
EACH_FISH = pytest.mark.parametrize("version", list_versions("fish"), ids=str)
REPLACED = {
    "a saved prompt": "saved=$PROMPT; export SHELLVAULT_DANGER='*'; PROMPT='x '; PROMPT=$saved",
    "a virtualenv": '_OLD="$PROMPT"; PROMPT="(venv) $PROMPT"; export SHELLVAULT_PROFILE=other; PROMPT="$_OLD"',
    "another pattern": "export SHELLVAULT_DANGER='short'",
    "no colour": "export NO_COLOR=1",
}


@EACH_FISH
def test_fish_shows_changes_made_by_a_later_handler(fresh_session: Fresh, version: Version) -> None:
    """For example by direnv, when its hook is loaded after ours."""
    sandbox, session = fresh_session
    with start_configured_shell(sandbox, version, NO_COLOR="1", **session) as shell:
        load_hook(shell)
        shell.run("function later --on-event fish_prompt; set -gx SHELLVAULT_PROFILE $wanted; end")
        assert "[blue 5" in read_prompt_after(shell, "set -g wanted blue")
        assert "[green 5" in read_prompt_after(shell, "set -g wanted green")


@EACH_FISH
@pytest.mark.parametrize(
    "line",
    [
        "functions -c fish_mode_prompt wrapped; function fish_mode_prompt; echo -n '<'; wrapped; end",
        "set -g IFS",
        "set -g IFS; functions -c fish_mode_prompt wrapped; function fish_mode_prompt; echo -n '<'; wrapped; end",
        "function fish_mode_prompt; echo -n '<'; end",
    ],
)
def test_wrapped_fish_prompt_has_one_segment(fresh_session: Fresh, version: Version, line: str) -> None:
    """Tools copy fish_mode_prompt and call the copy. Loading the hook again must not make the two call each other."""
    sandbox, session = fresh_session
    with start_configured_shell(sandbox, version, NO_COLOR="1", **session) as shell:
        load_hook(shell)
        shell.run(line)
        for _ in range(2):
            load_hook(shell)
            shown = read_prompt_after(shell, ":")
            assert shown.count("[short 5") == 1, shown
            assert shown.count("<") == ("<" in line), shown
        shell.run("__shellvault_remove")
        assert "short" not in read_prompt_after(shell, ":")


@EACH_FISH
def test_fish_prompt_that_sometimes_calls_ours_has_one_segment(fresh_session: Fresh, version: Version) -> None:
    """The hook takes over from a prompt that does not call it, which then starts to do so."""
    sandbox, session = fresh_session
    with start_configured_shell(sandbox, version, NO_COLOR="1", **session) as shell:
        load_hook(shell)
        shell.run("functions -c fish_mode_prompt wrapped")
        shell.run("function fish_mode_prompt; test -n \"$show\"; and wrapped; echo -n '<'; end")
        for line in (":", "set -g show 1", ":"):
            shown = read_prompt_after(shell, line)
            assert (shown.count("[short 5"), shown.count("<")) == (1, 1), shown


@EACH_FISH
@pytest.mark.parametrize("variable", OURS)
def test_fish_prompt_that_a_handler_replaces_has_one_segment(
    fresh_session: Fresh, version: Version, variable: str
) -> None:
    """The handler runs when the segment is drawn, after the hook has looked at the prompt function."""
    sandbox, session = fresh_session
    with start_configured_shell(sandbox, version, NO_COLOR="1", **session) as shell:
        load_hook(shell)
        shell.run(f"function theme --on-variable {variable}; function fish_mode_prompt; echo -n '<'; end; end")
        for line in ("set -gx SHELLVAULT_DANGER nope", ":", "set -gx SHELLVAULT_DANGER other"):
            shown = read_prompt_after(shell, line)
            assert (shown.count("[short 5"), shown.count("<")) == (1, 1), shown


@EACH_ZSH
@pytest.mark.parametrize("what", REPLACED)
def test_restored_zsh_prompt_has_one_segment(fresh_session: Fresh, version: Version, what: str) -> None:
    """Our part of the prompt is the same text in every state, so it can be recognized."""
    sandbox, session = fresh_session
    with start_configured_shell(sandbox, version, **session) as shell:
        load_hook(shell)
        shell.run(":")
        shell.run(REPLACED[what])
        assert len(re.findall(r"\[\w+ 5\dm\]", read_prompt_after(shell, ":"))) == 1


@EACH_ZSH
@pytest.mark.parametrize("line", ["unsetopt prompt_percent", "unsetopt prompt_percent; setopt prompt_subst"])
def test_zsh_without_percent_escapes_shows_the_text(fresh_session: Fresh, version: Version, line: str) -> None:
    """Both before the hook draws and after; once the option is back, the segment is as before."""
    sandbox, session = fresh_session
    with start_configured_shell(sandbox, version, NO_COLOR="1", **session) as shell:
        load_hook(shell)
        for each in (line, ":"):
            assert re.fullmatch(SEGMENT, read_prompt_after(shell, each))
        assert re.fullmatch(SEGMENT, read_prompt_after(shell, "setopt prompt_percent"))
        shell.run(f"{line}; __shellvault_remove")
        assert read_prompt_after(shell, ":") == PROMPT


@EACH_ZSH
@pytest.mark.parametrize("what", ["PROMPT", "psvar", "precmd_functions"])
def test_readonly_zsh_variables_are_left_alone(fresh_session: Fresh, version: Version, what: str) -> None:
    """Without PROMPT or psvar there is no segment; without the arrays, a message says that nothing is renewed."""
    sandbox, session = fresh_session
    with start_configured_shell(sandbox, version, NO_COLOR="1", **session) as shell:
        shell.run(f"typeset -gr {what}" if what == "PROMPT" else f"typeset -gar {what}=()")
        assert ("is readonly" in load_hook(shell)) == (what == "precmd_functions")
        assert read_prompt_after(shell, ":") == PROMPT
        if what != "precmd_functions":
            assert expire_and_check(shell, session) == "renewed"
        assert shell.run("__shellvault_remove") == ""
        assert read_prompt_after(shell, ":") == PROMPT


@EACH_BASH
def test_bash_without_promptvars_shows_the_text_and_renews(fresh_session: Fresh, version: Version) -> None:
    """PS0 cannot run anything then, so the session is renewed before the prompt instead."""
    sandbox, session = fresh_session
    with start_configured_shell(sandbox, version, NO_COLOR="1", **session) as shell:
        load_hook(shell)
        for line in ("shopt -u promptvars", ":"):
            assert re.fullmatch(SEGMENT, read_prompt_after(shell, line))
        assert expire_and_check(shell, session) == "renewed"
        assert re.fullmatch(SEGMENT, read_prompt_after(shell, "shopt -s promptvars"))
        shell.run("shopt -u promptvars; __shellvault_remove")
        assert read_prompt_after(shell, ":") == PROMPT


@EACH_BASH
@pytest.mark.parametrize("child", ["dash", "mksh", "bash --norc --posix"])
def test_child_shell_that_inherits_the_prompt_shows_nothing_of_it(
    fresh_session: Fresh, version: Version, child: str
) -> None:
    """Many export PS1. A shell without the hook reads our part of it as well, and must understand it."""
    sandbox, session = fresh_session
    with start_configured_shell(sandbox, version, NO_COLOR="1", **session) as shell:
        load_hook(shell)
        shell.run("export PS1")
        start = len(shell.terminal.output)
        shell.terminal.type(f"exec {child} -i")
        shell.terminal.expect(r"exec [^\n]*\n")
        shell.terminal.expect(re.escape(PROMPT))
        assert shell.terminal.output[start:].partition("\n")[2].endswith(PROMPT)
        assert "__shellvault" not in shell.terminal.output[start:]
        assert "short" not in shell.terminal.output[start:]
        assert read_prompt_after(shell, ":") == PROMPT


@EACH_BASH
@pytest.mark.parametrize("when", ["before", "after"])
def test_allexport_exports_nothing_of_the_hook(fresh_session: Fresh, version: Version, when: str) -> None:
    """`set -a` before or after loading the hook exports no variable and no function, and stays on."""
    sandbox, session = fresh_session
    with start_configured_shell(sandbox, version, **session) as shell:
        shell.run("set -a" if when == "before" else ":")
        load_hook(shell)
        shell.run("set -a")
        shell.run("shellvault use short")
        shell.run("export SHELLVAULT_EXPIRES_AT=1000000001 SHELLVAULT_REFRESH_AT=1000000000")
        shell.run("true")
        listed = shell.run("env | cut -d= -f1").split()
        assert not [name for name in listed if name.startswith(("__shellvault", "BASH_FUNC", *OURS))]
        assert shell.run("case $- in *a*) echo still;; esac") == "still"
