"""`status`: shows what this shell holds, what overrides it, and what is out of date."""

from __future__ import annotations

import time

from shellvault.argparser import COMMON, JSON, Command, Option
from shellvault.core import environment
from shellvault.core.durations import format_time_left
from shellvault.core.ownership import asks_endpoint, asks_shellvault, chosen_profile, is_ours
from shellvault.core.process_environment import THROUGH
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
    from shellvault.core.wish import ClaimStatus
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

    `source` is `credential_process`, or `endpoint` and its address, if programs ask shellvault themselves; with an
    endpoint, `expires_at` is that of the session it holds. `agent` is the agent's process id.
    """

    profile: str | None
    source: str | None
    expires_at: int | None
    access_key_id: str | None
    vault: str
    agent: int | None
    findings: tuple[str, ...]


def run(app: App, arguments: Arguments) -> Answer:
    """Return the report."""
    environ, storage = app.request.environ, app.storage
    if profile := arguments.get("--stamp"):
        return Answer(stdout=status_file.find_path(storage.home, profile) + "\n")
    vault = _describe_vault(storage)
    agent = app.request.host.agent_pid()
    if asks_endpoint(environ):
        claim = app.request.host.find_claim(environ[environment.SERVER])
        report = _report_endpoint(environ, vault, agent, claim, find_index_problem(storage.index))
    else:
        problems = _find_problems(environ, app.resolve, lambda: storage.session_cache().notes())
        report = _report(environ, vault, agent, (*find_index_problem(storage.index), *problems))
    if arguments.has("--json"):
        return Answer(stdout=_format_json(report))
    return Answer(stdout=_format_text(report, environ.get(environment.PROFILE)))


def _report_endpoint(
    environ: Mapping[str, str], vault: str, agent: int | None, claim: ClaimStatus | None, findings: Iterable[Finding]
) -> StatusReport:
    from shellvault.doctor.endpoint_check import find_endpoint_notes, name_endpoint

    key_id = environ.get(environment.CREDENTIALS[0], "")
    return StatusReport(
        profile=environ.get(environment.PROFILE),
        source=f"endpoint {name_endpoint(environ)}",
        expires_at=claim.expires_at if claim else None,
        access_key_id=last4(key_id) if key_id else None,
        vault=vault,
        agent=agent,
        findings=tuple(map(_format_finding, (*findings, *find_endpoint_notes(environ, claim)))),
    )


def _report(environ: Mapping[str, str], vault: str, agent: int | None, findings: Iterable[Finding]) -> StatusReport:
    key_id = environ.get(environment.CREDENTIALS[0], "")
    ours = environ if is_ours(environ) else {}
    is_asked, chosen = asks_shellvault(environ), chosen_profile(environ)
    if chosen == environ.get(environment.PROFILE) and not ours:
        chosen = ""  # other keys, files or profiles take precedence
    return StatusReport(
        profile=(chosen or None) if is_asked else ours.get(environment.PROFILE),
        source="credential_process" if is_asked else None,
        expires_at=parse_epoch(ours.get(environment.EXPIRES_AT, "")),
        access_key_id=last4(key_id) if key_id else None,
        vault=vault,
        agent=agent,
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
        through = THROUGH if report.source == "credential_process" else f"through the {report.source}"
        lines = [("profile", f"{report.profile or 'whichever a program names'}, {through}")]
    if report.expires_at:
        lines.append(("time left", format_time_left(report.expires_at, time.time())))
    if report.access_key_id:
        lines.append(("key id", report.access_key_id))
    lines.append(("vault", report.vault))
    if report.agent:
        lines.append(("agent", f"process {report.agent}"))
    lines += [("note", finding) for finding in report.findings]
    return "".join(f"{name:<11}{sanitize(value)}\n" for name, value in lines)


def _format_json(report: StatusReport) -> str:
    import json

    document = {field: getattr(report, field) for field in StatusReport._fields}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
