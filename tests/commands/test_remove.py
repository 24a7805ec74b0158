"""`remove` and `clear`: what goes, what stays, and who is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.commands.people import with_role
from tests.commands.terminal import at_terminal
from tests.sandbox import SHELLVAULT

if TYPE_CHECKING:
    from tests.sandbox import Sandbox


@pytest.fixture
def lived_in(sandbox: Sandbox) -> Sandbox:
    """Return a sandbox with a role over the key pair `base`, another key pair, and a session of each."""
    with_role(sandbox)
    sandbox.add("other", sandbox.aws.world.user("bob").access_key())
    for profile in ("reader", "base", "other"):
        assert sandbox.run("exec", profile, "--", "true").returncode == 0
    return sandbox


def sessions(sandbox: Sandbox) -> list[str]:
    """Return whose sessions are cached."""
    return [line.split()[0] for line in sandbox.run("list", "--sessions").stdout.splitlines()]


@pytest.mark.parametrize("verb", ["remove", "rm"])
def test_removing_takes_the_key_pair_and_every_session_from_it(lived_in: Sandbox, verb: str) -> None:
    """The roles' too; the profile stays, and so does every other key pair."""
    config = lived_in.config.read_text()
    done = lived_in.run(verb, "-f", "base")
    assert (done.returncode, done.stdout) == (0, "Deleted the key pair of 'base', and 2 sessions.\n")
    assert sessions(lived_in) == ["other"]
    assert lived_in.run("list", "--credentials").stdout == "other\n"
    assert lived_in.config.read_text() == config
    assert lived_in.run("exec", "reader", "--", "true").returncode == 4


@pytest.mark.parametrize(("answer", "status", "left"), [("y", 0, ["other"]), ("YES", 0, ["other"])])
def test_a_yes_deletes(lived_in: Sandbox, answer: str, status: int, left: list[str]) -> None:
    """The question names the profile, and the answer may be written in any case."""
    with at_terminal(lived_in, [SHELLVAULT, "remove", "base"]) as terminal:
        terminal.sees(r"Delete the key pair of 'base' from the vault\? \[y/N\] ")
        terminal.type(answer)
        assert terminal.ends() == status
    assert sessions(lived_in) == left


@pytest.mark.parametrize("answer", ["", "n", "yup", "base"])
def test_anything_else_deletes_nothing(lived_in: Sandbox, answer: str) -> None:
    """Status 130, as for Ctrl-C."""
    with at_terminal(lived_in, [SHELLVAULT, "remove", "base"]) as terminal:
        terminal.sees(r"\[y/N\] ")
        terminal.type(answer)
        assert terminal.ends() == 130
        assert "error: nothing was deleted" in terminal.seen
    assert sessions(lived_in) == ["base", "reader", "other"]
    assert lived_in.run("list", "--credentials").stdout == "base\nother\n"


def test_no_input_deletes_nothing_without_force(lived_in: Sandbox) -> None:
    """Nobody can be asked, so nothing is done."""
    done = lived_in.run("remove", "base", "--no-input")
    assert (done.returncode, done.stdout) == (6, "")
    assert lived_in.run("list", "--credentials").stdout == "base\nother\n"


@pytest.mark.parametrize("name", ["bsae", "reader", "Base"])
def test_a_name_without_a_key_pair_is_told_what_is_stored(lived_in: Sandbox, name: str) -> None:
    """A role has none of its own; nothing is asked and nothing is deleted."""
    done = lived_in.run("remove", name)
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr == (
        f"error: no key pair is stored under '{name}' in the sealed vault\nhint: stored are: base, other\n"
    )


def test_an_empty_vault_says_so(sandbox: Sandbox) -> None:
    """Nothing is stored, and no vault is made by asking."""
    assert sandbox.run("remove", "-f", "base").stderr.endswith("hint: none is stored; for sessions: shellvault clear\n")
    assert not sandbox.vault.exists()


def test_clear_forgets_every_session_and_no_key_pair(lived_in: Sandbox) -> None:
    """The next use mints anew."""
    assert lived_in.run("clear").stdout == "Forgot 3 sessions.\n"
    assert lived_in.run("clear").stdout == "There was no session to forget.\n"
    before = lived_in.aws.world.count("AssumeRole")
    assert lived_in.run("exec", "reader", "--", "true").returncode == 0
    assert lived_in.aws.world.count("AssumeRole") == before + 1


def test_clear_of_one_profile_leaves_the_others(lived_in: Sandbox) -> None:
    """Only the sessions that bear its name go."""
    assert lived_in.run("clear", "reader").stdout == "Forgot 1 session.\n"
    assert sessions(lived_in) == ["base", "other"]


def test_clear_of_an_unknown_name_is_an_error_with_the_nearest(lived_in: Sandbox) -> None:
    """A typing error must not look like success."""
    done = lived_in.run("clear", "raeder")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.endswith("hint: did you mean reader?\n")
    assert len(sessions(lived_in)) == 3


def test_clear_works_while_the_vault_is_locked(lived_in: Sandbox) -> None:
    """Sessions are forgotten without its passphrase."""
    lived_in.run("lock")
    done = lived_in.run("clear", "--no-input", SHELLVAULT_PASSPHRASE_FILE="")
    assert (done.returncode, done.stdout) == (0, "Forgot 3 sessions.\n")
