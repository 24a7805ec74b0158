"""The picker for a terminal on which the cursor cannot be moved: a numbered list, and a question."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from shellvault.core.errors import NotAskedError, PersonNeededError
from shellvault.ui.picker.profile_rows import Layout

if sys.platform == "win32":
    from shellvault.ui.windows_console import converse, discard_input
else:
    from shellvault.ui.terminal import converse, discard_input

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from shellvault.core.profile_search import Choices
    from shellvault.request import Ask

_MOST = 20  # profiles of one list
_COLUMNS = 72
_QUESTION = "Number, or words to search for (nothing cancels): "


def ask_for_number(choices: Choices, query: str, show: Callable[[str], None]) -> str | None:
    """Return the profile whose number or name was typed, or None if nothing was; `show` writes the list.

    Raises:
        NotAskedError: there is no terminal to ask on.
        KeyboardInterrupt: Ctrl-C.
    """
    try:
        return converse(lambda ask: _ask(choices, query, ask, show), ignore_suspend=True)
    except NotAskedError:
        raise
    except PersonNeededError:  # Ctrl-D, or no answer for minutes
        return None


def _ask(choices: Choices, query: str, ask: Ask, show: Callable[[str], None]) -> str | None:
    found = choices.search(query)
    while True:
        show(_list(choices, found))
        discard_input()  # typed before anybody saw what it would choose
        answer = str(ask(_QUESTION)).strip()
        if not answer or answer in choices.names:
            return answer or None
        if answer.isascii() and answer.isdigit() and 1 <= int(answer[:9]) <= len(found[:_MOST]):
            return choices.names[found[int(answer) - 1]]
        found = choices.search(answer)


def _list(choices: Choices, found: Sequence[int]) -> str:
    layout = Layout(choices, _COLUMNS)
    layout.make_room(found[:_MOST])
    lines = [f"{number:3}  {text}\n" for number, text in enumerate(layout.format(found[:_MOST]), 1)]
    more = f"     and {len(found) - _MOST} more\n" if found[_MOST:] else ""
    return "".join(lines or ["     nothing matches\n"]) + more
