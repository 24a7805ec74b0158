"""`hook`: prints the text that a shell loads in its rc file; the text itself lies in `shell/`."""

from __future__ import annotations

from shellvault.commands import Result
from shellvault.errors import UsageError
from shellvault.grammar import EVERYWHERE, Command
from shellvault.shellfiles import FILES, shell_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.app import App
    from shellvault.grammar import Arguments

COMMAND = Command(
    "hook",
    "print the text that gives a shell `use` and `off`",
    positionals=("SHELL",),
    options=EVERYWHERE,
    details="""\
  eval "$(shellvault hook bash)"      in ~/.bashrc
  eval "$(shellvault hook zsh)"       in ~/.zshrc
  shellvault hook fish | source       in ~/.config/fish/config.fish

From then on `shellvault use PROFILE` and `shellvault off` work in the shell itself.
""",
)


def run(_app: App, arguments: Arguments) -> Result:
    """Return the shell's file."""
    shell = arguments.first
    if shell not in FILES:
        raise UsageError(f"there is no hook for '{shell}'", f"shellvault hook {'|'.join(FILES)}")
    return Result(shell_text(shell))
