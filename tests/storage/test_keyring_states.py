"""A keyring that is locked, absent or silent is an error that names it and says what to do; no wait is endless."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pexpect
import pytest

from shellvault.core.errors import LockedError, VaultUnavailableError
from shellvault.storage.backends import choose_backend
from shellvault.storage.keyring.keyring_specs import UNLOCK
from shellvault.storage.keyring.os_keyring import OsKeyring, is_usable
from tests.storage.gnome import PASSWORD, fake_service, gnome_keyring, session_bus, wait_for_owner

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SOON = 0.5  # seconds; five in use
OR_SEALED = "or use `--backend sealed`"


@pytest.fixture
def bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """Run a bus with nothing on it."""
    with session_bus(tmp_path) as env:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", env["DBUS_SESSION_BUS_ADDRESS"])
        yield env


@pytest.fixture
def locked(bus: dict[str, str]) -> Iterator[dict[str, str]]:
    """Run a keyring that holds an entry and is locked, as after a login without a password."""
    with gnome_keyring(bus, PASSWORD):
        OsKeyring("secret-service", has_display=False).set("dev", "kept")
    with gnome_keyring(bus, None):
        yield bus


def refusal(notices: list[str] | None = None, *, has_display: bool = False) -> tuple[str, str]:
    """Return the message and hint of the error when an entry is read; its status is always that of the vault."""
    notice = None if notices is None else notices.append
    keyring = OsKeyring("secret-service", notice, has_display=has_display, machine_limit=SOON, user_limit=5)
    with pytest.raises(VaultUnavailableError) as raised:
        keyring.get("dev")
    assert raised.value.status == 5
    return raised.value.message, raised.value.hint


@pytest.mark.parametrize("address", [None, "", "nonsense", "unix:path=/nonexistent/bus", "tcp:host=127.0.0.1,port=1"])
def test_without_a_session_bus_no_secret_service_answers(address: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server, a container or a cron job has no bus, or the address of one that is gone."""
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    if address is not None:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
    message, hint = refusal()
    assert message == "no Secret Service answers: there is no D-Bus session bus"
    assert hint.startswith("log in to a desktop session, start one with `dbus-run-session -- $SHELL`,")
    assert hint.endswith(OR_SEALED)


@pytest.mark.usefixtures("bus")
def test_a_bus_without_a_keyring_is_reported() -> None:
    """The service is neither running nor startable."""
    message, hint = refusal()
    assert message == "no Secret Service answers: none is running on the session bus"
    assert hint == f"install and start a keyring (gnome-keyring, KeePassXC, KWallet), {OR_SEALED}"


@pytest.mark.usefixtures("bus")
def test_kwallet_is_not_confused_with_the_secret_service() -> None:
    """The message names the keyring that was chosen."""
    with pytest.raises(VaultUnavailableError) as raised:
        OsKeyring("kwallet", has_display=False).probe()
    assert raised.value.message == "no KWallet answers: none is running on the session bus"


@pytest.mark.usefixtures("locked")
def test_a_locked_keyring_without_a_display_is_an_error_and_not_a_prompt() -> None:
    """Over ssh nobody would see the prompt, and opening one would make this call and all later ones hang."""
    notices: list[str] = []
    message, hint = refusal(notices)
    assert message == "the Secret Service keyring is locked"
    assert UNLOCK in hint
    assert hint.endswith(OR_SEALED)
    assert notices == []


@pytest.mark.usefixtures("locked")
def test_only_a_locked_keyring_counts_as_locked() -> None:
    """Hooks show `locked` for it, and `failed` for a keyring that is absent, although the exit status is the same."""
    with pytest.raises(LockedError):
        OsKeyring("secret-service", has_display=False).get("dev")
    with pytest.raises(VaultUnavailableError) as raised:
        OsKeyring("kwallet", has_display=False).get("dev")
    assert not isinstance(raised.value, LockedError)


@pytest.mark.usefixtures("locked")
def test_a_locked_keyring_without_a_prompter_is_an_error_even_on_a_display() -> None:
    """A bare window manager has nothing that could show gnome-keyring's prompt."""
    assert refusal([], has_display=True)[0] == "the Secret Service keyring is locked"
    assert not is_usable("secret-service", has_display=True)


def test_a_locked_keyring_with_a_prompter_is_usable_on_a_display_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the bus can start gnome-keyring's prompter, somebody at the display can unlock it."""
    with session_bus(tmp_path, {"org.gnome.keyring.SystemPrompter": "/bin/false"}) as env, gnome_keyring(env, None):
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", env["DBUS_SESSION_BUS_ADDRESS"])
        assert is_usable("secret-service", has_display=True)
        assert not is_usable("secret-service", has_display=False)


