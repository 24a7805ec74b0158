"""`exec`: runs one program with a profile's session in its environment, or prints it for credential_process."""

from __future__ import annotations

import os
import sys

from shellvault.argparser import ANY_ROLE, ANY_SCOPE, COMMON, JSON, LAZY, PROCESS, SERVER, SESSION, Command
from shellvault.commands import VERBS
from shellvault.core import environment
from shellvault.core.environment import BENEATH, PREVIOUS, REGIONS, child_environ
from shellvault.core.errors import NoProfileError, UsageError
from shellvault.core.shell_memory import CONFIG_FILES, MEMORY, REACH, TOKEN_FILE, format_entry, is_reach, recall
from shellvault.request import Answer, Program
from shellvault.shell.formats.exported import Exported

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from shellvault.app import App
    from shellvault.argparser import Arguments
    from shellvault.core.shell_memory import Changes

COMMAND = Command(
    "exec",
    VERBS["exec"],
    positionals=("[PROFILE]",),
    options=(
        JSON.replace(help="print the session in credential_process's format", short="-j"),
        PROCESS,
        SERVER.replace(short="-s"),
        LAZY,
        *ANY_ROLE,
        *ANY_SCOPE,
        *SESSION,
        *COMMON,
    ),
    details="""\
  shellvault exec prod -- aws s3 ls
  shellvault exec prod                                 start a new shell ($SHELL)
  shellvault exec --process -- terraform plan          no secret: each AWS profile that is used asks
  shellvault exec --server prod -- terraform apply     as long as it takes: it asks when a session ends
  credential_process = shellvault exec prod --json     in ~/.aws/config, for the AWS CLI and SDKs

PROFILE defaults to AWS_PROFILE. The exit status is the command's.
""",
    rest=True,
    offers_profiles=True,
)

_PASSED_ON = frozenset((*REGIONS, *REACH, *CONFIG_FILES, TOKEN_FILE))
"""Variables whose old values a nested shell may know: none of them is a secret."""
_OLD = frozenset("=@")  # one of these precedes each old value in a memory
_SHELL, _USUAL_SHELL = ("COMSPEC", "cmd.exe") if sys.platform == "win32" else ("SHELL", "/bin/sh")


def run(app: App, arguments: Arguments) -> Answer:
    """Return the program to run, or the JSON to print."""
    environ = app.request.environ
    _require_one_way(arguments)
    name = app.settings.choose_name(arguments.first or environ.get("AWS_PROFILE", ""))
    if not name and not arguments.has("--process"):
        raise NoProfileError("no profile given", "shellvault exec PROFILE -- COMMAND, or set AWS_PROFILE")
    argv = arguments.rest or (environ.get(_SHELL) or _USUAL_SHELL,)
    if arguments.has("--process"):
        from shellvault.commands.env_process import enter

        changes = enter(name, environ, app.settings, app.profiles_for_programs(name), app.ui.notice)
        return Answer(program=Program(argv, exec_environ(environ, changes, asks_us=True)))
    if arguments.has("--server"):
        from shellvault.commands.env_server import enter as enter_endpoint

        changes = enter_endpoint(app, name, arguments, os.getpid())  # this process becomes the command
        return Answer(program=Program(argv, exec_environ(environ, changes, asks_us=True)))
    resolved = app.resolve(name)
    credentials = app.credentials(resolved, "" if arguments.has("--json") else argv[0])
    if arguments.has("--json"):
        if "AWS_CONFIG_FILE" in environ:
            from shellvault.commands.env_process import keep_current

            keep_current(environ, app.settings, app.profiles, app.profiles_for_programs)
        from shellvault.shell.formats import process_json

        return Answer(stdout=process_json.render(Exported(name, environment.credential_variables(credentials, ""))))
    region = app.settings.region or resolved.profile.settings.get("region", "")
    about = app.variables(resolved)
    changes = environment.enter(environ, name, credentials, region, endpoint=resolved.endpoint, about=about)
    return Answer(program=Program(argv, exec_environ(environ, changes)))


def _require_one_way(arguments: Arguments) -> None:
    if arguments.has("--json") and (arguments.rest or arguments.has("--process") or arguments.has("--server")):
        raise UsageError("--json prints the session and runs nothing", "leave out --json, or the command and --process")
    if arguments.has("--process") and arguments.has("--server"):
        raise UsageError("--process and --server are two ways to ask", "choose one of them")
    if arguments.has("--lazy") and not arguments.has("--server"):
        raise UsageError("--lazy goes with --server", "shellvault exec --server --lazy PROFILE -- COMMAND")


def exec_environ(environ: Mapping[str, str], changes: Changes, *, asks_us: bool = False) -> dict[str, str]:
    """Return the environment of a program that runs with `changes` applied.

    Its memory holds no old values except those of `_PASSED_ON`, so no older secret is passed on. A nested shell that
    takes the session out has no credentials.

    Raises:
        UsageError: no environment can hold one of the values.
    """
    values = "".join(filter(None, changes.values()))
    if "\0" in values or not values.isascii():
        from shellvault.shell.dialects import refuse_uncarriable  # few values look so

        refuse_uncarriable(changes)
        _require_encodable(changes)
    memory = changes.get(MEMORY) or ""
    memory = memory if _OLD.isdisjoint(memory) else _drop_secrets(memory)
    after = {**environ, **changes, PREVIOUS: None, BENEATH: None, MEMORY: memory}
    found = {name: value for name, value in after.items() if value is not None}
    return child_environ(found, asks_us=asks_us)


def _require_encodable(changes: Changes) -> None:
    for name, value in changes.items():
        try:
            os.fsencode(value or "")
        except UnicodeEncodeError:
            raise UsageError(f"the value of {name} cannot be encoded in this locale", "set LC_ALL=C.UTF-8") from None


def _drop_secrets(memory: str) -> str:
    """Return a memory without the old values that a nested shell must not see."""
    remembered = recall({MEMORY: memory})
    kept = {name for name in remembered if name in _PASSED_ON or is_reach(name)}
    return ";".join(format_entry(name, mark, old if name in kept else None) for name, (mark, old) in remembered.items())
