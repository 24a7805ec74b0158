"""The hook gets on with starship, direnv, bash-preexec and a person's own hooks, whatever is loaded first."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.commands.terminal import PROMPT
from tests.hook import rigs
from tests.hook.company import furnish, loading, settings
from tests.hook.rigs import plain, prompt_after, rigged
from tests.hook.test_options import renewed
from tests.shells.versions import starship, versions

if TYPE_CHECKING:
    from tests.hook.living import Living
    from tests.sandbox import Sandbox
    from tests.shells.versions import Version

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
OWN = {
    "bash": "mine() { mine=ran; }; PROMPT_COMMAND=mine; typed() { word=${1%% *}; }",
    "zsh": "mine() { mine=ran }; precmd_functions+=(mine); typed() { word=${1%% *} }; preexec_functions+=(typed)",
    "fish": "function mine --on-event fish_prompt; set -g mine ran; end; "
    "function typed --on-event fish_preexec; set -g word (string split ' ' -- $argv[1])[1]; end",
}
"""A person's own hooks, before a prompt and before a command."""
MATRIX = [
    *((versions(name)[0], order) for name, orders in ORDERS.items() for order in orders),
    *((version, ORDERS["bash"][number]) for version in versions("bash")[1:] for number in (0, 3, 6)),
]


@pytest.fixture(scope="module")
def company(inherited: tuple[Sandbox, dict[str, str]]) -> tuple[Sandbox, dict[str, str]]:
    """Return the sandbox with the companions in it."""
    furnish(inherited[0])
    return inherited


@pytest.mark.parametrize(("version", "order"), MATRIX, ids=str)
def test_all_of_them_work(company: tuple[Sandbox, dict[str, str]], version: Version, order: str) -> None:
    """The status in starship's prompt, direnv's folder, callbacks, the segment, a session renewed before a command."""
    sandbox, session = company
    env = {**settings(sandbox.home), **session}
    with rigged(sandbox, version, before=(OWN[version.name],), NO_COLOR="1", **env) as shell:
        for what in re.findall(r"newer preexec|\w+", order):
            if what == "hook":
                rigs.load(shell)
            elif what != "starship" or starship():
                shell.do(loading(sandbox, version.name, what))
        _status_is_shown(shell, order)
        assert plain(shell.do("cd project")).strip() == ""
        assert plain(shell.do("echo $HERE")).strip() == "project"
        assert plain(shell.do("cd ..; echo at home")).strip() == "at home"
        assert shell.value("HERE") == ""
        assert renewed(shell, session).strip() == "renewed"
        if "preexec" in order or version.name != "bash":
            assert plain(shell.do("echo $word")).strip() == "echo"
        assert shell.value("mine") == "ran"
        assert prompt_after(shell, ":").count("[short 5") == 1


def _status_is_shown(shell: Living, order: str) -> None:
    shell.do(":")
    start = len(shell.terminal.output)
    shell.terminal.type("sh -c 'exit 3'")
    shell.terminal.expect(re.escape(PROMPT))
    prompt = plain(shell.terminal.output[start:])
    if "starship" in order and starship():
        assert re.search(r"\[short 5\dm\] <3>\{short  \d+m\d*s?\} READY> \r?$", prompt), prompt
