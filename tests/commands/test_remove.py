"""`remove` and `clear`: what they delete, what they keep, and when they ask for confirmation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.commands.role_profiles import add_role
from tests.commands.terminal import open_terminal
from tests.sandbox import SHELLVAULT

if TYPE_CHECKING:
    from tests.sandbox import Sandbox


@pytest.fixture
def used_sandbox(sandbox: Sandbox) -> Sandbox:
    """Return a sandbox with a role on the key pair `base`, another key pair, and a session of each."""
    add_role(sandbox)
    sandbox.add("other", sandbox.aws.world.user("bob").access_key())
    for profile in ("reader", "base", "other"):
        assert sandbox.run("exec", profile, "--", "true").returncode == 0
    return sandbox


def list_sessions(sandbox: Sandbox) -> list[str]:
    """Return the names of the cached sessions."""
    return [line.split()[0] for line in sandbox.run("list", "--sessions").stdout.splitlines()]


@pytest.mark.parametrize("verb", ["remove", "rm"])
def test_remove_deletes_the_key_pair_and_its_sessions(used_sandbox: Sandbox, verb: str) -> None:
    """Sessions of its roles go too; the profile and all other key pairs stay."""
    config = used_sandbox.config.read_text()
    done = used_sandbox.run(verb, "-f", "base")
    assert (done.returncode, done.stdout) == (0, "Deleted the key pair of 'base', and 2 sessions.\n")
    assert list_sessions(used_sandbox) == ["other"]
    assert used_sandbox.run("list", "--credentials").stdout == "other\n"
    assert used_sandbox.config.read_text() == config
    assert used_sandbox.run("exec", "reader", "--", "true").returncode == 4


@pytest.mark.parametrize(("answer", "status", "left"), [("y", 0, ["other"]), ("YES", 0, ["other"])])
def test_yes_confirms_the_deletion(used_sandbox: Sandbox, answer: str, status: int, left: list[str]) -> None:
    """The prompt names the profile, and the answer is case-insensitive."""
    with open_terminal(used_sandbox, [SHELLVAULT, "remove", "base"]) as terminal:
        terminal.expect(r"Delete the key pair of 'base' from the vault\? \[y/N\] ")
        terminal.type(answer)
        assert terminal.wait_for_exit() == status
    assert list_sessions(used_sandbox) == left


@pytest.mark.parametrize("answer", ["", "n", "yup", "base"])
def test_any_other_answer_deletes_nothing(used_sandbox: Sandbox, answer: str) -> None:
    """Status 2: a no is an answer, not an interruption."""
    with open_terminal(used_sandbox, [SHELLVAULT, "remove", "base"]) as terminal:
        terminal.expect(r"\[y/N\] ")
        terminal.type(answer)
        assert terminal.wait_for_exit() == 2
        assert "error: nothing was deleted" in terminal.output
    assert list_sessions(used_sandbox) == ["base", "reader", "other"]
    assert used_sandbox.run("list", "--credentials").stdout == "base\nother\n"


def test_no_input_deletes_nothing_without_force(used_sandbox: Sandbox) -> None:
    """Confirmation is impossible, so nothing is deleted."""
    done = used_sandbox.run("remove", "base", "--no-input")
    assert (done.returncode, done.stdout) == (6, "")
    assert used_sandbox.run("list", "--credentials").stdout == "base\nother\n"


@pytest.mark.parametrize("name", ["bsae", "reader", "Base"])
def test_name_without_a_key_pair_lists_the_stored_ones(used_sandbox: Sandbox, name: str) -> None:
    """A role has no key pair of its own; there is no prompt and nothing is deleted."""
    done = used_sandbox.run("remove", name)
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr == (
        f"error: no key pair is stored under '{name}' in the sealed vault\nhint: stored key pairs: base, other\n"
    )


def test_remove_from_an_empty_vault_is_explained(sandbox: Sandbox) -> None:
    """No vault is created by trying."""
    assert sandbox.run("remove", "-f", "base").stderr.endswith(
        "hint: no key pairs stored; to delete sessions: shellvault clear\n"
    )
    assert not sandbox.vault.exists()


def test_clear_deletes_all_sessions_and_no_key_pair(used_sandbox: Sandbox) -> None:
    """The next use fetches a new session."""
    assert used_sandbox.run("clear").stdout == "Forgot 3 sessions.\n"
    assert used_sandbox.run("clear").stdout == "No cached sessions.\n"
    before = used_sandbox.aws.world.count("AssumeRole")
    assert used_sandbox.run("exec", "reader", "--", "true").returncode == 0
    assert used_sandbox.aws.world.count("AssumeRole") == before + 1


def test_clear_of_one_profile_keeps_the_others(used_sandbox: Sandbox) -> None:
    """Only sessions under that name are deleted."""
    assert used_sandbox.run("clear", "reader").stdout == "Forgot 1 session.\n"
    assert list_sessions(used_sandbox) == ["base", "other"]


def test_clear_of_an_unknown_name_suggests_a_similar_one(used_sandbox: Sandbox) -> None:
    """A typo must not look like success."""
    done = used_sandbox.run("clear", "raeder")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.endswith("hint: did you mean reader?\n")
    assert len(list_sessions(used_sandbox)) == 3


def test_clear_works_while_the_vault_is_locked(used_sandbox: Sandbox) -> None:
    """Deleting sessions needs no passphrase."""
    used_sandbox.run("lock")
    done = used_sandbox.run("clear", "--no-input", SHELLVAULT_PASSPHRASE_FILE="")
    assert (done.returncode, done.stdout) == (0, "Forgot 3 sessions.\n")


def test_an_unfinished_rotation_is_not_forgotten_silently(sandbox: Sandbox) -> None:
    """Nothing else knows of the key that AWS still accepts."""
    key = sandbox.aws.world.user("alice").access_key()
    sandbox.add("base", key)
    sandbox.aws.faults.next("drop", None, "DeleteAccessKey")
    assert sandbox.run("rotate", "base").returncode == 8
    done = sandbox.run("remove", "base", "--force")
    assert (done.returncode, f"AWS may still accept …{key.id[-4:]} and …" in done.stderr) == (0, True), done.stderr
