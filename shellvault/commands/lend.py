"""`lend`: gives another machine, or a command here, a profile's credentials for a while; shows and ends loans."""

from __future__ import annotations

import os

from shellvault.argparser import ANY_ROLE, ANY_SCOPE, COMMON, JSON, SESSION, Command, Option
from shellvault.commands import VERBS
from shellvault.commands.env_server import enter, make_wish, require_agent
from shellvault.commands.exec import exec_environ
from shellvault.commands.lend_loan import make_loan
from shellvault.commands.lend_ssh import SshLend
from shellvault.core.environment import VIA
from shellvault.core.errors import NoProfileError
from shellvault.core.far_scripts import choose_variables
from shellvault.core.ssh_line import PROGRAM, read_ssh_line
from shellvault.exec_program import require_program
from shellvault.request import Answer, Program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.app import App
    from shellvault.argparser import Arguments

COMMAND = Command(
    "lend",
    VERBS["lend"],
    positionals=("[PROFILE]",),
    options=(
        Option("--for", "how long at most; 1h by default", "", "TIME", "SHELLVAULT_LEND_FOR", kind="duration"),
        Option("--stop", "end what is lent of PROFILE, or everything"),
        JSON.replace(help="print what is lent as JSON"),
        *ANY_ROLE,
        *ANY_SCOPE,
        *SESSION,
        *COMMON,
    ),
    details="""\
  shellvault lend dev --read-only -- ssh build    while you are logged in there
  shellvault lend dev --for 20m -- ssh build make deploy
  shellvault lend dev --read-only -- CMD          to a sandbox on this machine
  shellvault lend                                 what is lent, and to whom
  shellvault lend --stop                          end it

The AWS CLI and SDKs there ask this machine whenever they need credentials, until the command ends, its time is over, or
you end it here. Credentials that they already have stay valid until they expire.
""",
    rest=True,
    offers_profiles=True,
)


def run(app: App, arguments: Arguments) -> Answer:
    """Show or end what is lent, or lend a profile: over ssh until that ends, or to a program that this one becomes."""
    environ, argv = app.request.environ, arguments.rest
    if not argv or arguments.has("--stop") or arguments.has("--json"):
        from shellvault.commands.lend_list import show_or_stop

        return show_or_stop(arguments, app.request, lambda: frozenset(app.profiles.names()))
    require_agent(environ, "lend")
    program = argv[0].rpartition("/")[2]
    ssh = SshLend(read_ssh_line(argv), app.request) if program == PROGRAM else None
    if not (name := app.settings.choose_name(arguments.first)):
        raise NoProfileError("no profile given", "shellvault lend PROFILE -- ssh HOST")
    resolved = app.resolve_session(name)
    about = app.variables(resolved)
    session = app.obtain_session(name, about.get(VIA, ""))
    loan = make_loan(name, ssh.label if ssh else program, arguments, session, resolved.chain)
    if ssh is None:
        require_program(argv[0], environ)
        changes = enter(app, name, arguments, os.getpid(), loan)
        loan.announce(app.request, app.settings)
        return Answer(program=Program(argv, exec_environ(environ, changes)))
    region = app.settings.region or resolved.profile.settings.get("region", "")
    variables = choose_variables(name, region, session.account or resolved.chain.account, about)
    wish = make_wish(name, resolved.chain, app.request, arguments, about)
    return ssh.run(loan, wish, variables, app.settings)
