"""Visitors to a loopback page: another user of this machine, or anybody if the system cannot say who they are."""

from __future__ import annotations

import ctypes
import subprocess

from tests.storage.child_processes import NOBODY

SPELLINGS = ["127.0.0.1", "::ffff:127.0.0.1", "localhost"]
"""Spellings of one address; connections to the second one are listed only in the system's IPv6 table."""
NEW_MOUNTS = 0x00020000  # CLONE_NEWNS

_VISIT = """
import socket, sys
host, port, path, patience = sys.argv[1:]
line = socket.create_connection((host, int(port)), timeout=10)
line.sendall(f"GET {path} HTTP/1.1\\r\\nHost: 127.0.0.1:{port}\\r\\n\\r\\n".encode())
if patience == "waits":
    print(line.makefile("rb").read().decode())
"""


def nobodys_command(host: str, port: int, path: str, *, waits: bool = True) -> list[str]:
    """Return a command that visits a page as another user, and prints the answer unless it hangs up at once."""
    python = ["/usr/bin/env", "python3", "-I", "-c", _VISIT, host, str(port), path, "waits" if waits else "leaves"]
    return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *python]


def visit_as_nobody(host: str, port: int, path: str, *, waits: bool = True) -> str:
    """Visit a page as another user of this machine, and return the answer."""
    words = nobodys_command(host, port, path, waits=waits)
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd="/")
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def hide_proc() -> None:
    """Hide /proc from this child for good, as on a system without it."""
    assert ctypes.CDLL(None).unshare(NEW_MOUNTS) == 0
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/proc"], check=True)
