"""Tells a line of a shell's file that loads the hook from one that only mentions it."""

from __future__ import annotations

import re

_SIGNS = ("shellvault hook", "shellvault.nu", "__shellvault_install")
"""What a line says that loads it; nushell loads a file of its own, which is not evaluated."""
_MENTIONING = ("abbr", "alias", "aliases", "def", "echo", "fn", "function", "print", "printf", "Write-Host", ":")
"""Commands that show or define a text, and run nothing of it now."""
_BEFORE = ("{", "(", "!", "if", "then", "else", "do", "and", "or", "not", "begin", "command", "builtin")
"""Words that a command may stand behind."""
_DEFINING = ("declare", "export", "let", "local", "readonly", "set", "typeset", "var")
_PART = re.compile(r"""(?:\\.|'[^']*'?|"(?:\\.|[^"\\])*"?|[^\s;&|'"\\])+|[;&|]|\s+""")
_ENDING = (";", "&", "|")
_DEFINITION = re.compile(r"\w+(\(\)|\+?=)")


def loads_hook(line: str) -> bool:
    """Return whether a line loads the hook: it is neither a comment nor the text of an alias or a message."""
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
    """Return whether these first words of a command may run a text, or load a file."""
    return words[0] not in (*_MENTIONING, *_DEFINING) and not (
        _DEFINITION.match(words[0]) and (words[0].endswith(")") or words[1:] == [])
    )
