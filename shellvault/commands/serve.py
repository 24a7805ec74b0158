"""`serve`: answers programs that ask for a profile's credentials over HTTP, in the foreground."""

from __future__ import annotations

import gc
import os

from shellvault.argparser import ANY_ROLE, ANY_SCOPE, COMMON, SESSION, Command
from shellvault.commands import VERBS
from shellvault.core.errors import CancelledError, UsageError
from shellvault.core.record import Secret
from shellvault.core.text import quote_word
from shellvault.request import Answer
from shellvault.storage.session_log import HANDED_OVER, note_session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from shellvault.agent.claims import Ticket
    from shellvault.app import App
    from shellvault.argparser import Arguments
    from shellvault.core.model import Session

COMMAND = Command(
    "serve",
    VERBS["serve"],
    positionals=("[PROFILE]",),
    options=(*ANY_ROLE, *ANY_SCOPE, *SESSION, *COMMON),
    details="""\
  shellvault serve dev      prints two variables, with which the AWS CLI and SDKs keep asking
  docker run --network host -v FILE:FILE:ro \\
    -e AWS_CONTAINER_CREDENTIALS_FULL_URI -e …
  ssh -R PORT:127.0.0.1:PORT HOST      after copying the token file there

It listens on 127.0.0.1 only. For one command on this machine:
  shellvault exec --server PROFILE -- CMD
""",
)

_USAGE = """\
Serving the credentials of '{name}' at 127.0.0.1:{port} until Ctrl-C. To give them to a program:

  export AWS_CONTAINER_CREDENTIALS_FULL_URI={url}
  export AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE={file}

A container needs this machine's network (--network host) and that file. For another machine, copy the file there and
connect with: ssh -R {port}:127.0.0.1:{port} HOST
"""


def run(app: App, arguments: Arguments) -> Answer:
    """Serve until Ctrl-C, or a signal that ends this process."""
    from shellvault.agent.endpoint import Endpoint
    from shellvault.core.wish import Wish
    from shellvault.system.main_thread import MainThread
    from shellvault.system.process_hardening import protect_memory
    from shellvault.system.signals import RestoreOnSignal

    if not (name := app.settings.choose_name(arguments.first)):
        raise UsageError("no profile given", "shellvault serve PROFILE; shellvault list shows the profiles")
    later = app.settings.replace(fresh=False, mfa_token=Secret(""))
    chain, first = app.resolve_session(name).chain, app.obtain_session(name)  # so that errors appear now
    protect_memory()
    gc.enable()  # short commands run without it
    thread = MainThread()

    def mint(_claim: object) -> Session:
        return thread.call(lambda: type(app)(app.request, later).obtain_session(name))

    def note(_claim: object, session: Session) -> None:
        note_session(app.request, later, HANDED_OVER, name, chain, session, "shellvault")

    endpoint = Endpoint(mint, _make_folder(app.request.environ), on_end=thread.stop, on_give=note)
    with endpoint, RestoreOnSignal(endpoint.close):
        wish = Wish(name, chain.identity, (), {}, "", renews_ahead=not chain.needs_person)
        app.request.terminal.write(_describe(name, endpoint.open_claim(wish, os.getpid(), first)))
        try:
            thread.run_forever()
        except KeyboardInterrupt:
            return Answer(CancelledError.status)


def _make_folder(environ: Mapping[str, str]) -> str:
    from shellvault import find_folder
    from shellvault.agent.places import note_place
    from shellvault.system.new_file import make_private_folder

    folder = make_private_folder(find_folder(environ))
    note_place(environ, folder)
    return folder


def _describe(name: str, ticket: Ticket) -> str:
    port = ticket.url.removeprefix("http://").partition("/")[0].partition(":")[2]
    return _USAGE.format(name=name, port=port, url=quote_word(ticket.url), file=quote_word(ticket.token_file))
