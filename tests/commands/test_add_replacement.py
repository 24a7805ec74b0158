"""`add` with a name that is taken: it replaces another key pair only if the user confirms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shellvault.storage.opener import kernel_keyring
from tests.commands.plaintext import DEV, OPS, read_stored_key
from tests.commands.terminal import open_terminal
from tests.sandbox import PASSPHRASE, SHELLVAULT
from tests.storage.sealed_vaults import Typist, open_sealed_file

if TYPE_CHECKING:
    from tests.commands.plaintext import SampleKey
    from tests.sandbox import Sandbox

QUESTION = r"Replace …MPLE, stored as 'dev'\? \[y/N\] "


def given(key: SampleKey) -> dict[str, str]:
    """Return the variables from which `add --env` reads a key pair."""
    return {"AWS_ACCESS_KEY_ID": key.id, "AWS_SECRET_ACCESS_KEY": key.secret}


@pytest.fixture
def taken(sandbox: Sandbox) -> Sandbox:
    """Return a sandbox with a key pair called `dev`."""
    assert sandbox.run("add", "dev", "--env", "--no-config", **given(DEV)).returncode == 0
    return sandbox


def test_a_yes_replaces_the_key_pair(taken: Sandbox) -> None:
    """The confirmation comes before the new key pair is asked for, and the message says that it was replaced."""
    with open_terminal(taken, [SHELLVAULT, "add", "dev", "--no-config"]) as terminal:
        terminal.expect(QUESTION)
        terminal.type("y")
        terminal.expect("Access key ID for dev ")
        terminal.type(OPS.id)
        terminal.expect("Secret access key ")
        terminal.type(OPS.secret)
        assert terminal.wait_for_exit() == 0
        assert "Replaced the key pair …MPLE of 'dev' by …MPLE in the sealed vault." in terminal.output
    assert read_stored_key(taken, "dev") == OPS


@pytest.mark.parametrize("answer", ["", "n", "no", "yes please"])
def test_any_other_answer_keeps_the_key_pair(taken: Sandbox, answer: str) -> None:
    """The command exits with status 2, without asking for a key pair."""
    with open_terminal(taken, [SHELLVAULT, "add", "dev"]) as terminal:
        terminal.expect(QUESTION)
        terminal.type(answer)
        assert terminal.wait_for_exit() == 2
        assert "error: the key pair of 'dev' was kept" in terminal.output
        assert "Access key ID" not in terminal.output
    assert read_stored_key(taken, "dev") == DEV


@pytest.mark.parametrize(
    "key", [OPS, OPS.replace(id=DEV.id), DEV.replace(secret=OPS.secret)], ids=["another", "its id", "another secret"]
)
def test_env_replaces_a_key_pair_only_with_force(taken: Sandbox, key: SampleKey) -> None:
    """Otherwise status 2, even if the id is the same and only the secret differs: one of them is wrong."""
    done = taken.run("add", "dev", "--env", **given(key))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "error: another key pair, …MPLE, is stored as 'dev'\nhint: --force replaces it; or choose another name\n"
    )
    assert read_stored_key(taken, "dev") == DEV
    done = taken.run("add", "dev", "--env", "--force", **given(key))
    assert (done.returncode, done.stderr) == (0, "")
    assert read_stored_key(taken, "dev") == key


def test_the_message_says_replaced(taken: Sandbox) -> None:
    """It shows the end of both ids. Storing the same key pair again says stored, not replaced."""
    done = taken.run("add", "dev", "--env", "-f", **given(OPS.replace(id="AKIAI44QH8DHBEXAOTHR")))
    assert done.stdout.startswith("Replaced the key pair …MPLE of 'dev' by …OTHR in the sealed vault.\n")
    taken.run("add", "dev", "--env", "-f", **given(DEV))
    done = taken.run("add", "dev", "--env", **given(DEV))
    assert (done.returncode, done.stdout.splitlines()[0]) == (
        0,
        "Stored the key pair …MPLE as 'dev' in the sealed vault.",
    )


@pytest.mark.parametrize("words", [("--no-input",), ()], ids=["no input", "no terminal"])
def test_force_is_needed_when_nobody_can_be_asked(taken: Sandbox, words: tuple[str, ...]) -> None:
    """The command exits with status 2, and the error names the option."""
    done = taken.command(["setsid", "--wait", SHELLVAULT, "add", "dev", *words])
    assert (done.returncode, done.stdout) == (2, "")
    assert "hint: --force replaces it" in done.stderr


def test_a_name_whose_key_pair_is_gone_can_be_reused(taken: Sandbox) -> None:
    """The name is still in the index, but the key pair is no longer in the vault, so nothing is lost."""
    open_sealed_file(taken.vault, kernel_keyring(str(taken.vault)), Typist(PASSPHRASE)).delete("key:dev")
    done = taken.run("add", "dev", "--env", **given(DEV))
    assert done.returncode == 0, done.stderr
