"""`panic`: takes back stored keys, and the sessions of the roles that they lead to: for the day of a theft."""

from __future__ import annotations

import time
from functools import partial

from shellvault.argparser import COMMON, MFA_TOKEN, PROMPT, REGION, Command, Option
from shellvault.commands import VERBS
from shellvault.commands.panic_here import finish_here
from shellvault.commands.panic_limits import make_hasty, run_alone, without_config
from shellvault.commands.panic_past import list_gone
from shellvault.commands.panic_report import describe_outcomes, describe_task, find_status, summarize_task
from shellvault.commands.panic_signers import PanicCredentials
from shellvault.commands.panic_task import PanicTaskMaker
from shellvault.commands.revoke_signers import make_signers
from shellvault.core.errors import AwsRefusedError, CancelledError, DeclinedError, ShellvaultError
from shellvault.core.revocation.panic_run import PanicRun
from shellvault.core.revocation.panic_steps import Outcome, Watch, find_done
from shellvault.core.revocation.principals import ROLE
from shellvault.core.text import format_error, quote_word
from shellvault.request import Answer
from shellvault.storage import session_log
from shellvault.storage.panic_file import PanicFile
from shellvault.system.deadline import time_since_boot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from shellvault.app import App
    from shellvault.argparser import Arguments
    from shellvault.commands.panic_task import PanicTask
    from shellvault.commands.revoke_signers import Signers
    from shellvault.core.revocation.principals import Principal
    from shellvault.request import Request
    from shellvault.settings import Settings

COMMAND = Command(
    "panic",
    VERBS["panic"],
    positionals=("[PROFILE …]",),
    options=(
        Option("--yes", "do not ask"),
        Option("--dry-run", "say what would be done, and do nothing"),
        MFA_TOKEN,
        PROMPT,
        REGION.replace(help="the region of key pairs whose profiles have none"),
        *COMMON,
    ),
    details="""\
For a stolen laptop or a leaked key. For every stored key pair, or only those behind the profiles you name, it ends all
sessions of the key's user and of every role that a profile reaches from it, and then deactivates the key at AWS. After
that it forgets all sessions and sign-ins, locks the sealed vault, and stops the agent and everything served or lent.

If a step fails, it continues, and tells you at the end what was done, what was not, and who can do it where. You can
run it again at any time. Exit status 0: all is done; 7: AWS refused something; 8: AWS could not be reached.

The key pairs stay in the vault, and can be activated again in the AWS console (IAM, Users). Sessions obtained within a
minute after panic are denied as well. Only an administrator can end sessions of IAM Identity Center: panic lists
the profiles.
""",
)

_ELSEWHERE = "if it is of AWS GovCloud or China, run it again with --region and a region there"


def run(app: App, arguments: Arguments) -> Answer:
    """Take back what is named, or everything, and say what became of each step."""
    app, unread = _start(partial(type(app), app.request), make_hasty(app.settings, app.ui.notice))
    storage, request, ui = app.storage, app.request, app.ui
    records = PanicFile(storage.home, ui.notice)
    task = PanicTaskMaker(app.profiles, storage, app.settings, records).make(arguments.positionals)
    task = task.replace(impossible=(*unread, *task.impossible))
    again = " ".join(map(quote_word, ("shellvault", *(word for word in request.words if word != "--yes"))))
    if arguments.has("--dry-run"):
        gone = list_gone(records, task.stored, task.names)
        return Answer(stdout=describe_task(task.replace(impossible=(*task.impossible, *gone))))
    if not arguments.has("--yes") and not ui.confirm_by_word("Go on?", summarize_task(task), f"{again} --yes"):
        raise DeclinedError("nothing was done", "type the whole word yes")
    log = request, app.settings
    signers = make_signers(app.broker, app.providers, app.network, storage, app.profiles, log)
    watch = Watch(ui.progress, _make_note(signers, log), time.sleep, time_since_boot, _ELSEWHERE)
    panic = PanicRun(task.plan, PanicCredentials(signers, storage), records, watch)
    with run_alone(storage.home, ui.notice):
        records.read()  # another run may have ended in the meantime
        is_done = _take_steps(panic, task, records, lambda: finish_here(storage, request, ui.notice))
    outcomes = [*panic.outcomes, *task.impossible, *list_gone(records, task.stored | panic.fingerprints, task.names)]
    said = describe_outcomes(outcomes, task.left)
    if is_done:
        return Answer(find_status(outcomes), said)
    error = CancelledError("interrupted: the rest was not done", f"{again} continues from here")
    return Answer(error.status, said, format_error(error))


def _take_steps(panic: PanicRun, task: PanicTask, records: PanicFile, finish: Callable[[], Iterable[Outcome]]) -> bool:
    """Take all steps; return whether they were completed, and not interrupted by Ctrl-C."""
    try:
        try:
            panic.run()
        finally:
            records.keep_open(task.plan.roles, task.strays, find_done(panic.outcomes))
        panic.outcomes.extend(finish())
    except KeyboardInterrupt:
        return False
    return True


def _start(start: Callable[[Settings], App], settings: Settings) -> tuple[App, tuple[Outcome, ...]]:
    """Return the app, and what is wrong with the config file; if it cannot be read, the app does without it."""
    app = start(settings)
    try:
        app.profiles.names()
    except ShellvaultError as error:
        what = AwsRefusedError(f"it was not read: {error.message}", error.hint)
        outcome = Outcome(
            "the config file", what, "once it can be read, run shellvault panic again for the roles in it"
        )
        return start(without_config(settings)), (outcome,)
    return app, ()


def _make_note(signers: Signers, log: tuple[Request, Settings]) -> Callable[[str, Principal | None, str], None]:
    """Return what notes in the log that something was taken back; see `Watch`."""

    def note(name: str, principal: Principal | None, key_id: str) -> None:
        account = principal.account if principal else ""
        role = principal.name if principal and principal.kind == ROLE else ""
        kept = signers.find_key_id((name, f"{account}/{role}"), principal) if principal and role else ""
        session_log.note(*log, session_log.REVOKED, name, ("", key_id or kept, account, role))

    return note
