"""Tells a line of a shell's file that loads the hook from one that only mentions it."""

from __future__ import annotations

import re

_SIGNS = ("shellvault hook", "shellvault.nu", "__shellvault_install")
"""What a line that loads the hook contains; nushell loads a file of its own instead."""
_MENTIONING = ("abbr", "alias", "aliases", "def", "echo", "fn", "function", "print", "printf", "Write-Host", ":")
"""Commands that print or define a text without running it."""
_BEFORE = ("{", "(", "!", "if", "then", "else", "do", "and", "or", "not", "begin", "command", "builtin")
"""Words that may come before a command."""
_DEFINING = ("declare", "export", "let", "local", "readonly", "set", "typeset", "var")
_PART = re.compile(r"""(?:\\.|'[^']*'?|"(?:\\.|[^"\\])*"?|[^\s;&|'"\\])+|[;&|]|\s+""")
_ENDING = (";", "&", "|")
_DEFINITION = re.compile(r"\w+(\(\)|\+?=)")


def loads_hook(line: str) -> bool:
    """Return whether a line loads the hook, rather than mentioning it in a comment, an alias or a message."""
    if not _has_sign(line):
        return False
    words: list[str] = []
    for part in _PART.findall(line):
        if part[0] == "#":
            return False
        if part in _ENDING:
            words = []
        elif not part.isspace() and (words or part not in _BEFORE):
            words.append(part)
            if _runs(words) and _has_sign(" ".join(words)):
                return True
    return False


def _has_sign(text: str) -> bool:
    plain = text.replace('"', "").replace("'", "")
    return any(sign in plain for sign in _SIGNS)


def _runs(words: list[str]) -> bool:
    """Return whether a command that starts with these words may evaluate a text or load a file."""
    return words[0] not in (*_MENTIONING, *_DEFINING) and not (
        _DEFINITION.match(words[0]) and (words[0].endswith(")") or words[1:] == [])
    )
