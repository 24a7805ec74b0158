"""The commands, one module each: `COMMAND` is its grammar, and `run(app, arguments)` returns its answer.

A module whose name begins with a verb's and an underscore holds what only that verb needs.
"""

from __future__ import annotations

VERBS = (
    "env",
    "exec",
    "each",
    "serve",
    "lend",
    "export",
    "login",
    "hook",
    "use",
    "off",
    "add",
    "import",
    "list",
    "sso",
    "rotate",
    "revoke",
    "panic",
    "remove",
    "status",
    "log",
    "doctor",
    "clear",
    "lock",
    "unlock",
    "agent",
    "trust",
    "demo",
)
"""In the order in which help shows them; each is a module of this package."""

ALIASES = {"ls": "list", "rm": "remove"}
