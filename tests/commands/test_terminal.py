"""Secrets and the screen: what is refused on a terminal, and what is typed but not shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.commands.speech import SHELLS, into
from tests.commands.terminal import PROMPT, in_shell

if TYPE_CHECKING:
    from tests.sandbox import Sandbox


@pytest.mark.parametrize("words", ["alpha", "--unset"])
@pytest.mark.parametrize("shell", SHELLS)
def test_statements_are_refused_on_a_terminal_with_the_line_to_type(settled: Sandbox, shell: str, words: str) -> None:
    """The line is the one for the shell at hand."""
    with in_shell(settled, shell) as terminal:
        terminal.type(f"shellvault env {words}")
        terminal.sees("error: this would show secrets on the terminal\r\n")
        line = terminal.sees("hint: (.*)   \\(or --reveal\\)\r\n").group(1)
        terminal.sees(PROMPT)
        terminal.type(f"shellvault env {words}; echo status {'$status' if shell == 'fish' else '$?'}")
        terminal.sees("status 2\r")
    assert line == into(shell, words)
    assert "AWS_SECRET_ACCESS_KEY" not in terminal.seen


def test_a_name_with_a_space_is_quoted_in_the_line_to_type(settled: Sandbox) -> None:
    """Typed as it stands, the line has to mean the same profile, and run nothing else."""
    with in_shell(settled) as terminal:
        terminal.type("shellvault env 'two $(words)'")
        terminal.sees(r"""hint: eval "\$\(shellvault env 'two \$\(words\)'\)"   """)


def test_reveal_prints_on_a_terminal(settled: Sandbox) -> None:
    """For those who want to see it."""
    with in_shell(settled) as terminal:
        terminal.type("shellvault env alpha --reveal")
        terminal.sees(r"export AWS_ACCESS_KEY_ID='ASIA")
        terminal.sees(PROMPT)


def test_a_secret_that_is_typed_is_not_shown(sandbox: Sandbox) -> None:
    """`add` asks for the id in sight and for the secret out of it."""
    key = sandbox.aws.world.user("alice").access_key()
    with in_shell(sandbox) as terminal:
        terminal.type("shellvault add base")
        terminal.sees("Access key ID for base: ")
        terminal.type(key.id)
        terminal.sees("Secret access key \\(not shown\\): ")
        terminal.type(key.secret)
        terminal.sees(f"Stored the key pair …{key.id[-4:]} as 'base' in the sealed vault.")
        terminal.sees(PROMPT)
    assert key.id in terminal.seen
    assert key.secret not in terminal.seen, "the secret was shown"
