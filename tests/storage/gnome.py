"""Private session buses with a real gnome-keyring, apart from those of the user: each part is a context manager."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from jeepney.bus_messages import message_bus
from jeepney.io.blocking import Proxy, open_dbus_connection

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PASSWORD = "a login password"
SECRETS = "org.freedesktop.secrets"
GNOME = "org.gnome.keyring"
START_LIMIT = 20.0  # seconds; only keeps a broken machine from hanging the run
CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={folder}/bus</listen>
  <servicedir>{folder}/services</servicedir>
  <policy context="default"><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/></policy>
</busconfig>
"""


def home_env(folder: Path) -> dict[str, str]:
    """Return a complete environment with its home and XDG folders in `folder`, without a bus and a display."""
    places = {"HOME": "home", "XDG_DATA_HOME": "data", "XDG_CONFIG_HOME": "config", "XDG_RUNTIME_DIR": "run"}
    for place in places.values():
        (folder / place).mkdir(mode=0o700, parents=True, exist_ok=True)
    return {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"} | {name: str(folder / at) for name, at in places.items()}


@contextmanager
def session_bus(folder: Path, activatable: Mapping[str, str] | None = None) -> Iterator[dict[str, str]]:
    """Run a bus of our own and yield an environment with its address.

    `activatable` maps names to the commands with which the bus can start them.
    """
    env = home_env(folder)
    (folder / "services").mkdir(exist_ok=True)
    for name, start in (activatable or {}).items():
        (folder / "services" / f"{name}.service").write_text(f"[D-BUS Service]\nName={name}\nExec={start}\n")
    config = folder / "bus.conf"
    config.write_text(CONFIG.format(folder=folder))
    command = [program("dbus-daemon"), f"--config-file={config}", "--nofork", "--nopidfile", "--print-address=1"]
    with _running(command, env, stdout=subprocess.PIPE) as daemon:
        assert daemon.stdout
        yield env | {"DBUS_SESSION_BUS_ADDRESS": daemon.stdout.readline().decode().partition(",")[0].strip()}


@contextmanager
def gnome_keyring(env: Mapping[str, str], password: str | None) -> Iterator[None]:
    """Run gnome-keyring on the bus of `env`: unlocked with a password, or locked as after a login without one."""
    command = [program("gnome-keyring-daemon"), "--components=secrets", "--foreground"]
    if password is not None:
        command.append("--unlock")
    with _running(command, env, stdin=subprocess.PIPE) as daemon:
        assert daemon.stdin
        with daemon.stdin:
            daemon.stdin.write((password or "").encode())
        wait_for_owner(env, SECRETS)
        try:
            yield
        finally:
            _stop_owner(env, GNOME)  # a test may have replaced this daemon


@contextmanager
def fake_service(env: Mapping[str, str], behaviour: str) -> Iterator[None]:
    """Run the Secret Service of `fake_secret_service.py` on the bus of `env`."""
    script = Path(__file__).with_name("fake_secret_service.py")
    with _running([sys.executable, str(script), behaviour], env):
        wait_for_owner(env, SECRETS)
        yield


def program(name: str) -> str:
    """Return the path of a program; fail the test if it is missing."""
    found = shutil.which(name)
    assert found, f"{name} is not installed, and this test needs it"
    return found


def wait_for_owner(env: Mapping[str, str], name: str) -> None:
    """Wait until a name on the bus of `env` has an owner."""
    limit = time.monotonic() + START_LIMIT
    while _owner(env, name) is None:
        assert time.monotonic() < limit, f"{name} did not start"
        time.sleep(0.02)


def _owner(env: Mapping[str, str], name: str) -> int | None:
    """Return the process that owns a name."""
    with closing(open_dbus_connection(env["DBUS_SESSION_BUS_ADDRESS"])) as connection:
        bus = Proxy(message_bus, connection)
        return int(bus.GetConnectionUnixProcessID(name)[0]) if bus.NameHasOwner(name)[0] else None


def _stop_owner(env: Mapping[str, str], name: str) -> None:
    process = _owner(env, name)
    if process:
        os.kill(process, signal.SIGTERM)


@contextmanager
def _running(
    command: list[str], env: Mapping[str, str], stdin: int = subprocess.DEVNULL, stdout: int = subprocess.DEVNULL
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command until the block ends, without its messages."""
    with subprocess.Popen(command, env=env, stdin=stdin, stdout=stdout, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.wait(START_LIMIT)
