"""`doctor`: checks everything that a session depends on, and says what is wrong and what to type."""

from __future__ import annotations

from shellvault.argparser import COMMON, JSON, Command
from shellvault.aws.network import find_network
from shellvault.core.text import sanitize
from shellvault.doctor.caller_check import check_caller
from shellvault.doctor.clock_check import check_clock
from shellvault.doctor.finding import BAD
from shellvault.doctor.plaintext_check import check_plaintext
from shellvault.doctor.profiles_check import check_profiles
from shellvault.doctor.session_check import check_session
from shellvault.doctor.shell_check import check_hook
from shellvault.doctor.vault_check import check_vault
from shellvault.request import Answer
from shellvault.shell.shell_detection import detect_shell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.app import App
    from shellvault.argparser import Arguments
    from shellvault.awsconfig.profiles import Profiles
    from shellvault.doctor.finding import Finding

COMMAND = Command(
    "doctor",
    "check for problems: vault, clock, plaintext keys, profiles, this shell",
    options=(JSON, *COMMON),
    details="""\
Each line is `ok`, a `note`, or `bad`, with what to type below it. Nothing is changed, and no key of the vault is used:
AWS is asked for the time, without credentials, and whether it still accepts the session in this shell.

Exit status: 0 unless something is bad: 5 for a vault that cannot be reached or is damaged, 2 for a key pair in
plaintext or a setting that cannot be used, 7 for a clock so wrong that AWS refuses every request, or for a session that
AWS no longer accepts. The first of these counts.
""",
)

_WORST = (5, 2, 7)


def run(app: App, arguments: Arguments) -> Answer:
    """Return what was found."""

    def load_profiles() -> Profiles:
        return app.profiles  # raises where the config file or the vault's name cannot be used

    settings, storage = app.settings, app.storage
    network = find_network(settings, settings.ca_bundle, app.ui.progress)
    findings = [
        *check_vault(storage, settings),
        *check_plaintext(settings),
        *check_profiles(load_profiles, settings),
        *check_clock(load_profiles, settings, network),
        *check_session(
            settings.environ,
            app.resolve,
            lambda: storage.session_cache().notes(),
            lambda name: check_caller(name, settings.environ, app.resolve, app.profiles, network),
        ),
        check_hook(detect_shell(app.request.terminal.caller_pid) or "", settings),
    ]
    findings = list(dict.fromkeys(findings))
    output = _format_json(findings) if arguments.has("--json") else "".join(map(_format_text, findings))
    return Answer(_exit_status(findings), output)


def _exit_status(findings: list[Finding]) -> int:
    found = {finding.status for finding in findings if finding.state == BAD}
    return next((status for status in (*_WORST, *sorted(found)) if status in found), 0)


def _format_text(finding: Finding) -> str:
    line = f"{finding.state:<6}{sanitize(finding.message)}\n"
    return line + (f"      -> {sanitize(finding.fix)}\n" if finding.fix else "")


def _format_json(findings: list[Finding]) -> str:
    import json

    document = [{"mark": each.state, "what": each.message, "mend": each.fix or None} for each in findings]
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
