"""`completion`: prints what completes command lines in a shell; the text itself is part of that shell's hook."""

from __future__ import annotations

from shellvault.argparser import COMMON, Command
from shellvault.commands import VERBS
from shellvault.core.errors import UsageError
from shellvault.request import Answer
from shellvault.shell.completion_scripts import SHELLS, completion_script

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.argparser import Arguments

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
    offers=("|".join(SHELLS),),
)


def run(_app: object, arguments: Arguments) -> Answer:
    """Return the shell's text."""
    shell = arguments.first
    if shell not in SHELLS:
        raise UsageError(f"no completion for '{shell}'", f"shellvault completion {'|'.join(SHELLS)}")
    return Answer(stdout=completion_script(shell))
