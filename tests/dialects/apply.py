"""Feeds rendered statements to a real shell the way people do, and reports what its children then see."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from shellvault.core.record import Record
from shellvault.shell.dialects import dialect
from tests.shells.run import environment, run_shell

if TYPE_CHECKING:
    from collections.abc import Mapping

READERS = {"posix": 'eval "$(cat)"', "fish": "source"}
"""The line that people type, with the statements on its standard input."""

STATUS = {"posix": 'printf "%s\\0" "status=$?"', "fish": 'printf "%s\\0" "status=$status"'}


class Outcome(Record):
    """What a shell was after it read some statements."""

    status: int | None
    children_see: dict[bytes, bytes]
    printed: bytes


def apply(
    shell: str, changes: Mapping[str, str | None], env: Mapping[str, str], before: str = "", reader: str = ""
) -> Outcome:
    """Run `before`, then the changes, in a new shell."""
    return feed(shell, os.fsencode(dialect(shell.partition(" ")[0]).render(changes)), env, before, reader)


def feed(shell: str, text: bytes, env: Mapping[str, str], before: str = "", reader: str = "") -> Outcome:
    """Run `before`, then a text as the shell's user would, and report; a status of None says that the shell ended."""
    family = "fish" if shell.startswith("fish") else "posix"
    done = run_shell(shell, "\n".join([before, reader or READERS[family], STATUS[family], "env -0"]), env, text)
    seen = environment(done.stdout)
    status = seen.pop(b"status", None)
    return Outcome(status=None if status is None else int(status), children_see=seen, printed=done.stderr)
