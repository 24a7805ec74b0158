"""What stdout holds if a command fails whose output a shell evaluates."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_SHELL = "--shell"
_VARIABLE = "SHELLVAULT_SHELL"


def spell_failure(words: Sequence[str], environ: Mapping[str, str], caller_pid: int) -> str:
    """Return the text that makes the evaluation fail in the shell that a command line is for.

    The command line may be wrong, and anything may be broken: without an answer, the evaluation would succeed.
    """
    try:
        from shellvault.shell.dialects import failure_text
        from shellvault.shell.shell_detection import detect_shell

        return failure_text(_find_option(words) or environ.get(_VARIABLE) or detect_shell(caller_pid) or "")
    except Exception:  # noqa: BLE001 - see above
        return "false\n"


def _find_option(words: Sequence[str]) -> str:
    """Return the shell that a command line names."""
    found = ""
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word == _SHELL:
            found = following
        elif word.startswith(f"{_SHELL}="):
            found = word.removeprefix(f"{_SHELL}=")
    return found
