"""Asks with osascript, macOS's dialogs."""

from __future__ import annotations

from shellvault.ui.mfa.driver_tools import Tool, ask_person

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.ui.mfa.question import Question

_OSASCRIPT = Tool("osascript", "osascript", "it is part of macOS")
_USER_CANCELED = "-128"  # AppleScript's error number; every other error has the same exit status
_SCRIPT = (
    "on run argv",  # the question is an argument, and so never AppleScript
    'display dialog (item 1 of argv) with title "shellvault" default answer ""',  # its buttons are Cancel and OK
    "return text returned of result",
    "end run",
)


def code(question: Question) -> str:
    """Return what the person entered."""
    lines = [word for line in _SCRIPT for word in ("-e", line)]
    return ask_person(_OSASCRIPT, (*lines, question.text), is_cancel=lambda done: _USER_CANCELED in done.complaint)
