"""Drivers that ask in a window: zenity, kdialog, macOS's osascript, and Windows's own dialog."""

from __future__ import annotations

from shellvault.core.record import Secret
from shellvault.ui.mfa.driver_program import DriverTool, require_display, show_dialog

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.settings import Settings
    from shellvault.ui.mfa.drivers import Question
    from shellvault.ui.user_interface import Ui

_ZENITY = DriverTool("zenity", "zenity", "install it (apt install zenity, dnf install zenity)")
_KDIALOG = DriverTool("kdialog", "kdialog", "install it (apt install kdialog, dnf install kdialog)")
_OSASCRIPT = DriverTool("osascript", "osascript", "it is part of macOS")
_POWERSHELL = DriverTool("wincredui", "powershell.exe", "it is part of Windows")

_ZENITY_OPTIONS, _HIDDEN = "--entry --title=shellvault", "--entry --title=shellvault --hide-text"
_KDIALOG_OPTIONS, _PASSWORD = "--title shellvault --inputbox", "--title shellvault --password"
_LOOKALIKES = str.maketrans(
    {"<": "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}", "\\": "\N{REVERSE SOLIDUS OPERATOR}"}
)
_USER_CANCELED = "-128"  # AppleScript's error number; every other error has the same exit status
_APPLESCRIPT = (
    "on run argv",  # the question is an argument, and so never AppleScript
    'display dialog (item 1 of argv) with title "shellvault" default answer ""',  # its buttons are Cancel and OK
    "return text returned of result",
    "end run",
)
_POWERSHELL_SCRIPT = (  # without double quotes: Windows has no argument list, and would quote it once more
    "$ErrorActionPreference = 'Stop'",
    "[Console]::InputEncoding = [Text.Encoding]::UTF8",
    "$question = [Console]::In.ReadToEnd()",  # from stdin, and so never PowerShell
    "$answer = $Host.UI.PromptForCredential('shellvault', $question, 'MFA code', '')",
    "if ($null -eq $answer) { exit 1 }",
    "[Console]::Out.Write($answer.GetNetworkCredential().Password)",
)


def ask_hidden(driver: str, text: str, settings: Settings) -> Secret:
    """Ask a question with a hidden answer, in a window of this driver; for the errors see `show_dialog`."""
    ask = {"zenity": _zenity, "kdialog": _kdialog, "osascript": _osascript, "wincredui": _wincredui}[driver]
    return Secret(ask(text, settings, hidden=True))


def ask_zenity(question: Question, settings: Settings, _ui: Ui) -> str:
    """Ask with zenity, GNOME's dialogs."""
    return _zenity(question.text, settings)


def ask_kdialog(question: Question, settings: Settings, _ui: Ui) -> str:
    """Ask with kdialog, KDE's dialogs."""
    return _kdialog(question.text, settings)


def ask_osascript(question: Question, settings: Settings, _ui: Ui) -> str:
    """Ask with osascript, macOS's dialogs."""
    return _osascript(question.text, settings)


def ask_wincredui(question: Question, settings: Settings, _ui: Ui) -> str:
    """Ask with Windows's dialog for credentials, through PowerShell; from within WSL too."""
    return _wincredui(question.text, settings)


def _zenity(text: str, settings: Settings, *, hidden: bool = False) -> str:
    require_display(_ZENITY, settings)
    words = (_HIDDEN if hidden else _ZENITY_OPTIONS).split()
    # An entry's text has no markup, but a backslash begins an escape in it, and an underscore marks a key.
    text = text.replace("\\", "\\\\").replace("_", "__")
    return show_dialog(_ZENITY, (*words, f"--text={text}"), settings)


def _kdialog(text: str, settings: Settings, *, hidden: bool = False) -> str:
    require_display(_KDIALOG, settings)
    words = (_PASSWORD if hidden else _KDIALOG_OPTIONS).split()
    # Qt takes a text with a tag in it for HTML, which may name files; a backslash begins an escape of kdialog's own.
    return show_dialog(_KDIALOG, (*words, text.translate(_LOOKALIKES)), settings)


def _osascript(text: str, settings: Settings, *, hidden: bool = False) -> str:
    script = [f"{line} with hidden answer" if hidden and "default answer" in line else line for line in _APPLESCRIPT]
    words = [word for line in script for word in ("-e", line)]
    return show_dialog(_OSASCRIPT, (*words, text), settings, is_cancel=lambda done: _USER_CANCELED in done.stderr)


def _wincredui(text: str, settings: Settings, *, hidden: bool = False) -> str:
    del hidden  # the field for a password never shows it
    options = ("-NoLogo", "-NoProfile", "-Command", "; ".join(_POWERSHELL_SCRIPT))
    return show_dialog(_POWERSHELL, options, settings, stdin=text, is_cancel=lambda done: not done.stderr)