def test_the_hint_for_a_locked_keyring_unlocks_it(locked: dict[str, str]) -> None:
    """After running the command in the hint, and typing the password, the entry can be read."""
    shell = pexpect.spawn("dash", ["-c", UNLOCK], env=dict(locked), timeout=20)
    shell.expect_exact("Login password: ")
    shell.sendline(PASSWORD)
    shell.expect(pexpect.EOF)
    shell.close()
    wait_for_owner(locked, "org.freedesktop.secrets")
    assert OsKeyring("secret-service", has_display=False).get("dev") == "kept"


def test_a_keyring_that_was_never_set_up_counts_as_locked(bus: dict[str, str]) -> None:
    """Creating the first collection asks for a password, in a prompt that nobody would see."""
    with gnome_keyring(bus, None):
        assert refusal()[0] == "the Secret Service keyring is locked"


def test_a_silent_keyring_is_an_error_after_the_time_limit(bus: dict[str, str]) -> None:
    """A daemon that hangs does not make us hang."""
    with fake_service(bus, "silent"):
        message, hint = refusal([], has_display=True)
    assert message == "the Secret Service keyring did not answer within 0.5 s"
    assert hint == f"unlock or restart it, {OR_SEALED}"


def test_a_keyring_that_never_starts_is_an_error_after_the_time_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bus knows how to start the service, so the call has to wait for it."""
    with session_bus(tmp_path, {"org.freedesktop.secrets": "/bin/sleep 3"}) as env:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", env["DBUS_SESSION_BUS_ADDRESS"])
        assert refusal()[0] == "the Secret Service keyring did not answer within 0.5 s"


def test_a_keyring_that_cannot_start_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bus reports at once that the program failed."""
    with session_bus(tmp_path, {"org.freedesktop.secrets": "/bin/false"}) as env:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", env["DBUS_SESSION_BUS_ADDRESS"])
        message, hint = refusal()
    assert message.startswith("no Secret Service answers: it could not be started (org.freedesktop.DBus.Error.Spawn.")
    assert hint.endswith(OR_SEALED)


def test_a_silent_keyring_does_not_keep_the_program_from_ending(bus: dict[str, str]) -> None:
    """The interpreter exits with our error while a call still hangs."""
    code = (
        "from shellvault.storage.keyring.os_keyring import OsKeyring;"
        "OsKeyring('secret-service', has_display=False, machine_limit=0.5).get('dev')"
    )
    with fake_service(bus, "silent"):
        ended = subprocess.run([sys.executable, "-c", code], env=bus, capture_output=True, check=False, timeout=60)
    assert ended.returncode == 1
    assert b"did not answer within 0.5 s" in ended.stderr


def test_a_user_at_a_display_is_told_and_waited_for(bus: dict[str, str]) -> None:
    """Typing a password takes longer than the limit for machines."""
    notices: list[str] = []
    with fake_service(bus, "answered"):
        keyring = OsKeyring("secret-service", notices.append, has_display=True, machine_limit=SOON)
        assert keyring.get("dev") is None
    assert notices == ["waiting for the Secret Service keyring: it may be asking for its password in a window"]


def test_nobody_is_asked_when_asking_is_not_allowed(bus: dict[str, str]) -> None:
    """A locked keyring is an error at once, even on a display."""
    with fake_service(bus, "answered"):
        assert refusal(has_display=True)[0] == "the Secret Service keyring is locked"


def test_a_dismissed_prompt_leaves_the_keyring_locked(bus: dict[str, str]) -> None:
    """Closing the window means no."""
    with fake_service(bus, "dismissed"):
        assert refusal([], has_display=True)[0] == "the Secret Service keyring is locked"


@pytest.mark.usefixtures("locked")
def test_auto_uses_the_sealed_file_if_the_keyring_cannot_be_unlocked() -> None:
    """A new vault is created where it can be opened again."""
    assert choose_backend("auto", None, lambda name: is_usable(name, has_display=False), "linux") == "sealed"


def test_auto_uses_the_keyring_that_answers(bus: dict[str, str]) -> None:
    """It uses the Secret Service while that runs, and stays with it when it is gone."""
    with gnome_keyring(bus, PASSWORD):
        chosen = choose_backend("auto", None, lambda name: is_usable(name, has_display=False), "linux")
    assert chosen == "secret-service"
    assert choose_backend("auto", chosen, lambda name: is_usable(name, has_display=False), "linux") == "secret-service"
    assert refusal()[0] == "no Secret Service answers: none is running on the session bus"
