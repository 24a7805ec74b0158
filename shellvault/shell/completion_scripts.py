"""Completion without the hook: the part of each hook file that completes, and what registers it."""

from __future__ import annotations

from shellvault.shell.hook_files import LOADING_FILES, read_hook

SHELLS = tuple(LOADING_FILES)
"""The shells that have a hook."""

_START, _END = "# <completion>: what `shellvault completion {}` prints, too. ", "# </completion>\n"
"""What is before and after that part in a hook file."""
_FIRST = {"zsh": "#compdef shellvault\n\n"}
_REGISTER = {
    "bash": "complete -F __shellvault_complete shellvault\n",
    "zsh": """\
if [[ ${funcstack[1]-} == _shellvault ]]; then # this is a file in fpath
  __shellvault_complete "$@"
else
  __shellvault_offer
  precmd_functions=(${precmd_functions:#__shellvault_offer} __shellvault_offer)
fi
""",
    "fish": """\
complete -c shellvault -e
complete -c shellvault -f -a '(__shellvault_complete)'
""",
}


def completion_script(shell: str) -> str:
    """Return what completes in one of `SHELLS`, as text to evaluate or as a file of the shell's completions."""
    part = read_hook(shell).partition(_START.format(shell))[2].partition(_END)[0]
    return f"{_FIRST.get(shell, '')}# Completes shellvault in {shell}. {part}\n{_REGISTER[shell]}"
