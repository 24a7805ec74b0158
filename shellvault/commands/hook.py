"""`hook`: prints the text that a shell loads in its rc file; the text itself lies in `shell/`."""

from __future__ import annotations

from shellvault.argparser import EVERYWHERE, Command, Option
from shellvault.commands import Answer
from shellvault.core.errors import UsageError
from shellvault.shell.hook_files import FILES, installed_hook, removal_snippet

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.app import App
    from shellvault.argparser import Arguments

COMMAND = Command(
    "hook",
    "print what keeps sessions fresh in a shell and shows them in its prompt",
    positionals=("SHELL",),
    options=(Option("--remove", "print what takes the hook out of this shell again"), *EVERYWHERE),
    details="""\
  eval "$(shellvault hook bash)"      in ~/.bashrc
  eval "$(shellvault hook zsh)"       in ~/.zshrc
  shellvault hook fish | source       in ~/.config/fish/config.fish
  shellvault hook direnv > ~/.config/direnv/lib/shellvault.sh

From then on `shellvault use PROFILE` and `shellvault off` work in the shell itself, its session is renewed before it
expires, and the prompt shows the profile and the time left. In an .envrc: use shellvault PROFILE
""",
)


def run(_app: App, arguments: Arguments) -> Answer:
    """Return the shell's file."""
    shell = arguments.first
    if shell not in FILES:
        raise UsageError(f"there is no hook for '{shell}'", f"shellvault hook {'|'.join(FILES)}")
    return Answer(removal_snippet(shell) if arguments.has("--remove") else installed_hook(shell))
