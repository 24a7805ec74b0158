"""Secrets and the terminal: output that is refused there, and input that is not echoed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.commands.shell_syntax import SHELLS, write_eval
from tests.commands.terminal import PROMPT, open_shell

if TYPE_CHECKING:
    from tests.sandbox import Sandbox


@pytest.mark.parametrize("words", ["alpha", "--unset"])
@pytest.mark.parametrize("shell", SHELLS)
def test_statements_are_refused_on_a_terminal_with_a_hint(warm_sandbox: Sandbox, shell: str, words: str) -> None:
    """The hint is the right command for the current shell."""
    with open_shell(warm_sandbox, shell) as terminal:
        terminal.type(f"shellvault env {words}")
        terminal.expect("error: this would show secrets on the terminal\r\n")
        line = terminal.expect("hint: (.*)   \\(or --reveal\\)\r\n").group(1)
        terminal.expect(PROMPT)
        terminal.type(f"shellvault env {words}; echo status {'$status' if shell == 'fish' else '$?'}")
        terminal.expect("status 2\r")
    assert line == write_eval(shell, words)
    assert "AWS_SECRET_ACCESS_KEY" not in terminal.output


def test_name_with_spaces_is_quoted_in_the_hint(warm_sandbox: Sandbox) -> None:
    """Typed as shown, the command must select the same profile and run nothing else."""
    with open_shell(warm_sandbox) as terminal:
        terminal.type("shellvault env 'two $(words)'")
        terminal.expect(r"""hint: eval "\$\(shellvault env 'two \$\(words\)'\)"   """)


def test_reveal_prints_on_a_terminal(warm_sandbox: Sandbox) -> None:
    """For users who want to see the secrets."""
    with open_shell(warm_sandbox) as terminal:
        terminal.type("shellvault env alpha --reveal")
        terminal.expect(r"export AWS_ACCESS_KEY_ID='ASIA")
        terminal.expect(PROMPT)


def test_typed_secret_is_not_echoed(sandbox: Sandbox) -> None:
    """`add` shows the key id once it is entered, and the secret never."""
    key = sandbox.aws.world.user("alice").access_key()
    with open_shell(sandbox, AWS_REGION="eu-west-1") as terminal:
        terminal.type("shellvault add base")
        terminal.expect("Access key ID for base ")
        terminal.type(key.id)
        terminal.expect("Secret access key \\(not shown\\): ")
        terminal.type(key.secret)
        terminal.expect(f"Stored the key pair …{key.id[-4:]} as 'base' in the sealed vault.")
        terminal.expect(PROMPT)
    assert key.id in terminal.output
    assert key.secret not in terminal.output, "the secret was shown"
