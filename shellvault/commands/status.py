"""`status`: shows what this shell holds, what overrides it, and what is out of date."""

from __future__ import annotations

import time

from shellvault.argparser import COMMON, JSON, Command, Option
from shellvault.core import environment
from shellvault.core.durations import format_time_left
from shellvault.core.process_environment import THROUGH, asks_shellvault, chosen_profile
from shellvault.core.record import Record
from shellvault.core.text import last4, sanitize
from shellvault.doctor.session_check import find_shadows, find_stale, parse_epoch
from shellvault.doctor.vault_check import find_index_problem
from shellvault.request import Answer
from shellvault.storage import status_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from shellvault.app import App
    from shellvault.argparser import Arguments
    from shellvault.doctor.finding import Finding
    from shellvault.doctor.session_check import ListNotes, Resolve
    from shellvault.storage.opener import Storage

COMMAND = Command(
    "status",
    "show this shell's session and any problems",
    options=(
        JSON,
        Option(
            "--stamp", "print the path of the file that changes when this profile's session is renewed", value="PROFILE"
        ),
        *COMMON,
    ),
)


class StatusReport(Record):
    """What a shell holds; `expires_at` is in epoch seconds, and `findings` are sentences.

    `source` is `credential_process` where programs ask shellvault themselves.
    """

    profile: str | None
    source: str | None
    expires_at: int | None
    access_key_id: str | None
    vault: str
    findings: tuple[str, ...]


def run(app: App, arguments: Arguments) -> Answer:
    """Return the report."""
    environ, storage = app.request.environ, app.storage
    if profile := arguments.get("--stamp"):
        return Answer(stdout=status_file.find_path(storage.home, profile) + "\n")
    vault = _describe_vault(storage)
    problems = _find_problems(environ, app.resolve, lambda: storage.session_cache().notes())
    report = _report(environ, vault, (*find_index_problem(storage.index), *problems))
    if arguments.has("--json"):
        return Answer(stdout=_format_json(report))
    return Answer(stdout=_format_text(report, environ.get(environment.PROFILE)))


def _report(environ: Mapping[str, str], vault: str, findings: Iterable[Finding]) -> StatusReport:
    key_id = environ.get(environment.CREDENTIALS[0], "")
    ours = environ if environment.is_ours(environ) else {}
    is_asked = asks_shellvault(environ)
    return StatusReport(
        profile=(chosen_profile(environ) or None) if is_asked else ours.get(environment.PROFILE),
        source="credential_process" if is_asked else None,
        expires_at=parse_epoch(ours.get(environment.EXPIRES_AT, "")),
        access_key_id=last4(key_id) if key_id else None,
        vault=vault,
        findings=tuple(map(_format_finding, findings)),
    )


def _find_problems(environ: Mapping[str, str], resolve: Resolve, list_notes: ListNotes) -> list[Finding]:
    if asks_shellvault(environ):
        from shellvault.doctor.process_check import find_process_notes

        return find_process_notes(environ, resolve)
    return [*find_shadows(environ), *find_stale(environ, resolve, list_notes)]


def _describe_vault(storage: Storage) -> str:
    from shellvault.storage.backends import SEALED

    if storage.backend_name != SEALED:
        return storage.backend_name
    vault_id = storage.find_vault_id()
    if vault_id is None:
        return "sealed, still empty"
    lock_time = storage.unlocked_keys().find_lock_time(vault_id)
    if not lock_time:
        return "sealed, locked"
    return f"sealed, unlocked; locks in {format_time_left(lock_time, time.time())} if unused"


def _format_finding(finding: Finding) -> str:
    return f"{finding.message}: {finding.fix}" if finding.fix else finding.message


def _format_text(report: StatusReport, left: str | None) -> str:
    """Format the report for people; `left` is the profile whose session was put here, whatever happened to it."""
    none = f"the session of '{left}' is no longer what AWS sees" if left else "no shellvault session in this shell"
    lines = [("profile", report.profile or f"none ({none})")]
    if report.source:
        lines = [("profile", f"{report.profile or 'whichever a program names'}, {THROUGH}")]
    if report.expires_at:
        lines.append(("time left", format_time_left(report.expires_at, time.time())))
    if report.access_key_id:
        lines.append(("key id", report.access_key_id))
    lines.append(("vault", report.vault))
    lines += [("note", finding) for finding in report.findings]
    return "".join(f"{name:<11}{sanitize(value)}\n" for name, value in lines)


def _format_json(report: StatusReport) -> str:
    import json

    document = {field: getattr(report, field) for field in StatusReport._fields}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
