"""`export`: prints a profile's session for another program to read, in the formats of aws-vault and of the AWS CLI."""

from __future__ import annotations

import os

from shellvault.argparser import EVERYWHERE, MINTING, Command, Option
from shellvault.commands import Answer
from shellvault.core import environment
from shellvault.core.errors import UsageError
from shellvault.shell.formats import FORMATS, renderer
from shellvault.shell.formats.exported import Exported

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.app import App
    from shellvault.argparser import Arguments

_DEFAULT = "env"
COMMAND = Command(
    "export",
    "print the session for another program, in a format of its own",
    positionals=("PROFILE",),
    options=(
        Option("--format", ", ".join(FORMATS).replace(_DEFAULT, f"{_DEFAULT} (the default)", 1), value="NAME"),
        Option("--reveal", "print even on a terminal"),
        *MINTING,
        *EVERYWHERE,
    ),
    details="""\
  shellvault export prod > .env                              docker run --env-file .env …
  source <(shellvault export prod --format export-env)       bash, zsh
  shellvault export prod --format fish | source              fish
  shellvault export prod --format powershell | Out-String | Invoke-Expression
  shellvault export prod --format ini >> ~/.aws/credentials  (ini-config: for ~/.aws/config)
  shellvault export prod --format json                       as credential_process prints it

For the shell you are in, `shellvault env` does more: it takes out what would win over the session, and back.
A value that a format cannot carry is refused. What is written to a file stays there: the session ends by itself.
""",
)


def run(app: App, arguments: Arguments) -> Answer:
    """Return the text."""
    form = arguments.get("--format") or _DEFAULT
    render = renderer(form)
    if os.isatty(1) and not arguments.has("--reveal"):
        raise UsageError("this would show secrets on the terminal", "send it to a file or a pipe (or --reveal)")
    plan = app.plan(arguments.first)
    credentials = app.credentials(plan)
    region = arguments.get("--region") or plan.profile.get("region")
    return Answer(render(Exported(arguments.first, environment.variables(credentials, region))))
