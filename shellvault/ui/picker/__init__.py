"""Lets somebody choose a profile on the terminal device: with fzf if there is one, else with a picker of our own."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from shellvault.ui.picker.fzf_picker import find_fzf, run_fzf

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from shellvault.core.profile_search import Choices

_PLAIN = ("", "dumb", "unknown")  # terminals on which the cursor cannot be moved
_LEAVING = "\x1b[?1000l\x1b[?1002l\x1b[?1006l\x1b[?2004l\x1b[0m\x1b[?25h\x1b[?1049l"
"""What ends a picture: no mouse, no bracketed paste, no colours, the cursor, and the screen from before."""


def choose(
    choices: Choices, query: str, environ: Mapping[str, str], cwd: str, show: Callable[[str], None]
) -> str | None:
    """Return the profile that was chosen, or None if none was.

    `query` is what has been typed so far. `show` writes a list where it cannot be drawn.

    Raises:
        NotAskedError: there is no terminal, or we are in its background.
        PersonNeededError: the terminal is gone.
        KeyboardInterrupt: Ctrl-C.
    """
    if sys.platform == "win32" or environ.get("TERM", "") in _PLAIN:
        from shellvault.ui.picker.numbered_list import ask_for_number

        return ask_for_number(choices, query, show)
    from shellvault.ui.terminal import take_terminal  # not on Windows

    with take_terminal(_LEAVING) as terminal:
        if fzf := find_fzf(environ):
            is_decided, index = run_fzf(fzf, choices, query, environ, cwd, terminal.size()[0])
        else:
            is_decided, index = False, None
        if not is_decided:
            from shellvault.ui.picker.own_picker import show_picker

            index = show_picker(terminal, choices, query, environ.get("TERM", ""))
    return None if index is None else choices.names[index]
