"""What older versions of bash cannot do, which no hook can make up for; docs/live-shells.md says the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.shells.shell_versions import Version

FIRST_WITH = {
    "all of PROMPT_COMMAND": (5, 1),
    "PS0": (4, 4),
    "export marks": (4, 4),
    "files at one Tab": (4, 1),
    "no blank at one Tab": (4, 0),
    "130": (4, 0),
}
"""What bash can do -> the first version that can.

It runs each element of PROMPT_COMMAND, not only the first; it runs something before a command starts; it tells without
a process whether a variable is exported; a completion can offer files at one Tab and nothing at another, and leave out
the blank after a folder; and the status of a `$( )` that Ctrl-C ends is 130.
"""


def can(version: Version, what: str) -> bool:
    """Return whether this version of a shell can do that; zsh and fish can do all of it in their own ways."""
    first = FIRST_WITH[what]
    return version.name != "bash" or tuple(map(int, version.number.split(".")))[:2] >= first
