"""The end of `add`: a region if none is known, what to type next, and what is missing when nobody can be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.commands.plaintext import DEV
from tests.commands.shell_syntax import SHELLS, write_eval
from tests.commands.terminal import PROMPT, open_shell, open_terminal
from tests.sandbox import SHELLVAULT

if TYPE_CHECKING:
    from tests.commands.terminal import Terminal
    from tests.sandbox import Sandbox

REGION = r"Region for dev, such as eu-west-1 \(Enter for none\): "
GIVEN = {"AWS_ACCESS_KEY_ID": DEV.id, "AWS_SECRET_ACCESS_KEY": DEV.secret}


def type_key_pair(terminal: Terminal) -> None:
    """Answer the first two questions."""
    terminal.expect("Access key ID for dev ")
    terminal.type(DEV.id)
    terminal.expect("Secret access key ")
    terminal.type(DEV.secret)


@pytest.mark.usefixtures("cheap_vault")
@pytest.mark.parametrize("before", ["", "[profile dev]\noutput = json\n"], ids=["new", "there already"])
def test_a_typed_region_is_written_to_the_profile(sandbox: Sandbox, before: str) -> None:
    """If it is not a valid region, the question is repeated."""
    sandbox.configure(before)
    with open_terminal(sandbox, [SHELLVAULT, "add", "dev"]) as terminal:
        type_key_pair(terminal)
        terminal.expect(REGION)
        terminal.type("Frankfurt!")
        terminal.expect("Region: 'Frankfurt!' is not a region; try again")
        terminal.expect(REGION)
        terminal.type("eu-central-1")
        assert terminal.wait_for_exit() == 0
    assert "region = eu-central-1\n" in sandbox.config.read_text()
    assert sandbox.run("exec", "dev", "-n", "--", "sh", "-c", "echo $AWS_REGION").stdout == "eu-central-1\n"


@pytest.mark.usefixtures("cheap_vault")
def test_enter_skips_the_region(sandbox: Sandbox) -> None:
    """The profile gets none."""
    with open_terminal(sandbox, [SHELLVAULT, "add", "dev"]) as terminal:
        type_key_pair(terminal)
        terminal.expect(REGION)
        terminal.type("")
        assert terminal.wait_for_exit() == 0
    assert sandbox.config.read_text() == "[profile dev]\n"


@pytest.mark.usefixtures("cheap_vault")
@pytest.mark.parametrize(
    ("config", "words", "environ"),
    [
        ("[profile dev]\nregion = eu-west-1\n", (), {}),
        ("", (), {"AWS_REGION": "eu-west-1"}),
        ("", (), {"AWS_DEFAULT_REGION": "eu-west-1"}),
        ("", ("--no-config",), {}),
    ],
    ids=["in the profile", "AWS_REGION", "AWS_DEFAULT_REGION", "no config"],
)
def test_a_known_region_is_not_asked_for(
    sandbox: Sandbox, config: str, words: tuple[str, ...], environ: dict[str, str]
) -> None:
    """With --no-config, there is also no question: the answer could not be written anywhere."""
    sandbox.configure(config)
    with open_terminal(sandbox, [SHELLVAULT, "add", "dev", *words], **environ) as terminal:
        type_key_pair(terminal)
        assert terminal.wait_for_exit() == 0
        assert "Region" not in terminal.output


@pytest.mark.parametrize("shell", SHELLS)
def test_the_next_step_can_be_typed_as_shown(sandbox: Sandbox, shell: str) -> None:
    """The line is in the syntax of the user's shell, and loads the session."""
    sandbox.add("base", sandbox.aws.world.user().access_key())
    key = sandbox.aws.world.user("bob").access_key()
    with open_shell(
        sandbox, shell, AWS_ACCESS_KEY_ID=key.id, AWS_SECRET_ACCESS_KEY=key.secret, COLUMNS="200"
    ) as terminal:
        terminal.type("shellvault add dev --env")
        line = terminal.expect("To use it: (.*)\r\n").group(1)
        assert line == write_eval(shell, "dev")
        terminal.expect(PROMPT)
        terminal.type(line)
        terminal.expect(PROMPT)
        terminal.type("shellvault status")
        terminal.expect("profile +dev\r\n")


@pytest.mark.usefixtures("cheap_vault")
def test_the_hint_without_a_terminal_works(sandbox: Sandbox) -> None:
    """It suggests --env and the variables that go with it."""
    done = sandbox.command(["setsid", "--wait", SHELLVAULT, "add", "dev"])
    assert done.returncode == 6
    assert done.stderr == (
        "error: there is no terminal to ask on\n"
        "hint: run it in a terminal; or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and add --env\n"
    )
    assert sandbox.run("add", "dev", "--env", **GIVEN).returncode == 0


def test_the_first_key_pair_on_a_server_needs_a_passphrase(sandbox: Sandbox) -> None:
    """The error says so, and the passphrase file in the hint is all that is needed."""
    words = ["setsid", "--wait", SHELLVAULT, "add", "dev", "--env"]
    done = sandbox.command(words, SHELLVAULT_PASSPHRASE_FILE="", **GIVEN)
    assert (done.returncode, done.stdout) == (5, "")
    assert done.stderr == (
        "error: the sealed vault needs a new passphrase: there is no terminal to ask on\n"
        "hint: run the command in a terminal, or set SHELLVAULT_PASSPHRASE_FILE\n"
    )
    assert sandbox.command(words, **GIVEN).returncode == 0
