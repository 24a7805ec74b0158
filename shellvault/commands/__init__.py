"""The verbs, one module each: `COMMAND` is its grammar, `run(app, arguments)` does it and returns a Result."""

from __future__ import annotations

from shellvault.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

VERBS = (
    "env",
    "exec",
    "export",
    "login",
    "hook",
    "add",
    "import",
    "list",
    "sso",
    "rotate",
    "remove",
    "status",
    "doctor",
    "clear",
    "lock",
    "unlock",
    "demo",
)
"""In the order in which help shows them; each is a module of this package."""

ALIASES = {"ls": "list", "rm": "remove"}


class Program(Record):
    """What this process becomes when the command is done: `argv` and the whole environment."""

    argv: tuple[str, ...]
    environ: Mapping[str, str]


class Answer(Record):
    """What a command has to say: the text for stdout and the exit status, or the program to become."""

    output: str = ""
    status: int = 0
    program: Program | None = None
