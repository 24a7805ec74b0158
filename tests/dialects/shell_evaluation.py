"""Evaluates rendered statements in a real shell, and reports what its child processes see."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from shellvault.core.record import Record
from shellvault.shell.dialects import find_dialect
from tests.shells.real_shells import parse_environment_bytes, run_shell

if TYPE_CHECKING:
    from collections.abc import Mapping

READERS = {"posix": 'eval "$(cat)"', "fish": "source"}
"""How each family of shells evaluates statements on standard input."""

STATUS = {"posix": 'printf "%s\\0" "status=$?"', "fish": 'printf "%s\\0" "status=$status"'}


class ShellOutcome(Record):
    """The state of a shell after evaluating statements."""

    status: int | None
    child_environment: dict[bytes, bytes]
    stderr: bytes


def apply_changes(
    shell: str, changes: Mapping[str, str | None], env: Mapping[str, str], before: str = "", reader: str = ""
) -> ShellOutcome:
    """Run `before` in a new shell, then apply the changes."""
    return feed_text(shell, os.fsencode(find_dialect(shell.partition(" ")[0]).render(changes)), env, before, reader)


def feed_text(shell: str, text: bytes, env: Mapping[str, str], before: str = "", reader: str = "") -> ShellOutcome:
    """Run `before`, then evaluate a text; a status of None means that the shell exited."""
    family = "fish" if shell.startswith("fish") else "posix"
    done = run_shell(shell, "\n".join([before, reader or READERS[family], STATUS[family], "env -0"]), env, text)
    seen = parse_environment_bytes(done.stdout)
    status = seen.pop(b"status", None)
    return ShellOutcome(status=None if status is None else int(status), child_environment=seen, stderr=done.stderr)
