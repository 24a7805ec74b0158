"""A program without a terminal, such as an editor, asks for the vault's passphrase in a window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.commands.role_profiles import add_role
from tests.sandbox import PASSPHRASE
from tests.ui.fake_drivers import DIALOGS, FakeDriver

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

JSON = ("exec", "reader", "--json")
LOCKED = {"SHELLVAULT_PASSPHRASE_FILE": ""}
HIDDEN = {"zenity": "--hide-text", "kdialog": "--password", "osascript": "hidden answer", "wincredui": "Password"}


@pytest.fixture
def locked(sandbox: Sandbox) -> Sandbox:
    """Return a sandbox with a role, and a locked vault."""
    add_role(sandbox)
    assert sandbox.run("lock").returncode == 0
    return sandbox


@pytest.mark.parametrize("driver", DIALOGS)
def test_the_passphrase_is_asked_for_in_the_chosen_window(locked: Sandbox, driver: str) -> None:
    """The field hides what is typed, and the passphrase is on no command line."""
    fake = FakeDriver(locked, driver, f"echo '{PASSPHRASE}'")
    done = locked.run(*JSON, SHELLVAULT_MFA_PROMPT=driver, **LOCKED)
    assert done.returncode == 0, done.stderr
    words = " ".join(fake.calls[0])
    assert HIDDEN[driver] in words
    assert "Passphrase of the sealed vault" in words + fake.stdin
    assert PASSPHRASE not in words


def test_a_wrong_passphrase_can_be_retried_twice(locked: Sandbox) -> None:
    """As on a terminal."""
    fake = FakeDriver(locked, "zenity", "echo wrong")
    done = locked.run(*JSON, SHELLVAULT_MFA_PROMPT="zenity", **LOCKED)
    assert (done.returncode, len(fake.calls)) == (6, 3)
    assert "the passphrase is wrong" in done.stderr


@pytest.mark.parametrize("how", [("--no-input",), ("--prompt", "terminal")])
def test_no_window_is_shown_unless_it_was_chosen(locked: Sandbox, how: tuple[str, ...]) -> None:
    """Nor if prompting is disabled."""
    fake = FakeDriver(locked, "zenity", f"echo '{PASSPHRASE}'")
    done = locked.run(*JSON, *how, SHELLVAULT_MFA_PROMPT="zenity", **LOCKED)
    assert done.returncode == 5
    assert not fake.pid.exists()
