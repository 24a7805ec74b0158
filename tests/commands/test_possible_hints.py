"""Hints about something missing must suggest what is possible in that situation, and actually helps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.commands.plaintext import DEV, list_stored_names, read_stored_key, write_credentials
from tests.sandbox import SHELLVAULT

if TYPE_CHECKING:
    from tests.sandbox import Sandbox


@pytest.mark.parametrize("words", [(), ("--no-input",)], ids=["no terminal", "no input"])
def test_import_suggests_force_when_nobody_can_be_asked(sandbox: Sandbox, words: tuple[str, ...]) -> None:
    """With it, the plaintext is removed."""
    credentials = write_credentials(sandbox, f"[dev]\n{DEV.lines}")
    command = ["setsid", "--wait", SHELLVAULT, "import", "--scrub", *words]
    done = sandbox.command(command)
    assert (done.returncode, list_stored_names(sandbox)) == (6, [])
    assert done.stderr.endswith("hint: use --force to import and remove without asking\n")
    assert sandbox.command([*command, "--force"]).returncode == 0
    assert DEV.secret not in credentials.read_text()
    assert read_stored_key(sandbox, "dev") == DEV


@pytest.mark.parametrize("words", [(), ("--no-input",)], ids=["no terminal", "no input"])
def test_remove_suggests_force_when_nobody_can_be_asked(sandbox: Sandbox, words: tuple[str, ...]) -> None:
    """With it, the key pair is deleted."""
    sandbox.add("dev", sandbox.aws.world.user().access_key())
    command = ["setsid", "--wait", SHELLVAULT, "rm", "dev", *words]
    done = sandbox.command(command)
    assert (done.returncode, list_stored_names(sandbox)) == (6, ["dev"])
    assert done.stderr.endswith("hint: use --force to delete it without asking\n")
    assert sandbox.command([*command, "--force"]).returncode == 0
    assert list_stored_names(sandbox) == []


def test_clear_does_not_suggest_storing_a_key_pair(warm_sandbox: Sandbox) -> None:
    """Nobody who runs `clear` wants that; a similar name is still suggested."""
    done = warm_sandbox.run("clear", "nope")
    assert (done.returncode, done.stderr) == (
        3,
        "error: no profile or key pair is named 'nope'\nhint: shellvault list --sessions shows what can be forgotten\n",
    )
    assert warm_sandbox.run("clear", "alhpa").stderr.endswith("hint: did you mean alpha?\n")


def test_the_hint_for_an_unknown_key_considers_a_typo(sandbox: Sandbox) -> None:
    """It first shows the end of the id, to compare with the console, and only then suggests a new key."""
    given = {"AWS_ACCESS_KEY_ID": DEV.id, "AWS_SECRET_ACCESS_KEY": DEV.secret}
    sandbox.run("add", "dev", "--env", **given)
    done = sandbox.run("exec", "dev", "--", "true")
    assert done.returncode == 7
    assert done.stderr.endswith(
        "error: AWS does not recognize the access key of 'dev' (InvalidClientTokenId)\n"
        "hint: check that …MPLE is the key's id in the console, for it may be mistyped; "
        "if the key is gone, create a new one there; then: shellvault add dev\n"
    )
