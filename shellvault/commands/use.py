"""`use` without the hook: says that only the hook can change the shell, and how to load it. Help describes `use`."""

from __future__ import annotations

from shellvault.argparser import COMMON, SESSION, Command
from shellvault.core.errors import UsageError
from shellvault.core.text import quote_word
from shellvault.shell.dialects import DIALECTS, eval_line
from shellvault.shell.hook_files import FILES, loading_line
from shellvault.shell.shell_detection import detect_shell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.app import App
    from shellvault.argparser import Arguments
    from shellvault.request import Answer

COMMAND = Command(
    "use",
    "put a session into this shell, and keep it fresh (needs the hook)",
    positionals=("PROFILE",),
    options=(*SESSION, *COMMON),
    details="""\
  shellvault use prod       with the hook in this shell; see shellvault hook --help
  shellvault use -          back to the previous profile
  shellvault off            take it out again

Without the hook: eval "$(shellvault env prod)", or in fish: shellvault env prod | source
""",
    failure="false\n",
    evaluated=True,
)


def run(app: App, arguments: Arguments) -> Answer:
    """Refuse: a program cannot change the shell that started it.

    Raises:
        UsageError: always; the hint is for the shell that called.
    """
    shell = detect_shell(app.request.terminal.caller_pid) or ""
    message = "`shellvault use` and `shellvault off` need the hook in this shell"
    if shell in FILES:
        raise UsageError(message, f"{loading_line(shell)}, then the same command again; put that line into its rc file")
    if shell in DIALECTS:
        word = quote_word(arguments.first) if arguments.first else "--unset"
        raise UsageError(f"{message}, and there is none for {shell}", eval_line(shell, f"shellvault env {word}"))
    raise UsageError(message, f"{loading_line('bash')}, or zsh; in fish: {loading_line('fish')}")
