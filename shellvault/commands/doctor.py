"""`doctor`: checks everything that a session depends on, and says what is wrong and what to type."""

from __future__ import annotations

from importlib import import_module

from shellvault.argparser import COMMON, JSON, Command
from shellvault.commands import VERBS
from shellvault.core.option_values import put_variables
from shellvault.core.ownership import asks_endpoint, asks_shellvault
from shellvault.core.text import sanitize
from shellvault.doctor.agent_check import check_agent
from shellvault.doctor.caller_check import check_caller
from shellvault.doctor.clock_check import check_clock
from shellvault.doctor.endpoint_check import check_endpoint
from shellvault.doctor.finding import FAIL
from shellvault.doctor.key_age_check import CreationDates, check_key_ages
from shellvault.doctor.plaintext_check import check_plaintext
from shellvault.doctor.process_check import check_process
from shellvault.doctor.profiles_check import check_profiles
from shellvault.doctor.region_check import check_regions
from shellvault.doctor.session_check import check_session
from shellvault.doctor.settings_check import check_settings
from shellvault.doctor.shell_check import check_hook
from shellvault.doctor.vault_check import check_vault, is_readable
from shellvault.doctor.winner_check import check_winners
from shellvault.key_reminder import find_limit
from shellvault.request import Answer
from shellvault.shell.shell_detection import detect_shell, respell_for

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from shellvault.app import App
    from shellvault.argparser import Arguments, Option
    from shellvault.doctor.finding import Finding

COMMAND = Command(
    "doctor",
    VERBS["doctor"],
    options=(JSON, *COMMON),
    details="""\
Each line is `ok`, `warn` or `fail`, with the fix, if any, on the next line. Nothing is changed. AWS is asked for the
time, without credentials, and whether it still accepts this shell's session. While the vault is unlocked, each key pair
asks once when it was created (iam:ListAccessKeys), and the answer is remembered.

Exit status: 0 unless something fails: 5 for a vault that cannot be reached or is damaged, 2 for a key pair in
plaintext or a setting that cannot be used, 7 for a clock so wrong that AWS refuses every request, or a session that
AWS no longer accepts; 1 for an agent that does not answer. If several apply, the first listed is used.
""",
)

CHECKS: dict[str, Callable[[App], Iterable[Finding]]] = {
    "vault": lambda app: check_vault(app.storage, app.settings),
    "settings": lambda app: check_settings(app.request.environ, _list_options()),
    "agent": lambda app: check_agent(app.request.environ),
    "plaintext": lambda app: check_plaintext(app.settings, app.storage.fingerprints),
    "profiles": lambda app: check_profiles(lambda: app.profiles, app.settings),
    "regions": lambda app: check_regions(lambda: app.profiles, app.request.environ),
    "clock": lambda app: check_clock(lambda: app.profiles, lambda: app.network(None, asks=False), app.settings),
    "key age": lambda app: check_key_ages(
        app.storage,
        lambda: find_limit(app.settings.environ),
        CreationDates(
            app.storage,
            lambda: is_readable(app.storage, app.settings),
            lambda: app.profiles,
            lambda it: app.network(it, asks=False),
        ),
    ),
    "session": lambda app: (
        check_endpoint(app.request.environ, app.request.host.find_claim)
        if asks_endpoint(app.request.environ)
        else check_process(app.request.environ, app.resolve)
        if asks_shellvault(app.request.environ)
        else check_session(
            app.request.environ,
            app.resolve,
            lambda: app.storage.session_cache().notes(),
            lambda name: check_caller(name, app.settings.environ, app.resolve, lambda it: app.network(it, asks=False)),
        )
    ),
    "credentials": lambda app: check_winners(app.request.environ, app.settings.user_home),
    "hook": lambda app: check_hook(
        detect_shell(app.request.terminal.caller_pid) or "",
        app.settings,
        is_watched=app.request.terminal.stdout_is_tty,
    ),
}
"""Name -> check, in the order of the output; each gets what it needs, and opens it where it can report a failure."""

_HELD = "session"
"""The check of what this shell holds; to the others, its profile's name means the profile of the config file."""
_WORST = (5, 2, 7, 1)


def run(app: App, arguments: Arguments) -> Answer:
    """Return what was found."""
    choice, caller = app.settings.choice, app.request.terminal.caller_pid
    held = type(app)(app.request, app.settings.replace(choice=choice.keep_held())) if choice else app
    found = (
        each.replace(check=name) for name, check in CHECKS.items() for each in check(held if name == _HELD else app)
    )
    findings = _merge((_name_variables(each, arguments.variables) for each in found), caller)
    output = _format_json(findings) if arguments.has("--json") else "".join(map(_format_text, findings))
    return Answer(_exit_status(findings), output)


def _list_options() -> Iterator[Option]:
    """Yield the options of all commands: their variables count in any of them."""
    for verb in VERBS:
        yield from import_module(f"shellvault.commands.{verb}").COMMAND.options


def _name_variables(finding: Finding, variables: Mapping[str, str]) -> Finding:
    """Return a finding that names the variables which gave doctor its options."""
    message, fix = put_variables(finding.message, finding.fix, variables)
    return finding.replace(message=message, fix=fix)


def _merge(findings: Iterable[Finding], caller: int) -> list[Finding]:
    """Return what was found, once even if two checks found it, with fixes for the shell that called."""
    found: dict[Finding, Finding] = {}
    for each in findings:
        found.setdefault(each.replace(check=""), each)
    return [each.replace(fix=respell_for(caller, each.fix)) for each in found.values()]


def _exit_status(findings: list[Finding]) -> int:
    found = {finding.status for finding in findings if finding.state == FAIL}
    return next((status for status in (*_WORST, *sorted(found)) if status in found), 0)


def _format_text(finding: Finding) -> str:
    line = f"{finding.state:<6}{sanitize(finding.message)}\n"
    return line + (f"      -> {sanitize(finding.fix)}\n" if finding.fix else "")


def _format_json(findings: list[Finding]) -> str:
    import json

    fields = [(each.check, each.state, each.message, each.fix or None) for each in findings]
    document = [dict(zip(("check", "state", "message", "fix"), each, strict=True)) for each in fields]
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
