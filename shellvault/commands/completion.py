"""`completion`: prints what completes command lines in a shell without the hook; it is part of that shell's hook."""

from __future__ import annotations

from shellvault.argparser import COMMON, Command
from shellvault.commands import VERBS
from shellvault.core.errors import UsageError
from shellvault.request import Answer
from shellvault.shell.hook_files import read_hook

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.argparser import Arguments

_START, _END = "# <completion>: what `shellvault completion {}` prints, too. ", "# </completion>\n"
"""What is before and after the part of a hook file that completes."""
_FIRST = {"zsh": "#compdef shellvault\n\n"}
_REGISTER = {
    "bash": "__shellvault_offer\n",
    "zsh": """\
if [[ ${funcstack[1]-} == _shellvault ]]; then # this is a file in fpath
  __shellvault_complete "$@"
else
  __shellvault_offer
  precmd_functions=(${precmd_functions:#__shellvault_offer} __shellvault_offer)
fi
""",
    "fish": "__shellvault_offer\n",
}

COMMAND = Command(
    "completion",
    VERBS["completion"],
    positionals=("SHELL",),
    options=COMMON,
    details="""\
  eval "$(shellvault completion bash)"      in ~/.bashrc
  eval "$(shellvault completion zsh)"       in ~/.zshrc
  shellvault completion fish | source       in ~/.config/fish/config.fish

With the hook, this is not needed: it completes, too. A package puts the same text into a file:

  bash   /usr/share/bash-completion/completions/shellvault
  zsh    _shellvault in a folder of fpath
  fish   /usr/share/fish/vendor_completions.d/shellvault.fish
""",
    evaluated=True,
    needs_app=False,
    offers=("|".join(_REGISTER),),
)


def run(_app: object, arguments: Arguments) -> Answer:
    """Return the shell's text, which can be evaluated, or be a file of the shell's completions."""
    shell = arguments.first
    if shell not in _REGISTER:
        raise UsageError(f"no completion for '{shell}'", f"shellvault completion {'|'.join(_REGISTER)}")
    return Answer(stdout=completion_file(shell))


def completion_file(shell: str) -> str:
    """Return what completes in a shell (a key of `_REGISTER`), as packages have it in a file, too."""
    part = read_hook(shell).partition(_START.format(shell))[2].partition(_END)[0]
    return f"{_FIRST.get(shell, '')}# Completes shellvault in {shell}. {part}\n{_REGISTER[shell]}"
