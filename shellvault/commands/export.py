"""`export`: prints a profile's session for another program to read, in the formats of aws-vault and of the AWS CLI."""

from __future__ import annotations

from shellvault.argparser import ANY_ROLE, ANY_SCOPE, COMMON, SESSION, Command, Option
from shellvault.commands import VERBS
from shellvault.core import environment
from shellvault.core.errors import NoProfileError, UsageError
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
    VERBS["export"],
    positionals=("[PROFILE]",),
    options=(
        Option(
            "--format",
            ", ".join(FORMATS).replace(_DEFAULT, f"{_DEFAULT} (the default)", 1),
            value="NAME",
            offers="|".join(FORMATS),
        ),
        Option("--write", "edit this ini file in place instead, with mode 600", value="FILE"),
        Option(
            "--section", "the section's name, for ini (default PROFILE, with --write PROFILE-session)", value="NAME"
        ),
        Option("--reveal", "print even on a terminal"),
        *ANY_ROLE,
        *ANY_SCOPE,
        *SESSION,
        *COMMON,
    ),
    details="""\
  docker run --env-file <(shellvault export prod) IMAGE      bash, zsh
  eval "$(shellvault export prod --format export-env)"       bash, zsh, sh
  shellvault export prod --format fish | source              fish
  shellvault export prod --format powershell | Out-String | iex
  shellvault export prod --format json                       what credential_process prints
  shellvault export prod --format ini --write ~/.aws/credentials
                                        then: aws --profile prod-session (ini-config: in ~/.aws/config)

For the shell you are in, use `shellvault env`: it also unsets what would override the session, and restores it later.
A value that a format cannot hold is refused. --write replaces its section and nothing else; what it wrote expires.
""",
    evaluated=True,
    offers_profiles=True,
)


def run(app: App, arguments: Arguments) -> Answer:
    """Return the text."""
    file, form = arguments.get("--write"), arguments.get("--format")
    form = form or ("ini" if file else _DEFAULT)
    render = find_format(form)
    if arguments.get("--section") and not form.startswith("ini"):
        raise UsageError("--section is for the formats ini and ini-config", "leave out --section, or use --format ini")
    if not file and app.request.terminal.stdout_is_tty and not arguments.has("--reveal"):
        raise UsageError(
            "this would show secrets on the terminal", "pipe it to the program that reads it (or --reveal)"
        )
    if not (name := app.settings.choose_name(arguments.first)):
        raise NoProfileError("no profile given", "shellvault export PROFILE; shellvault list shows the profiles")
    resolved = app.resolve(name)
    if file:
        from shellvault.commands.export_file import describe_use, find_target, write_session

        section = arguments.get("--section") or f"{name}-session"
        target = find_target(file, section, form, app.settings, app.profiles)
    reach = app.reach(resolved.profile)
    credentials = app.credentials(resolved)
    region = app.settings.region or resolved.profile.settings.get("region", "")
    variables = {**environment.credential_variables(credentials, region), **reach}
    if not file:
        return Answer(stdout=render(Exported(arguments.get("--section") or name, variables)))
    write_session(target, variables)
    app.ui.notice(f"wrote [{section}] to {target.path}; to use it: {describe_use(target, app.settings)}")
    return Answer()
