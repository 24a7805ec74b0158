"""Adapts the commands in a hint to the user's shell, and to where the program is installed."""

from __future__ import annotations

import os
import re
import shutil
import sys

from shellvault.commands import VERBS
from shellvault.core.text import quote_word
from shellvault.shell.shell_detection import respell_for
from shellvault.system.own_program import find_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from shellvault.request import Request

_NAME = "shellvault"
_OF_THE_HOOK = ("use", "off")  # a function that the hook defines, wherever the program is
_TYPED = re.compile(rf"(?<![\w./-]){_NAME} (?=(?:{'|'.join(VERBS.keys() - {*_OF_THE_HOOK})})\b)")


def fit_hint(hint: str, request: Request) -> str:
    """Return a hint in a form that works in the calling shell."""
    return name_program(respell_for(request.terminal.caller_pid, hint), request.environ)


def name_program(text: str, environ: Mapping[str, str]) -> str:
    """Return a text with the program's full path in each command, if its name is not on PATH.

    Not on Windows, where a path is quoted differently in each shell.
    """
    if sys.platform == "win32" or not _TYPED.search(text) or shutil.which(_NAME, path=environ.get("PATH", os.defpath)):
        return text
    program = quote_word(find_file(_NAME))
    return _TYPED.sub(lambda _: f"{program} ", text)
