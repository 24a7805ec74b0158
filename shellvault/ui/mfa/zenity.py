"""Asks with zenity, GNOME's dialogs."""

from __future__ import annotations

import sys

from shellvault.ui.mfa.driver_tools import Tool, ask_person, require_display

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.ui.mfa.question import Question

_ZENITY = Tool("zenity", "zenity", "install it (apt install zenity, dnf install zenity)")


def code(question: Question) -> str:
    """Return what the person entered."""
    require_display(_ZENITY, question.environ, sys.platform)
    return ask_person(_ZENITY, ("--entry", "--title=shellvault", f"--text={_escape(question.text)}"))


def _escape(text: str) -> str:
    # An entry's text knows no markup, but a backslash begins an escape in it, and an underscore marks a key.
    return text.replace("\\", "\\\\").replace("_", "__")
