"""Our own picker: what is typed narrows a list of profiles, and Enter chooses the marked one.

prompt_toolkit reads the keys. It takes a tenth of a second to load, so the first picture is drawn without it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shellvault.core.text import sanitize
from shellvault.ui.picker.picture import Picture
from shellvault.ui.picker.profile_rows import fit
from shellvault.ui.table import measure_width

if TYPE_CHECKING:
    from shellvault.core.profile_search import Choices
    from shellvault.ui.terminal import TakenTerminal

_QUESTION = "Profile: "
_ENTER_SCREEN, _LEAVE_SCREEN = "\x1b[?1049h\x1b[H\x1b[2J", "\x1b[0m\x1b[?25h\x1b[?1049l"
_REVERSE, _PLAIN = "\x1b[7m", "\x1b[0m"


def show_picker(terminal: TakenTerminal, choices: Choices, query: str, term: str) -> int | None:
    """Return the index of the profile that was chosen, or None if none was."""
    query = sanitize(query)
    picture = Picture(choices, query)
    terminal.write(_ENTER_SCREEN)
    try:
        terminal.write(_draw_first(picture, query, *terminal.size()))
        choices.prepare()  # while somebody looks at the first picture
        from shellvault.ui.picker.key_loop import run_keys

        return run_keys(terminal, picture, query, _QUESTION, term)
    finally:
        terminal.write(_LEAVE_SCREEN)


def _draw_first(picture: Picture, query: str, columns: int, lines: int) -> str:
    question = fit(_QUESTION + query, columns - 1).rstrip()
    below = [f"{_REVERSE}{text}{_PLAIN}" if style else text for style, text in picture.draw(columns, lines)]
    cursor = min(measure_width(_QUESTION + query), columns - 1) + 1
    return "\r\n".join([question, *below]) + f"\x1b[1;{cursor}H"
