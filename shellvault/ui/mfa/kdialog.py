"""Asks with kdialog, KDE's dialogs."""

from __future__ import annotations

import sys

from shellvault.ui.mfa.driver_tools import Tool, ask_person, require_display

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.ui.mfa.question import Question

_KDIALOG = Tool("kdialog", "kdialog", "install it (apt install kdialog, dnf install kdialog)")
_LOOKALIKES = str.maketrans(
    {"<": "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}", "\\": "\N{REVERSE SOLIDUS OPERATOR}"}
)


def code(question: Question) -> str:
    """Return what the person entered."""
    require_display(_KDIALOG, question.environ, sys.platform)
    # Qt takes a text with a tag in it for HTML, which may name files; a backslash begins an escape of kdialog's own.
    return ask_person(_KDIALOG, ("--title", "shellvault", "--inputbox", question.text.translate(_LOOKALIKES)))
