"""`use`: prints what the hook evaluates; without the hook, says that only the hook can change the shell."""

from __future__ import annotations

import os
import sys

from shellvault.argparser import Command, Option
from shellvault.commands import VERBS, env
from shellvault.core.errors import UsageError
from shellvault.shell.dialects import DIALECTS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.app import App
    from shellvault.argparser import Arguments
    from shellvault.request import Answer, Request

_FOR_THE_HOOK = Option(
    "--shell", "print the shell commands that do it, for the hook", value="NAME", offers="|".join(DIALECTS)
)
_OF_ENV_ONLY = ("--unset", "--refresh", "--reveal", "--shell")

COMMAND = Command(
    "use",
    VERBS["use"],
    positionals=("[PROFILE]",),
    options=(
        _FOR_THE_HOOK,
        *[
            option.replace(help="give up on AWS after TIME (default 30s)") if option.name == "--timeout" else option
            for option in env.COMMAND.options
            if option.name not in _OF_ENV_ONLY
        ],
    ),
    details="""\
  shellvault use prod       with the hook: shellvault hook --help
  shellvault use            choose from a list; with a part of a name, from what matches
  shellvault use -          back to the previous profile; -2 is the one before that
  shellvault use prod --region us-east-1                 another region, in this shell only
  shellvault use dev --role-arn arn:aws:iam::123456789012:role/reader    a role without a profile
  shellvault off            take it out again

Without the hook:
  eval "$(shellvault env prod)"
  shellvault env prod | source       in fish
""",
    failure="false\n",
    evaluated=True,
    offers_profiles=True,
)


def run(app: App, arguments: Arguments) -> Answer:
    """Return the statements for the hook, or refuse: a program cannot change the shell that started it.

    Raises:
        UsageError: there is no hook, or no profile; the hint is for the shell that called.
    """
    if not arguments.has("--shell"):
        raise _without_hook(app.request, arguments.first)
    word = arguments.first
    if word or not arguments.has("--process"):
        env.find_name(word, app.request.environ, app.settings, "shellvault use PROFILE")
    return env.run(app, arguments)


def _without_hook(request: Request, name: str) -> UsageError:
    from shellvault.shell.shell_detection import detect_shell

    hint, why = _advise(detect_shell(request.terminal.caller_pid) or "", name)
    if (folder := request.environ.get("XDG_CONFIG_HOME", ""))[:1] == "/":
        hint = hint.replace("~/.config/", os.path.join(folder, ""))
    return UsageError(f"`shellvault use` and `shellvault off` need the hook in this shell{why}", hint)


def _advise(shell: str, name: str) -> tuple[str, str]:
    """Return what to type, and why there is no hook to load, if there is none."""
    from shellvault.core.text import quote_word
    from shellvault.shell.dialects import DIALECTS, eval_line
    from shellvault.shell.hook_files import FILES, LOADING_FILES, loading_line

    if file := LOADING_FILES.get(shell):
        return f"{loading_line(shell)}, then the same command again; put that line into {file}", ""
    if shell in FILES:
        return f"{loading_line(shell)}, then the same command in a new shell", ""
    if shell in DIALECTS:
        word = quote_word(name) if name else "--unset"
        return eval_line(shell, f"shellvault env {word}"), f", and there is none for {shell}"
    if shell:
        name = quote_word(name) if name else "PROFILE"
        return f"shellvault exec {name} -- {shell}", f", and there is none for {shell}"
    if sys.platform == "win32":
        return f"{loading_line('powershell')}, in PowerShell", ""
    return f"{loading_line('bash')}, or zsh; in fish: {loading_line('fish')}", ""
