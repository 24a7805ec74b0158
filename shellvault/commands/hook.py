"""`hook`: prints the text that a shell loads in its rc file; the text itself is in `shell/`."""

from __future__ import annotations

import sys

from shellvault.argparser import COMMON, Command, Option
from shellvault.commands import VERBS
from shellvault.core.errors import UsageError
from shellvault.request import Answer
from shellvault.shell.dialects import DIALECTS, eval_line
from shellvault.shell.hook_files import FILES, installed_hook, loading_line, removal_snippet

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.argparser import Arguments

_ON_WINDOWS = ("powershell", "pwsh")

COMMAND = Command(
    "hook",
    VERBS["hook"],
    positionals=("SHELL",),
    options=(Option("--remove", "print what removes the hook from this shell"), *COMMON),
    details="""\
  eval "$(shellvault hook bash)"      in ~/.bashrc
  eval "$(shellvault hook zsh)"       in ~/.zshrc
  shellvault hook fish | source       in ~/.config/fish/config.fish
  eval (shellvault hook elvish | slurp)    in ~/.config/elvish/rc.elv
  exec($(shellvault hook xonsh))      in ~/.xonshrc
  shellvault hook powershell | Out-String | Invoke-Expression     in $PROFILE, of PowerShell
  shellvault hook direnv > ~/.config/direnv/lib/shellvault.sh

PowerShell's is written from the documentation, and has never run there.

In nushell, type this once, and again if you move shellvault; shells that start later load it:
  mkdir $nu.user-autoload-dirs.0
  let hook = $nu.user-autoload-dirs.0 | path join shellvault.nu
  shellvault hook nushell | save -f $hook

The hook adds `shellvault use PROFILE` and `shellvault off`, which work in the shell you are in. It renews the session
before it expires, and shows the profile and the time left in the prompt. In an .envrc: use shellvault PROFILE
""",
    evaluated=True,
    needs_app=False,
    offers=("|".join(FILES),),
)


def _explain_missing(shell: str) -> UsageError:
    """Return the error for a shell without a hook; where `env` can be evaluated, the hint is what to type there."""
    if shell in DIALECTS:
        return UsageError(f"there is no hook for {shell}", f"in {shell}: {eval_line(shell, 'shellvault env PROFILE')}")
    return UsageError(f"no hook for '{shell}'", f"shellvault hook {'|'.join(FILES)}")


def run(_app: object, arguments: Arguments) -> Answer:
    """Return the shell's file."""
    shell = arguments.first
    if shell not in FILES:
        raise _explain_missing(shell)
    if sys.platform == "win32" and shell not in _ON_WINDOWS:
        raise UsageError(f"the hook for {shell} cannot run on Windows", loading_line(_ON_WINDOWS[0]))
    return Answer(stdout=removal_snippet(shell) if arguments.has("--remove") else installed_hook(shell))
