"""`exec`: runs one program with a profile's session in its environment, or prints it for credential_process."""

from __future__ import annotations

from shellvault.argparser import EVERYWHERE, JSON, MINTING, Command
from shellvault.commands import Answer, Program
from shellvault.core import environment
from shellvault.core.errors import UsageError
from shellvault.shell.formats import process_json
from shellvault.shell.formats.exported import Exported

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.app import App
    from shellvault.argparser import Arguments

COMMAND = Command(
    "exec",
    "run a command with the session, or print it with --json",
    positionals=("[PROFILE]",),
    options=(JSON.replace(help="print the session as credential_process wants it", short="-j"), *MINTING, *EVERYWHERE),
    details="""\
  shellvault exec prod -- aws s3 ls
  shellvault exec prod                a shell of its own ($SHELL)
  credential_process = shellvault exec prod --json     in ~/.aws/config, for the AWS CLI and SDKs

Without PROFILE the one in AWS_PROFILE is taken. The command's exit status is this command's.
""",
    rest=True,
)


def run(app: App, arguments: Arguments) -> Answer:
    """Return the program to become, or the JSON to print."""
    name = arguments.first or app.environ.get("AWS_PROFILE", "")
    if not name:
        raise UsageError("which profile?", "shellvault exec PROFILE -- COMMAND, or set AWS_PROFILE")
    if arguments.has("--json") and arguments.rest:
        raise UsageError("--json prints the session and runs nothing", "leave out --json, or the command")
    plan = app.plan(name)
    credentials = app.credentials(plan)
    if arguments.has("--json"):
        return Answer(process_json.render(Exported(name, environment.variables(credentials, ""))))
    region = arguments.get("--region") or plan.profile.get("region")
    changes = environment.enter(app.environ, name, credentials, region)
    argv = arguments.rest or (app.environ.get("SHELL") or "/bin/sh",)
    return Answer(program=Program(argv, environment.child(app.environ, changes)))
