"""A keyring that is locked, absent or silent is an error that names it and says what to type; nobody waits for ever."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pexpect
import pytest

from shellvault.core.errors import VaultUnavailableError
from shellvault.storage.backends import choose
from shellvault.storage.keyring.keyring_specs import UNLOCK
from shellvault.storage.keyring.os_keyring import OsKeyring, answers, probe
from tests.storage.gnome import PASSWORD, fake_service, gnome_keyring, home_env, session_bus, wait_for_owner

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

SOON = 0.5  # seconds; five in use
DISPLAY = {"DISPLAY": ":77"}
SEALED_INSTEAD = "or use `--backend sealed`"


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
        OsKeyring("secret-service", environ=bus).set("dev", "kept")
    with gnome_keyring(bus, None):
        yield bus


def refusal(environ: Mapping[str, str], notices: list[str] | None = None) -> tuple[str, str]:
    """Return the message and hint with which a read is refused; its status is always that of the vault."""
    notice = None if notices is None else notices.append
    with pytest.raises(VaultUnavailableError) as raised:
        OsKeyring("secret-service", notice, environ, answer=SOON, person=5).get("dev")
    assert raised.value.status == 5
    return raised.value.message, raised.value.hint


@pytest.mark.parametrize("address", [None, "", "nonsense", "unix:path=/nonexistent/bus", "tcp:host=127.0.0.1,port=1"])
def test_without_a_session_bus_no_secret_service_answers(
    address: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server, a container or a cron job has no bus, or an address of one that is gone."""
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    if address is not None:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
    message, hint = refusal(home_env(tmp_path))
    assert message == "no Secret Service answers: there is no D-Bus session bus"
    assert hint.startswith("log in to a desktop session, start one with `dbus-run-session -- $SHELL`,")
    assert hint.endswith(SEALED_INSTEAD)


def test_a_bus_without_a_keyring_says_so(bus: dict[str, str]) -> None:
    """The service is neither running nor startable."""
    message, hint = refusal(bus)
    assert message == "no Secret Service answers: none is running on the session bus"
    assert hint == f"install and start a keyring (gnome-keyring, KeePassXC, KWallet), {SEALED_INSTEAD}"


def test_kwallet_is_told_apart_from_the_secret_service(bus: dict[str, str]) -> None:
    """The message names the keyring that was asked for."""
    with pytest.raises(VaultUnavailableError) as raised:
        probe("kwallet", bus)
    assert raised.value.message == "no KWallet answers: none is running on the session bus"


def test_a_locked_keyring_without_a_display_is_an_error_and_not_a_prompt(locked: dict[str, str]) -> None:
    """Over ssh nobody would see the prompt; asking for it would hang, today and for everybody after us."""
    notices: list[str] = []
    message, hint = refusal(locked, notices)
    assert message == "the Secret Service keyring is locked"
    assert UNLOCK in hint
    assert hint.endswith(SEALED_INSTEAD)
    assert notices == []


def test_a_locked_keyring_without_a_prompter_is_an_error_even_on_a_display(locked: dict[str, str]) -> None:
    """A display with a bare window manager has nothing that could show gnome-keyring's question."""
    assert refusal(locked | DISPLAY, [])[0] == "the Secret Service keyring is locked"
    assert not answers("secret-service", locked | DISPLAY)


def test_a_locked_keyring_with_a_prompter_answers_on_a_display_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the bus can start gnome-keyring's prompter, a person at the display can unlock it."""
    with session_bus(tmp_path, {"org.gnome.keyring.SystemPrompter": "/bin/false"}) as env, gnome_keyring(env, None):
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", env["DBUS_SESSION_BUS_ADDRESS"])
        assert answers("secret-service", env | {"WAYLAND_DISPLAY": "wayland-7"})
        assert not answers("secret-service", env)


def test_the_locked_keyrings_hint_unlocks_it(locked: dict[str, str]) -> None:
    """The command that the error offers, typed as it stands with the password, gives the entry back."""
    shell = pexpect.spawn("dash", ["-c", UNLOCK], env=dict(locked), timeout=20)
    shell.expect_exact("Login password: ")
    shell.sendline(PASSWORD)
    shell.expect(pexpect.EOF)
    shell.close()
    wait_for_owner(locked, "org.freedesktop.secrets")
    assert OsKeyring("secret-service", environ=locked).get("dev") == "kept"


