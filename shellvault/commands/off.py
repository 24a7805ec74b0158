"""`off` without the hook: like `use`, it says how to load the hook. Help describes `off`."""

from __future__ import annotations

from shellvault.argparser import COMMON, Command
from shellvault.commands import VERBS
from shellvault.commands.use import run

__all__ = ["COMMAND", "run"]

COMMAND = Command(
    "off",
    VERBS["off"],
    options=COMMON,
    details="""\
  shellvault off            with the hook: shellvault hook --help

Restores each variable as it was before the first `shellvault use` or `shellvault env` in this shell: unset, empty or
set. A variable that you changed meanwhile stays as you set it. Sessions remain in the cache until they expire;
shellvault clear forgets them.

Without the hook:
  eval "$(shellvault env --unset)"
  shellvault env --unset | source       in fish
""",
    failure="false\n",
    evaluated=True,
)
