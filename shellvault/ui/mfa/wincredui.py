"""Asks with Windows's own dialog for credentials, through PowerShell; from within WSL too."""

from __future__ import annotations

from shellvault.ui.mfa.driver_tools import Tool, ask_person

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.ui.mfa.question import Question

_POWERSHELL = Tool("wincredui", "powershell.exe", "it is part of Windows")
_SCRIPT = (  # no double quote in it: Windows has no argument list, and would quote it once more
    "$ErrorActionPreference = 'Stop'",
    "[Console]::InputEncoding = [Text.Encoding]::UTF8",
    "$question = [Console]::In.ReadToEnd()",  # from stdin, and so never PowerShell
    "$answer = $Host.UI.PromptForCredential('shellvault', $question, 'MFA code', '')",
    "if ($null -eq $answer) { exit 1 }",
    "[Console]::Out.Write($answer.GetNetworkCredential().Password)",
)


def code(question: Question) -> str:
    """Return what the person entered."""
    options = ("-NoLogo", "-NoProfile", "-Command", "; ".join(_SCRIPT))
    return ask_person(_POWERSHELL, options, stdin=question.text, is_cancel=lambda done: not done.complaint)