def test_a_keyring_that_nobody_has_set_up_is_an_error_too(bus: dict[str, str]) -> None:
    """Making the first collection asks for its password: the same prompt that nobody would see."""
    with gnome_keyring(bus, None):
        assert refusal(bus)[0] == "the Secret Service keyring is locked"


def test_a_keyring_that_stays_silent_is_named_when_the_time_is_over(bus: dict[str, str]) -> None:
    """A hanging daemon is no reason to hang."""
    with fake_service(bus, "silent"):
        message, hint = refusal(bus | DISPLAY, [])
    assert message == "the Secret Service keyring did not answer within 0.5 s"
    assert hint == f"unlock or restart it, {SEALED_INSTEAD}"


def test_a_keyring_that_never_comes_up_is_named_when_the_time_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bus that could start the service looks well until one asks."""
    with session_bus(tmp_path, {"org.freedesktop.secrets": "/bin/sleep 3"}) as env:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", env["DBUS_SESSION_BUS_ADDRESS"])
        assert refusal(env)[0] == "the Secret Service keyring did not answer within 0.5 s"


def test_a_keyring_that_cannot_start_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bus says at once that the program behind the name failed."""
    with session_bus(tmp_path, {"org.freedesktop.secrets": "/bin/false"}) as env:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", env["DBUS_SESSION_BUS_ADDRESS"])
        message, hint = refusal(env)
    assert message.startswith("no Secret Service answers: it could not be started (org.freedesktop.DBus.Error.Spawn.")
    assert hint.endswith(SEALED_INSTEAD)


def test_a_silent_keyring_does_not_keep_the_program_from_ending(bus: dict[str, str]) -> None:
    """The interpreter ends by itself, with our error, while a call still hangs."""
    code = "from shellvault.storage.keyring.os_keyring import *; OsKeyring('secret-service', answer=0.5).get('dev')"
    with fake_service(bus, "silent"):
        ended = subprocess.run([sys.executable, "-c", code], env=bus, capture_output=True, check=False, timeout=60)
    assert ended.returncode == 1
    assert b"did not answer within 0.5 s" in ended.stderr


def test_a_person_on_a_display_is_told_and_waited_for(bus: dict[str, str]) -> None:
    """Typing a password takes longer than any limit for a machine."""
    notices: list[str] = []
    with fake_service(bus, "answered"):
        assert OsKeyring("secret-service", notices.append, bus | DISPLAY, answer=SOON).get("dev") is None
    assert notices == [
        "waiting for the Secret Service keyring: it may be asking for its password in a window of its own"
    ]


def test_nobody_is_asked_when_asking_is_not_allowed(bus: dict[str, str]) -> None:
    """Without a way to tell a person, a locked keyring is an error at once, display or not."""
    with fake_service(bus, "answered"):
        assert refusal(bus | DISPLAY)[0] == "the Secret Service keyring is locked"


def test_a_dismissed_prompt_leaves_the_keyring_locked(bus: dict[str, str]) -> None:
    """Who closes the window has said no."""
    with fake_service(bus, "dismissed"):
        assert refusal(bus | DISPLAY, [])[0] == "the Secret Service keyring is locked"


def test_auto_finds_the_sealed_file_when_the_keyring_is_locked_for_good(locked: dict[str, str]) -> None:
    """A new vault goes where it can be opened again."""
    assert choose("auto", None, lambda name: answers(name, locked), "linux") == "sealed"


def test_auto_finds_the_keyring_that_answers(bus: dict[str, str]) -> None:
    """The Secret Service is taken while it runs, and the vault stays with it when it is gone."""
    with gnome_keyring(bus, PASSWORD):
        chosen = choose("auto", None, lambda name: answers(name, bus), "linux")
    assert chosen == "secret-service"
    assert choose("auto", chosen, lambda name: answers(name, bus), "linux") == "secret-service"
    assert refusal(bus)[0] == "no Secret Service answers: none is running on the session bus"
