"""The hook coexists with starship, direnv, bash-preexec and the user's own hooks, in any loading order."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.commands.terminal import PROMPT
from tests.hook.configured_shell import load_hook, read_prompt_after, start_configured_shell, strip_escapes
from tests.hook.prompt_tools import get_load_line, get_tool_environment, install_tools
from tests.hook.test_shell_options import expire_and_check
from tests.shells.shell_versions import find_starship, list_versions

if TYPE_CHECKING:
    from tests.hook.live_shell import LiveShell
    from tests.sandbox import Sandbox
    from tests.shells.shell_versions import Version

ORDERS = {
    "bash": (
        "hook preexec starship direnv",
        "preexec hook starship direnv",
        "preexec starship hook direnv",
        "preexec starship direnv hook",
        "starship direnv hook preexec",
        "direnv hook newer preexec starship",
        "newer preexec direnv hook starship",
        "hook starship direnv",
        "direnv starship hook",
        "hook direnv newer preexec",
    ),
    "zsh": ("hook starship direnv", "starship hook direnv", "direnv starship hook", "direnv hook starship"),
    "fish": ("hook starship direnv", "starship hook direnv", "direnv starship hook", "direnv hook starship"),
}
USER_HOOKS = {
    "bash": "mine() { mine=ran; }; PROMPT_COMMAND=mine; typed() { word=${1%% *}; }",
    "zsh": "mine() { mine=ran }; precmd_functions+=(mine); typed() { word=${1%% *} }; preexec_functions+=(typed)",
    "fish": "function mine --on-event fish_prompt; set -g mine ran; end; "
    "function typed --on-event fish_preexec; set -g word (string split ' ' -- $argv[1])[1]; end",
}
"""The user's own hooks, before a prompt and before a command."""
MATRIX = [
    *((list_versions(name)[0], order) for name, orders in ORDERS.items() for order in orders),
    *((version, ORDERS["bash"][number]) for version in list_versions("bash")[1:] for number in (0, 3, 6)),
]


@pytest.fixture(scope="module")
def sandbox_with_tools(fresh_session: tuple[Sandbox, dict[str, str]]) -> tuple[Sandbox, dict[str, str]]:
    """Return the sandbox with all tools installed, and its session."""
    install_tools(fresh_session[0])
    return fresh_session


@pytest.mark.parametrize(("version", "order"), MATRIX, ids=str)
def test_all_tools_and_the_hook_work_together(
    sandbox_with_tools: tuple[Sandbox, dict[str, str]], version: Version, order: str
) -> None:
    """Starship's exit status, direnv's folder, callbacks, the segment, and a refresh before a command."""
    sandbox, session = sandbox_with_tools
    env = {**get_tool_environment(sandbox.home), **session}
    with start_configured_shell(sandbox, version, before=(USER_HOOKS[version.name],), NO_COLOR="1", **env) as shell:
        for what in re.findall(r"newer preexec|\w+", order):
            if what == "hook":
                load_hook(shell)
            elif what != "starship" or find_starship():
                shell.run(get_load_line(sandbox, version.name, what))
        _check_prompt_status(shell, order)
        assert strip_escapes(shell.run("cd project")).strip() == ""
        assert strip_escapes(shell.run("echo $HERE")).strip() == "project"
        assert strip_escapes(shell.run("cd ..; echo at home")).strip() == "at home"
        assert shell.get_variable("HERE") == ""
        assert expire_and_check(shell, session).strip() == "renewed"
        if "preexec" in order or version.name != "bash":
            assert strip_escapes(shell.run("echo $word")).strip() == "echo"
        assert shell.get_variable("mine") == "ran"
        assert read_prompt_after(shell, ":").count("[short 5") == 1


def _check_prompt_status(shell: LiveShell, order: str) -> None:
    shell.run(":")
    start = len(shell.terminal.output)
    shell.terminal.type("sh -c 'exit 3'")
    shell.terminal.expect(re.escape(PROMPT))
    prompt = strip_escapes(shell.terminal.output[start:])
    if "starship" in order and find_starship():
        assert re.search(r"\[short 5\dm\] <3>\{short  \d+m\d*s?\} READY> \r?$", prompt), prompt
