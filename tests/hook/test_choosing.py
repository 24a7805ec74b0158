"""`shellvault use` without a name: a profile is chosen while the shell reads what the program prints."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.commands.picker_screen import DRAWN, FZF, OWN, add_profiles, wait_for_screen, without_fzf
from tests.commands.terminal import COLUMNS, PROMPT, open_shell
from tests.hook.live_shell import HOOKS, SHELLS, LiveShell, start_shell
from tests.hook.test_use_and_off import STATUS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sandbox import Sandbox


HELD = "env | grep -E '^(AWS|SHELLVAULT)_' | sort | cksum"
CAPTURED = {
    name: f"echo {before}shellvault exec -- sh -c 'echo ran with $AWS_VAULT.'{after}"
    for name, before, after in (("bash", '"$(', ')"'), ("zsh", '"$(', ')"'), ("fish", "(", ")"))
}

every_shell_and_picker = pytest.mark.parametrize(
    ("name", "opened"),
    [(name, opened) for name in SHELLS for opened in (OWN, FZF)],
    ids=[f"{name}-{picker}" for name in SHELLS for picker in ("own", "fzf")],
)


@contextmanager
def start_drawn_shell(sandbox: Sandbox, name: str, opened: str) -> Iterator[LiveShell]:
    """Start a shell as wide as what `wait_for_screen` draws, with one of the pickers."""
    add_profiles(sandbox)
    path = sandbox.env["PATH"] if opened == FZF else without_fzf(sandbox)
    with open_shell(sandbox, name, COLUMNS, **DRAWN, PATH=path) as terminal:
        terminal.type(f"source {HOOKS}/shellvault.{name}")
        terminal.expect(re.escape(PROMPT))
        yield LiveShell(terminal, name)


def type_and_choose(shell: LiveShell, line: str, opened: str, keys: str, result: str) -> str:
    """Type a line, press keys in the picker, Enter once only one profile is left, and return what is printed then."""
    start = len(shell.terminal.output)
    shell.terminal.type(line)
    if keys:
        wait_for_screen(shell.terminal, opened, start)
        shell.terminal.press(keys.removesuffix("\r"))
    if keys.endswith("\r"):
        wait_for_screen(shell.terminal, "1/4", start)  # fzf would choose from what it showed before
        shell.terminal.press("\r")
    found = shell.terminal.expect(rf"{result}\r").group()
    shell.terminal.expect(re.escape(PROMPT))
    return found.strip()


@every_shell_and_picker
def test_use_puts_the_chosen_profile_into_the_shell(sandbox: Sandbox, name: str, opened: str) -> None:
    """Esc and Ctrl-C change nothing and give status 130; so does Esc after a name that is mistyped."""
    with start_drawn_shell(sandbox, name, opened) as shell:
        for line, keys, result in (
            ("use", "\x1b", "130 ."),
            ("use", "prd pay\r", "0 payments-prd."),
            ("use search", "\x1b", "130 payments-prd."),
            ("use -d 30m srchprd", "\r", "0 search-prd."),
            ("use", "\x03", "130 search-prd."),
            ("use -", "", "0 payments-prd."),
        ):
            shown = "1/4" if "srch" in line or "search" in line else opened
            typed = f'shellvault {line}; echo {STATUS[name]} "$AWS_VAULT."'
            type_and_choose(shell, typed, shown, keys, re.escape(result))


@every_shell_and_picker
def test_a_picker_that_was_left_leaves_the_shell_as_it_was(sandbox: Sandbox, name: str, opened: str) -> None:
    """Every variable of a session, and the terminal's modes. It opens inside a substitution, too."""
    with start_drawn_shell(sandbox, name, opened) as shell:
        type_and_choose(shell, 'shellvault use search-prd; echo "$AWS_VAULT."', opened, "", r"search-prd\.")
        state = f"{HELD}; stty -a | cksum"
        before = type_and_choose(shell, state, opened, "", r"\d+ \d+\r\n\d+ \d+")
        for keys in ("\x1b", "\x03", "pay\x1b"):
            type_and_choose(shell, f"shellvault use; echo {STATUS[name]}.", opened, keys, r"130\.")
            assert type_and_choose(shell, state, opened, "", r"\d+ \d+\r\n\d+ \d+") == before
        type_and_choose(shell, CAPTURED[name], opened, "prd pay\r", r"ran with payments-prd\.")


@pytest.mark.parametrize("name", SHELLS)
def test_use_without_a_terminal_says_what_is_missing(sandbox: Sandbox, name: str) -> None:
    """The hook asks the program, which asks nobody where its stderr is no terminal."""
    add_profiles(sandbox)
    with start_shell(sandbox, name) as shell:
        shown = shell.run(f"shellvault use 2>errors; echo {STATUS[name]}; cat errors")
        assert shown == "2\nerror: no profile given\nhint: shellvault use PROFILE; shellvault list shows the profiles"
