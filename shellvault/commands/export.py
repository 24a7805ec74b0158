"""`export`: prints a profile's session for another program to read, in the formats of aws-vault and of the AWS CLI."""

from __future__ import annotations

from shellvault.argparser import COMMON, SESSION, Command, Option
from shellvault.core import environment
from shellvault.core.errors import UsageError
from shellvault.request import Answer
from shellvault.shell.formats import FORMATS, find_format
from shellvault.shell.formats.exported import Exported

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.app import App
    from shellvault.argparser import Arguments

_DEFAULT = "env"
COMMAND = Command(
    "export",
    "print the session in a format that another program reads",
    positionals=("PROFILE",),
    options=(
        Option("--format", ", ".join(FORMATS).replace(_DEFAULT, f"{_DEFAULT} (the default)", 1), value="NAME"),
        Option("--reveal", "print even on a terminal"),
        *SESSION,
        *COMMON,
    ),
    details="""\
  shellvault export prod > .env                              docker run --env-file .env …
  source <(shellvault export prod --format export-env)       bash, zsh
  shellvault export prod --format fish | source              fish
  shellvault export prod --format powershell | Out-String | Invoke-Expression
  shellvault export prod --format ini >> ~/.aws/credentials  (ini-config: for ~/.aws/config)
  shellvault export prod --format json                       what credential_process prints

For the shell you are in, use `shellvault env`: it also unsets what would override the session, and restores it later.
A value that a format cannot hold is refused. A file keeps what was written to it; the session in it expires.
""",
    evaluated=True,
)


def run(app: App, arguments: Arguments) -> Answer:
    """Return the text."""
    render = find_format(arguments.get("--format") or _DEFAULT)
    if app.request.terminal.stdout_is_tty and not arguments.has("--reveal"):
        raise UsageError("this would show secrets on the terminal", "redirect it to a file or a pipe (or --reveal)")
    resolved = app.resolve(arguments.first)
    credentials = app.credentials(resolved)
    region = app.settings.region or resolved.profile.settings.get("region", "")
    return Answer(stdout=render(Exported(arguments.first, environment.credential_variables(credentials, region))))
