"""`status`: shows what this shell holds, what overrides it, and what is out of date."""

from __future__ import annotations

import time

from shellvault.argparser import COMMON, JSON, Command, Option
from shellvault.core import environment
from shellvault.core.durations import format_time_left
from shellvault.core.errors import ShellvaultError
from shellvault.core.model import is_account
from shellvault.core.ownership import asks_endpoint, asks_shellvault, chosen_profile, is_ours
from shellvault.core.process_environment import THROUGH
from shellvault.core.record import Record
from shellvault.core.text import last4, sanitize
from shellvault.doctor.session_check import find_shadows, find_stale, list_shadows, parse_epoch
from shellvault.doctor.vault_check import find_index_problem
from shellvault.request import Answer
from shellvault.storage import status_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

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
    """What a shell holds, in the order of the JSON; None where something is unknown, or there is nothing.

    `expires_at` is in epoch seconds, `shadowed_by` has names of variables, and `findings` are sentences. `credentials`
    is the name of the profile's own key pair. If programs ask shellvault themselves, `source` is `credential_process`,
    or `endpoint` and its address; with an endpoint, `expires_at` is that of the session it holds. `agent` is the
    agent's process id.
    """

    profile: str | None
    credentials: str | None
    account: str | None
    role: str | None
    region: str | None
    source: str | None
    scope: str | None
    expires_at: int | None
    key_age_days: int | None
    shadowed_by: tuple[str, ...] | None
    vault: str
    agent: int | None
    access_key_id: str | None
    findings: tuple[str, ...]


def run(app: App, arguments: Arguments) -> Answer:
    """Return the report."""
    environ, storage = app.request.environ, app.storage
    if profile := arguments.get("--stamp"):
        return Answer(stdout=status_file.find_path(storage.home, profile) + "\n")
    report = _report_endpoint(app) if asks_endpoint(environ) else _report(app)
    if arguments.has("--json"):
        return Answer(stdout=_format_json(report))
    return Answer(stdout=_format_text(report, environ))


def _report_endpoint(app: App) -> StatusReport:
    from shellvault.doctor.endpoint_check import find_endpoint_notes, list_shadows, name_endpoint

    environ, host = app.request.environ, app.request.host
    claim = host.find_claim(environ[environment.SERVER])
    findings = [*find_index_problem(app.storage.index), *find_endpoint_notes(environ, claim)]
    source, expires_at = f"endpoint {name_endpoint(environ)}", claim.expires_at if claim else None
    return _fill_report(app, environ.get(environment.PROFILE), source, expires_at, list_shadows(environ), findings)


def _report(app: App) -> StatusReport:
    environ = app.request.environ
    ours = environ if is_ours(environ) else {}
    is_asked, chosen = asks_shellvault(environ), chosen_profile(environ)
    if chosen == environ.get(environment.PROFILE) and not ours:
        chosen = ""  # other keys, files or profiles take precedence
    shadows, problems = _find_problems(environ, app.resolve, lambda: app.storage.session_cache().notes())
    return _fill_report(
        app,
        (chosen or None) if is_asked else ours.get(environment.PROFILE),
        "credential_process" if is_asked else "",
        parse_epoch(ours.get(environment.EXPIRES_AT, "")),
        shadows,
        [*find_index_problem(app.storage.index), *problems],
        account="" if is_asked else ours.get(environment.ACCOUNT, ""),
    )


def _fill_report(
    app: App,
    profile: str | None,
    source: str,
    expires_at: int | None,
    shadows: Sequence[str],
    findings: Iterable[Finding],
    account: str = "",
) -> StatusReport:
    """Return the report, with what is known of the profile; an `account` or region in the shell comes before that."""
    environ = app.request.environ
    key_id = environ.get(environment.CREDENTIALS[0], "")
    about = _describe_profile(app, profile) if profile else {}
    in_shell = list(filter(None, map(environ.get, environment.REGIONS))) if profile else []
    return StatusReport(
        profile=profile,
        credentials=about.get("credentials") or None,
        account=(account if is_account(account) else about.get("account")) or None,
        role=about.get("role") or None,
        region=(*in_shell, about.get("region") or None)[0],
        source=source or about.get("source") or None,
        scope=None,
        expires_at=expires_at,
        key_age_days=None,
        shadowed_by=tuple(shadows) or None,
        vault=_describe_vault(app.storage),
        agent=app.request.host.agent_pid(),
        access_key_id=last4(key_id) if key_id else None,
        findings=tuple(map(_format_finding, findings)),
    )


def _describe_profile(app: App, name: str) -> dict[str, str]:
    """Return what is known of a profile, by the fields of the report; what is unknown is empty or missing."""
    from shellvault.core.profile_summary import summarize

    try:
        found, keys = summarize(name, app.profiles), app.profiles.fingerprints
    except ShellvaultError:  # a finding says what is wrong with the config file
        return {}
    fields = {field: getattr(found, field) for field in ("account", "role", "region", "source")}
    return {**fields, "credentials": name if name in keys else ""}


def _find_problems(
    environ: Mapping[str, str], resolve: Resolve, list_notes: ListNotes
) -> tuple[list[str], list[Finding]]:
    """Return the variables that override what the shell holds, and all findings."""
    if asks_shellvault(environ):
        from shellvault.doctor import process_check

        return process_check.list_shadows(environ), process_check.find_process_notes(environ, resolve)
    return list_shadows(environ), [*find_shadows(environ), *find_stale(environ, resolve, list_notes)]


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


def _format_text(report: StatusReport, environ: Mapping[str, str]) -> str:
    """Format the report for people."""
    left = environ.get(environment.PROFILE)  # its session was put here, whatever happened to it
    none = f"the session of '{left}' is no longer what AWS sees" if left else "no shellvault session in this shell"
    lines = [("profile", report.profile or f"none ({none})")]
    if through := _describe_way(report.source, environ):
        lines = [("profile", f"{report.profile or 'whichever a program names'}, {through}")]
    about = (("account", report.account), ("role", report.role), ("region", report.region))
    lines += [(name, value) for name, value in about if value]
    if report.expires_at:
        lines.append(("time left", format_time_left(report.expires_at, time.time())))
    if report.access_key_id:
        lines.append(("key id", report.access_key_id))
    lines.append(("vault", report.vault))
    if report.agent:
        lines.append(("agent", f"process {report.agent}"))
    lines += [("note", finding) for finding in report.findings]
    return "".join(f"{name:<11}{sanitize(value)}\n" for name, value in lines)


def _describe_way(source: str | None, environ: Mapping[str, str]) -> str:
    """Return how programs ask shellvault; empty if they do not."""
    if asks_endpoint(environ):
        return f"through the {source}"
    return THROUGH if asks_shellvault(environ) else ""


def _format_json(report: StatusReport) -> str:
    import json

    document = {field: getattr(report, field) for field in StatusReport._fields}
    if report.expires_at is not None:
        document["expires_at"] = time.strftime(environment.UTC, time.gmtime(report.expires_at))
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
