"""`add` on a terminal: the id is shown after Enter; the secret and the passphrase never are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.commands.terminal import Terminal, open_terminal
from tests.sandbox import PASSPHRASE, SHELLVAULT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sandbox import Sandbox

ID, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
ID_QUESTION = r"Access key ID for dev \(shown after Enter\): "
NO_PASSPHRASE_FILE = {"SHELLVAULT_PASSPHRASE_FILE": "", "AWS_REGION": "eu-west-1"}


@pytest.fixture
def adding(sandbox: Sandbox) -> Iterator[Terminal]:
    """Return a terminal in which `add dev` runs, without a passphrase file."""
    with open_terminal(sandbox, [SHELLVAULT, "add", "dev"], **NO_PASSPHRASE_FILE) as terminal:
        yield terminal


def type_key_pair(terminal: Terminal) -> None:
    """Type the key pair."""
    terminal.expect(ID_QUESTION)
    assert not terminal.is_echoing()
    terminal.type(ID)
    terminal.expect(r"Secret access key \(not shown\): ")
    assert not terminal.is_echoing()
    terminal.type(SECRET)


def type_new_passphrase(terminal: Terminal, first: str, second: str) -> None:
    """Type a new passphrase, twice."""
    terminal.expect("New passphrase for the sealed vault: ")
    terminal.type(first)
    if first:
        terminal.expect("Repeat passphrase: ")
        terminal.type(second)


def test_the_first_key_pair_creates_a_vault(sandbox: Sandbox, adding: Terminal) -> None:
    """The id is shown; the secret and the new passphrase, which is asked for twice, are not."""
    type_key_pair(adding)
    type_new_passphrase(adding, "one two three", "one two three")
    assert adding.wait_for_exit() == 0
    assert ID in adding.output
    assert SECRET not in adding.output
    assert "one two three" not in adding.output
    assert "Stored the key pair …MPLE as 'dev' in the sealed vault." in adding.output
    shown = sandbox.run(
        "exec", "dev", "-n", "--no-input", "--", "sh", "-c", "echo $AWS_SECRET_ACCESS_KEY", **NO_PASSPHRASE_FILE
    )
    assert shown.stdout == f"{SECRET}\n"


@pytest.mark.parametrize(
    ("first", "second", "error"),
    [
        ("one two three", "one two four", "the two passphrases differ; nothing was changed"),
        ("", "", "the passphrase must not be empty"),
    ],
)
def test_a_mistyped_passphrase_creates_no_vault(
    sandbox: Sandbox, adding: Terminal, first: str, second: str, error: str
) -> None:
    """Nothing is stored, and nothing is listed."""
    type_key_pair(adding)
    for _ in range(3):
        type_new_passphrase(adding, first, second)
    assert adding.wait_for_exit() == 6
    assert adding.output.count(f"shellvault: {error}; try again") == 2
    assert adding.output.count(f"error: {error}") == 1
    assert not (sandbox.vault / "vault.sealed").exists()
    assert sandbox.run("list").stdout.startswith("No profiles or key pairs yet.")


@pytest.mark.parametrize(("longer", "chosen"), [("", "short"), ("one two three", "one two three")])
def test_a_short_passphrase_is_accepted_only_after_a_warning(
    sandbox: Sandbox, adding: Terminal, longer: str, chosen: str
) -> None:
    """Enter keeps it; or a longer one takes its place."""
    type_key_pair(adding)
    adding.expect("New passphrase for the sealed vault: ")
    adding.type("short")
    adding.expect(r"Fewer than 8 characters are quickly guessed. A longer one \(Enter keeps this one\): ")
    adding.type(longer)
    adding.expect("Repeat passphrase: ")
    adding.type(chosen)
    assert adding.wait_for_exit() == 0
    sandbox.run("lock")
    assert sandbox.run("unlock", SHELLVAULT_PASSPHRASE_FILE="", SHELLVAULT_PASSPHRASE=chosen).returncode == 0


def test_a_short_passphrase_from_the_environment_is_reported_once(sandbox: Sandbox) -> None:
    """When the vault is created under it, and not at each use."""
    given = {"SHELLVAULT_PASSPHRASE_FILE": "", "SHELLVAULT_PASSPHRASE": "short"}
    words = ("add", "dev", "--env", "--no-config")
    done = sandbox.run(*words, **given, AWS_ACCESS_KEY_ID=ID, AWS_SECRET_ACCESS_KEY=SECRET)
    weak = "shellvault: the new passphrase is weak: fewer than 8 characters are quickly guessed\n"
    assert (done.returncode, done.stderr.count(weak)) == (0, 1)
    sandbox.run("lock")
    assert "weak" not in sandbox.run("unlock", **given).stderr


def test_a_locked_vault_asks_for_its_passphrase_once(sandbox: Sandbox, adding: Terminal) -> None:
    """The second key pair needs the existing passphrase, not a new one."""
    sandbox.add("base", sandbox.aws.world.user().access_key())
    sandbox.run("lock")
    type_key_pair(adding)
    adding.expect("Passphrase of the sealed vault: ")
    adding.type(PASSPHRASE)
    assert adding.wait_for_exit() == 0
    assert adding.output.count("assphrase") == 1
    assert sandbox.run("list", "--credentials").stdout == "base\ndev\n"


def test_a_wrong_passphrase_changes_nothing(sandbox: Sandbox, adding: Terminal) -> None:
    """The vault and the index are as they were."""
    sandbox.add("base", sandbox.aws.world.user().access_key())
    sandbox.run("lock")
    type_key_pair(adding)
    for _ in range(3):
        adding.expect("Passphrase of the sealed vault: ")
        adding.type("not this one")
    assert adding.wait_for_exit() == 6
    assert "error: the passphrase is wrong" in adding.output
    assert sandbox.run("list", "--credentials").stdout == "base\n"
    assert sandbox.run("exec", "base", "--", "true").returncode == 0


def test_a_wrong_id_is_refused_before_the_secret_is_asked_for(adding: Terminal) -> None:
    """Temporary credentials, for example."""
    for _ in range(3):
        adding.expect(ID_QUESTION)
        adding.type(f"ASIA{ID[4:]}")
    assert adding.wait_for_exit() == 2
    assert "error: that is the ID of temporary credentials" in adding.output
    assert "Secret access key" not in adding.output


def test_spaces_around_pasted_values_are_ignored(sandbox: Sandbox, adding: Terminal) -> None:
    """Consoles and spreadsheets add them."""
    adding.expect(ID_QUESTION)
    adding.type(f"  {ID} ")
    adding.expect(r"Secret access key \(not shown\): ")
    adding.type(f" {SECRET}\t")
    type_new_passphrase(adding, PASSPHRASE, PASSPHRASE)
    assert adding.wait_for_exit() == 0
    assert sandbox.run("exec", "dev", "-n", "--", "sh", "-c", "echo $AWS_SECRET_ACCESS_KEY").stdout == f"{SECRET}\n"


def test_no_input_does_not_prompt(sandbox: Sandbox) -> None:
    """Neither for the key pair nor for a passphrase."""
    with open_terminal(sandbox, [SHELLVAULT, "add", "dev", "--no-input"], **NO_PASSPHRASE_FILE) as terminal:
        assert terminal.wait_for_exit() == 6
        assert terminal.output.startswith("error: prompting is disabled (--no-input)\r\nhint: ")


def test_without_a_terminal_it_fails(sandbox: Sandbox) -> None:
    """Input from a pipe is not used as an answer."""
    done = sandbox.command(["setsid", "--wait", SHELLVAULT, "add", "dev"], stdin=f"{ID}\n{SECRET}\n")
    assert (done.returncode, done.stdout) == (6, "")
    assert done.stderr.startswith("error: there is no terminal to ask on\nhint: ")
