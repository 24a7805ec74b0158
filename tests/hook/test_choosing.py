"""`shellvault use` without a name: a profile is chosen while the shell reads what the program prints."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.commands.picker_screen import DRAWN, OWN, add_profiles, wait_for_screen, without_fzf
from tests.commands.terminal import PROMPT
from tests.hook.live_shell import SHELLS, start_shell
from tests.hook.test_use_and_off import STATUS

if TYPE_CHECKING:
    from tests.sandbox import Sandbox


@pytest.mark.parametrize("name", SHELLS)
def test_use_puts_the_chosen_profile_into_the_shell(sandbox: Sandbox, name: str) -> None:
    """Esc and Ctrl-C change nothing and give status 130; so does Esc after a name that is mistyped."""
    add_profiles(sandbox)
    with start_shell(sandbox, name, **DRAWN, PATH=without_fzf(sandbox)) as shell:
        for line, keys, result in (
            ("use", "\x1b", "130 ."),
            ("use", "prd pay\r", "0 payments-prd."),
            ("use search", "\x1b", "130 payments-prd."),
            ("use -d 30m srchprd", "\r", "0 search-prd."),
            ("use", "\x03", "130 search-prd."),
            ("use -", "", "0 payments-prd."),
        ):
            start = len(shell.terminal.output)
            shell.terminal.type(f'shellvault {line}; echo {STATUS[name]} "$AWS_VAULT."')
            if keys:
                wait_for_screen(shell.terminal, OWN, start)
                shell.terminal.press(keys)
            shell.terminal.expect(rf"{re.escape(result)}\r")
            shell.terminal.expect(re.escape(PROMPT))


@pytest.mark.parametrize("name", SHELLS)
def test_use_without_a_terminal_says_what_is_missing(sandbox: Sandbox, name: str) -> None:
    """The hook asks the program, which asks nobody where its stderr is no terminal."""
    add_profiles(sandbox)
    with start_shell(sandbox, name) as shell:
        shown = shell.run(f"shellvault use 2>errors; echo {STATUS[name]}; cat errors")
        assert shown == "2\nerror: no profile given\nhint: shellvault use PROFILE; shellvault list shows the profiles"
