"""Gives a shell or command an endpoint instead of a session: its programs ask again whenever they need to."""

from __future__ import annotations

import sys

from shellvault.argparser import BACKEND, CHOOSING, DURATION, FRESH, MFA_TOKEN, NO_SESSION
from shellvault.commands.env_generated import find_process_config, write_empty_credentials
from shellvault.core.environment import KEEPS, SCOPE, VIA
from shellvault.core.errors import UsageError
from shellvault.core.process_environment import enter_server
from shellvault.core.wish import Wish
from shellvault.storage import status_file
from shellvault.system.process_life import find_forker, is_running

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from shellvault.app import App
    from shellvault.argparser import Arguments
    from shellvault.commands.lend_loan import Loan
    from shellvault.core.chain.links import Chain
    from shellvault.core.shell_memory import Changes
    from shellvault.request import Request

_INSTEAD = "leave out --server: shellvault exec PROFILE -- COMMAND; or use --process"
_SHAPING = (BACKEND, DURATION, NO_SESSION)
"""The options that shape a session; the others shape how it is obtained this time, or the environment."""
_FOR_NOW = (FRESH.variable, MFA_TOKEN.variable, *CHOOSING.values())
"""Variables that the agent must not read again; what was chosen is in what `App.variables` adds."""


def enter(app: App, name: str, arguments: Arguments, owner: int, loan: Loan | None = None) -> Changes:
    """Return the changes that make programs ask the endpoint for a profile until the process `owner` ends.

    Unless `--lazy` was given, a first session is obtained at once, so that errors and questions come now; a loan has
    one already.

    Raises:
        ShellvaultError: there is no session, no agent, or the generated config file cannot be written.
    """
    environ, settings = app.request.environ, app.settings
    require_agent(environ, "--server")
    app.request.terminal.expect_person()  # not in the agent: only this process is the owner, or can find it
    if "DIRENV_IN_ENVRC" in environ:
        raise UsageError(
            "direnv cannot hold an endpoint: it would end with direnv's own shell", "use shellvault --process PROFILE"
        )
    resolved = app.resolve_session(name)
    about, account = app.variables(resolved), resolved.chain.account
    only = name if loan or about.get(SCOPE) else ""
    generated = find_process_config(settings, app.profiles_for_programs(name), default_asks=False, only=only)
    if not arguments.has("--lazy"):
        account = (loan.session if loan else app.obtain_session(name, about.get(VIA, ""))).account or account
    generated.prepare()
    files = (generated.path, write_empty_credentials(settings))
    wish = make_wish(name, resolved.chain, app.request, arguments, about)
    ticket = app.request.host.open_claim(loan.adjust(wish) if loan else wish, owner)
    region = settings.region or resolved.profile.settings.get("region", "")
    status = status_file.find_path(settings.home, name, about.get(VIA, ""))
    return enter_server(environ, name, ticket, files, generated.own, region, account, status, about)


def require_agent(environ: Mapping[str, str], what: str) -> None:
    """Refuse an option or command that needs the agent where there is none, or the user wants none.

    Raises:
        UsageError: there can be none.
    """
    if sys.platform == "win32":
        raise UsageError(f"{what} needs the agent, which does not exist on Windows", _INSTEAD)
    if environ.get("SHELLVAULT_AGENT") == "off":
        raise UsageError(f"{what} needs the agent, which SHELLVAULT_AGENT=off forbids", "unset SHELLVAULT_AGENT")


def make_wish(name: str, chain: Chain, request: Request, arguments: Arguments, about: Mapping[str, str]) -> Wish:
    """Return what the agent needs to obtain the same session later, without asking anyone."""
    given = ((option, arguments.get(option.name)) for option in _SHAPING)
    words = tuple(f"{option.name}={value}" if option.value else option.name for option, value in given if value)
    environ = {
        name: value for name, value in {**request.environ, VIA: "", **about, KEEPS: "1"}.items() if name not in _FOR_NOW
    }
    return Wish(
        profile=name,
        identity=chain.identity,
        words=words,
        environ=environ,
        cwd=request.cwd,
        renews_ahead=not chain.needs_person,
        is_lazy=arguments.has("--lazy"),
        scope=about.get(SCOPE, ""),
    )


def find_shell(named: str, caller: int) -> int:
    """Return the id of the process that a claim ends with: the named one, or else the calling shell.

    Raises:
        UsageError: there is no such process.
    """
    if named and not (named.isdecimal() and is_running(int(named))):
        raise UsageError(f"there is no process '{named}'", "leave out --owner")
    return int(named) if named else find_forker(caller)
