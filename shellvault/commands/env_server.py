"""Puts an endpoint into a shell or a command, instead of a session: its programs ask again whenever they need to."""

from __future__ import annotations

from shellvault.commands.env_process import find_process_config, write_empty_credentials
from shellvault.commands.serve_session import obtain_session, resolve_session
from shellvault.core.errors import UsageError
from shellvault.core.process_environment import enter_server
from shellvault.storage import status_file
from shellvault.system.process_life import find_forker, is_running

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.app import App
    from shellvault.argparser import Arguments
    from shellvault.core.chain.resolve import ResolvedChain
    from shellvault.core.shell_memory import Changes


def enter(app: App, name: str, arguments: Arguments, owner: int) -> Changes:
    """Return the changes that make programs ask the endpoint for a profile until the process `owner` ends.

    Unless `--lazy` was given, a first session is obtained at once, so that errors and questions come now.

    Raises:
        ShellvaultError: there is no session, no agent, or the generated config file cannot be written.
    """
    environ, settings = app.request.environ, app.settings
    if "DIRENV_IN_ENVRC" in environ:
        raise UsageError(
            "direnv cannot hold an endpoint: it would end with direnv's own shell", "use shellvault --process PROFILE"
        )
    resolved = resolve_session(app, name)
    generated = find_process_config(settings, app.profiles_for_programs(name), default_asks=False)
    reach = app.reach(resolved.profile)
    account = resolved.chain.account
    if not arguments.has("--lazy"):
        account = obtain_session(app, name).account or account
    generated.make(generated.asking())
    files = (generated.path, write_empty_credentials(settings))
    ticket = open_claim(app, resolved, arguments, owner)
    region = settings.region or resolved.profile.settings.get("region", "")
    status = status_file.find_path(settings.home, name)
    return enter_server(environ, name, ticket, files, generated.own, region, account, status, reach)


def enter_shell(app: App, name: str, arguments: Arguments) -> Changes:
    """Return the changes for a shell: the one that calls, or the process that was named.

    Raises:
        UsageError: no such process was named.
    """
    named = arguments.get("--owner")
    if named and not (named.isdecimal() and is_running(int(named))):
        raise UsageError(f"there is no process '{named}'", "leave out --owner")
    return enter(app, name, arguments, int(named) if named else find_forker(app.request.terminal.caller_pid))


def open_claim(app: App, resolved: ResolvedChain, arguments: Arguments, owner: int) -> tuple[str, str]:
    """Return the URL of a claim that the agent has opened, and the file with its token.

    Raises:
        UsageError: there is no agent.
    """
    raise UsageError("--server needs the agent", "unset SHELLVAULT_AGENT")
