"""Runs `shellvault serve`, and sends it requests of the kind that programs send, or any bytes."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.commands.role_profiles import add_role
from tests.sandbox import SESSION_NAME, SHELLVAULT, TIME_LIMIT
from tests.storage.child_processes import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.sandbox import Sandbox

ROLE = f"arn:aws:sts::111122223333:assumed-role/reader/{SESSION_NAME}"
NODE_PACKAGES = Path(__file__).parents[2] / ".venv-tests" / "node" / "node_modules"
_VARIABLE = re.compile(r"^  export (\w+)=(.*)$", re.MULTILINE)


class Reply(NamedTuple):
    """What the endpoint answered; status 0 means that it hung up without an answer."""

    status: int
    text: str

    @property
    def document(self) -> dict[str, Any]:
        """The body, parsed as JSON."""
        found: dict[str, Any] = json.loads(self.text.partition("\r\n\r\n")[2])
        return found


class Serving:
    """A running `shellvault serve`."""

    def __init__(self, process: subprocess.Popen[bytes] | None, read: Callable[[], str]) -> None:
        self._process = process
        self._read = read

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The server's process; only if it was started without a terminal."""
        assert self._process
        return self._process

    @property
    def said(self) -> str:
        """What the server has written so far, on stderr or its terminal."""
        return self._read()

    @property
    def variables(self) -> dict[str, str]:
        """The variables that it tells the user to set."""
        return dict(_VARIABLE.findall(self.said))

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"].split(":")[2].partition("/")[0])

    @property
    def path(self) -> str:
        """The URL path of its claim."""
        return "/" + self.variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"].split("/", 3)[3]

    @property
    def token_file(self) -> Path:
        """The file with the token."""
        return Path(self.variables["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"])

    @property
    def headers(self) -> dict[str, str]:
        """The headers of a valid request."""
        return {"Host": f"127.0.0.1:{self.port}", "Authorization": self.token_file.read_text()}

    def ask(self, method: str = "GET", path: str = "", **more: str) -> Reply:
        """Send a valid request with these changes; underscores in header names stand for hyphens."""
        headers = self.headers | {name.replace("_", "-"): value for name, value in more.items()}
        lines = [f"{method} {path or self.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        return self.send("\r\n".join([*lines, "Connection: close", "", ""]).encode())

    def connect(self) -> socket.socket:
        """Return a new connection to the server."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=TIME_LIMIT)

    def send(self, data: bytes) -> Reply:
        """Send any bytes, and return everything that arrives until the endpoint hangs up."""
        with self.connect() as line:
            try:
                line.sendall(data)
                text = line.makefile("rb").read().decode()
            except ConnectionError:
                return Reply(0, "")
        return Reply(int(text.split()[1]) if text else 0, text)

    def end(self, number: int) -> int:
        """Send the server a signal, and return its exit status."""
        self.process.send_signal(number)
        return self.process.wait(TIME_LIMIT)


@contextmanager
def serve(sandbox: Sandbox, profile: str = "reader", **extra: str) -> Iterator[Serving]:
    """Serve a profile until the end of the `with` block."""
    said = sandbox.home / f"said-{profile}"
    with said.open("wb") as stderr:
        argv = [SHELLVAULT, "serve", profile]
        process = subprocess.Popen(argv, env={**sandbox.env, **extra}, cwd=sandbox.home, stderr=stderr)
    serving = Serving(process, said.read_text)
    try:
        wait_until(lambda: "HOST\n" in serving.said or process.poll() is not None)
        yield serving
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(TIME_LIMIT)


def prepare(sandbox: Sandbox) -> None:
    """Add the profile `reader` to a sandbox."""
    add_role(sandbox, more="region = eu-west-1")


def runtime_files(sandbox: Sandbox) -> list[str]:
    """Return the names of the files in the runtime folder."""
    return sorted(path.name for path in sandbox.runtime.rglob("*") if path.is_file())
