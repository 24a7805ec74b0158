"""`add` at a terminal: the id is asked where all can see, the secret and the passphrase are not shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.commands.terminal import Terminal, open_terminal
from tests.sandbox import PASSPHRASE, SHELLVAULT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sandbox import Sandbox

ID, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
BY_HAND = {"SHELLVAULT_PASSPHRASE_FILE": ""}


@pytest.fixture
def adding(sandbox: Sandbox) -> Iterator[Terminal]:
    """Return a terminal in which `add dev` asks, with no passphrase given ahead."""
    with open_terminal(sandbox, [SHELLVAULT, "add", "dev"], **BY_HAND) as terminal:
        yield terminal


def key_pair(terminal: Terminal) -> None:
    """Type the key pair."""
    terminal.expect("Access key ID for dev: ")
    assert terminal.is_echoing()
    terminal.type(ID)
    terminal.expect(r"Secret access key \(not shown\): ")
    assert not terminal.is_echoing()
    terminal.type(SECRET)


def new_passphrase(terminal: Terminal, first: str, second: str) -> None:
    """Type a new passphrase, twice."""
    terminal.expect("New passphrase for the sealed vault: ")
    terminal.type(first)
    if first:
        terminal.expect("The same again: ")
        terminal.type(second)


def test_a_first_key_pair_and_its_passphrase(sandbox: Sandbox, adding: Terminal) -> None:
    """Id visible, secret hidden, the new passphrase twice and hidden; then it is there."""
    key_pair(adding)
    new_passphrase(adding, "one two three", "one two three")
    assert adding.wait_for_exit() == 0
    assert ID in adding.output
    assert SECRET not in adding.output
    assert "one two three" not in adding.output
    assert "Stored the key pair …MPLE as 'dev' in the sealed vault." in adding.output
    shown = sandbox.run("exec", "dev", "-n", "--no-input", "--", "sh", "-c", "echo $AWS_SECRET_ACCESS_KEY", **BY_HAND)
    assert shown.stdout == f"{SECRET}\n"


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ("one", "two", "the two passphrases differ; nothing was changed"),
        ("", "", "an empty passphrase protects nothing"),
    ],
)
def test_a_passphrase_mistyped_makes_no_vault(
    sandbox: Sandbox, adding: Terminal, first: str, second: str, said: str
) -> None:
    """Nothing is stored, nothing is listed, and the next try begins anew."""
    key_pair(adding)
    new_passphrase(adding, first, second)
    assert adding.wait_for_exit() == 6
    assert f"error: {said}" in adding.output
    assert not (sandbox.vault / "vault.sealed").exists()
    assert sandbox.run("list").stdout.startswith("Nothing yet.")


def test_an_existing_vault_asks_for_its_passphrase_once(sandbox: Sandbox, adding: Terminal) -> None:
    """A second key pair into the locked vault: its passphrase, not a new one."""
    sandbox.add("base", sandbox.aws.world.user().access_key())
    sandbox.run("lock")
    key_pair(adding)
    adding.expect("Passphrase of the sealed vault: ")
    adding.type(PASSPHRASE)
    assert adding.wait_for_exit() == 0
    assert adding.output.count("assphrase") == 1
    assert sandbox.run("list", "--credentials").stdout == "base\ndev\n"


def test_a_wrong_passphrase_loses_nothing(sandbox: Sandbox, adding: Terminal) -> None:
    """The vault keeps what it had, and the index does not claim more."""
    sandbox.add("base", sandbox.aws.world.user().access_key())
    sandbox.run("lock")
    key_pair(adding)
    adding.expect("Passphrase of the sealed vault: ")
    adding.type("not this one")
    assert adding.wait_for_exit() == 6
    assert "error: the passphrase is wrong" in adding.output
    assert sandbox.run("list", "--credentials").stdout == "base\n"
    assert sandbox.run("exec", "base", "--", "true").returncode == 0


def test_a_wrong_id_is_told_before_the_secret_is_asked(adding: Terminal) -> None:
    """Temporary credentials are refused at once."""
    adding.expect("Access key ID for dev: ")
    adding.type(f"ASIA{ID[4:]}")
    assert adding.wait_for_exit() == 2
    assert "error: that is the id of temporary credentials" in adding.output
    assert "Secret access key" not in adding.output


def test_blanks_around_what_was_pasted_do_no_harm(sandbox: Sandbox, adding: Terminal) -> None:
    """Consoles and spreadsheets add them."""
    adding.expect("Access key ID for dev: ")
    adding.type(f"  {ID} ")
    adding.expect(r"Secret access key \(not shown\): ")
    adding.type(f" {SECRET}\t")
    new_passphrase(adding, "p", "p")
    assert adding.wait_for_exit() == 0
    assert sandbox.run("exec", "dev", "-n", "--", "sh", "-c", "echo $AWS_SECRET_ACCESS_KEY").stdout == f"{SECRET}\n"


def test_no_input_asks_nothing(sandbox: Sandbox) -> None:
    """Neither for the key pair nor for a passphrase."""
    with open_terminal(sandbox, [SHELLVAULT, "add", "dev", "--no-input"], **BY_HAND) as terminal:
        assert terminal.wait_for_exit() == 6
        assert terminal.output.startswith("error: --no-input forbids to ask")


def test_without_a_terminal_it_says_so(sandbox: Sandbox) -> None:
    """A pipe is nobody to ask, and what comes through it is no answer."""
    done = sandbox.command(["setsid", "--wait", SHELLVAULT, "add", "dev"], stdin=f"{ID}\n{SECRET}\n")
    assert (done.returncode, done.stdout) == (6, "")
    assert done.stderr.startswith("error: there is no terminal to ask on\nhint: ")
