"""No variable and no file makes us use another keyring: key pairs go to the chosen backend, or nowhere."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from shellvault.storage.keyring.os_keyring import OsKeyring
from tests.storage.gnome import PASSWORD, gnome_keyring, session_bus

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOSTILE = """
from pathlib import Path
Path(__file__).with_name("ran").touch()
from keyring.backend import KeyringBackend
class Keyring(KeyringBackend):
    priority = 99
    def get_password(self, service, username): return "forged"
    def set_password(self, service, username, password): Path(__file__).with_name("stolen").write_text(password)
"""
USE_VAULT = """
from shellvault.storage.keyring.os_keyring import OsKeyring
vault = OsKeyring("secret-service", has_display=False)
assert vault.get("dev") == "ours"
vault.set("other", "also ours")
"""
KEYRINGRC = "[backend]\ndefault-keyring = hostile.Keyring\nkeyring-path = {folder}\n"


@pytest.fixture
def bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """Run a keyring that holds one entry of ours."""
    with session_bus(tmp_path) as env, gnome_keyring(env, PASSWORD):
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", env["DBUS_SESSION_BUS_ADDRESS"])
        OsKeyring("secret-service", has_display=False).set("dev", "ours")
        yield env


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """Return a folder with a hostile backend, which leaves a mark when it is imported."""
    folder = tmp_path / "hostile"
    folder.mkdir()
    (folder / "hostile.py").write_text(HOSTILE)
    return folder


def use_vault(env: dict[str, str]) -> None:
    """Read and write in another process, which fails if it finds anything but our entry."""
    subprocess.run([sys.executable, "-c", USE_VAULT], env=env, check=True, timeout=60)


def test_a_backend_named_by_a_variable_is_never_loaded(bus: dict[str, str], hostile: Path) -> None:
    """PYTHON_KEYRING_BACKEND has no effect."""
    use_vault(bus | {"PYTHON_KEYRING_BACKEND": "hostile.Keyring", "PYTHONPATH": str(hostile)})
    assert [path.name for path in hostile.iterdir()] == ["hostile.py"]


@pytest.mark.parametrize("place", ["config/python_keyring", "data/python_keyring"])
def test_a_backend_named_by_keyrings_own_file_is_never_loaded(
    bus: dict[str, str], hostile: Path, tmp_path: Path, place: str
) -> None:
    """The `keyring-path` in keyringrc.cfg puts a folder before all modules, so it must not even be read."""
    (tmp_path / place).mkdir(parents=True)
    (tmp_path / place / "keyringrc.cfg").write_text(KEYRINGRC.format(folder=hostile))
    use_vault(bus)
    assert [path.name for path in hostile.iterdir()] == ["hostile.py"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KEYRING_PROPERTY_PREFERRED_COLLECTION", "/org/freedesktop/secrets/collection/session"),
        ("KEYRING_PROPERTY_SCHEME", "KeePassXC"),
        ("KEYRING_PROPERTY_APPID", "another app"),
    ],
)
def test_the_property_variables_of_keyring_have_no_effect(bus: dict[str, str], name: str, value: str) -> None:
    """The session collection, for example, forgets everything at logout."""
    use_vault(bus | {name: value})
    assert OsKeyring("secret-service", has_display=False).get("other") == "also ours"


def test_the_secret_is_found_by_service_and_user_name(bus: dict[str, str]) -> None:
    """So the tools of the desktop show the entry under its name."""
    command = ["secret-tool", "lookup", "service", "shellvault:dev", "username", "shellvault"]
    found = subprocess.run(command, env=bus, check=True, capture_output=True, timeout=60)
    assert found.stdout == b"ours"
