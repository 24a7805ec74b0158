"""Explains a word that is not a command: an option, one of aws-vault's verbs, a profile, or a typo."""

from __future__ import annotations

from difflib import get_close_matches

from shellvault.app import App
from shellvault.argparser import Arguments
from shellvault.commands import ALIASES, VERBS
from shellvault.compat.awsvault.options import VERBS as AWS_VAULT_VERBS
from shellvault.core.errors import ShellvaultError, UsageError
from shellvault.core.text import quote_word
from shellvault.settings import load_settings
from shellvault.shell.dialects import eval_line
from shellvault.shell.shell_detection import detect_shell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.request import Request


def explain_unknown(word: str, request: Request) -> UsageError:
    """Return the error for an unknown command; the hint says what to type instead."""
    if word.startswith("-"):
        return UsageError(f"a command must come before {word}", "shellvault COMMAND [options], or --help")
    message = f"unknown command '{word}'"
    if word in AWS_VAULT_VERBS:
        reason, hint = AWS_VAULT_VERBS[word]
        return UsageError(f"{message}: {reason}", hint)
    if _is_profile(word, request):
        name = quote_word(word)
        line = eval_line(detect_shell(request.terminal.caller_pid) or "", f"shellvault env {name}")
        return UsageError(message, f"that is a profile: shellvault use {name}, or without the hook: {line}")
    near = get_close_matches(word, (*VERBS, *ALIASES), n=1)
    return UsageError(message, f"did you mean {near[0]}?" if near else "shellvault --help")


def _is_profile(word: str, request: Request) -> bool:
    try:
        settings = load_settings(Arguments({}, (), (), {}), request.environ, request.cwd)
        return word in App(request, settings).profiles.names()
    except ShellvaultError:  # that has nothing to do with this word
        return False
