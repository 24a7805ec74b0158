"""`status`: shows what this shell holds, what overrides it, and what is out of date."""

from __future__ import annotations

import time

from shellvault.argparser import COMMON, JSON, Command, Option
from shellvault.commands import VERBS
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
from shellvault.key_reminder import describe_age
from shellvault.request import Answer
from shellvault.storage import status_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from shellvault.app import App
    from shellvault.argparser import Arguments
    from shellvault.awsconfig.profiles import Profiles
    from shellvault.core.key_age import KeyAge
    from shellvault.core.wish import ClaimStatus
    from shellvault.doctor.finding import Finding
    from shellvault.doctor.session_check import ListNotes, Resolve
    from shellvault.storage.opener import Storage

COMMAND = Command(
    "status",
    VERBS["status"],
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
    is the name of the profile's own key pair, and `key_age_days` its age. If programs ask shellvault themselves,
    `source` is `credential_process`, or `endpoint` and its address; with an endpoint, `expires_at` is that of the
    session it holds. `agent` is the agent's process id.
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


class Held(Record):
    """What a shell holds by its variables; see `StatusReport`. `source` and `account` are empty if these do not say."""

    profile: str | None
    source: str
    expires_at: int | None
    account: str
    shadows: Sequence[str]
    findings: Sequence[Finding]


def run(app: App, arguments: Arguments) -> Answer:
    """Return the report."""
    if choice := app.settings.choice:
        app = type(app)(app.request, app.settings.replace(choice=choice.keep_held()))
    environ, host, storage = app.request.environ, app.request.host, app.storage
    if profile := arguments.get("--stamp"):
        return Answer(stdout=status_file.find_path(storage.home, profile) + "\n")
    findings = list(find_index_problem(storage.index))
    if asks_endpoint(environ):
        held = _find_endpoint(environ, host.find_claim(environ[environment.SERVER]), findings)
    else:
        held = _find_session(environ, app.resolve, lambda: storage.session_cache().notes(), findings)
    known = _describe_profile(held.profile, lambda: app.profiles) if held.profile else {}
    age = storage.index.ages().get(known["fingerprint"]) if known.get("fingerprint") else None
    report = _fill_report(environ, held, known, age, _describe_vault(storage), host.agent_pid())
    if report.findings:
        from shellvault.shell.shell_detection import respell_for

        lines = [respell_for(app.request.terminal.caller_pid, line) for line in report.findings]
        report = report.replace(findings=tuple(lines))
    if arguments.has("--json"):
        return Answer(stdout=_format_json(report))
    return Answer(stdout=_format_text(report, environ, age))


def _find_endpoint(environ: Mapping[str, str], claim: ClaimStatus | None, findings: list[Finding]) -> Held:
    from shellvault.doctor.endpoint_check import find_endpoint_notes, list_shadows, name_endpoint

    return Held(
        profile=environ.get(environment.PROFILE),
        source=f"endpoint {name_endpoint(environ)}",
        expires_at=claim.expires_at if claim else None,
        account="",
        shadows=list_shadows(environ),
        findings=[*findings, *find_endpoint_notes(environ, claim)],
    )


def _find_session(environ: Mapping[str, str], resolve: Resolve, list_notes: ListNotes, findings: list[Finding]) -> Held:
    ours = environ if is_ours(environ) else {}
    is_asked, chosen = asks_shellvault(environ), chosen_profile(environ)
    if chosen == environ.get(environment.PROFILE) and not ours:
        chosen = ""  # other keys, files or profiles take precedence
    shadows, problems = _find_problems(environ, resolve, list_notes)
    return Held(
        profile=(chosen or None) if is_asked else ours.get(environment.PROFILE),
        source="credential_process" if is_asked else "",
        expires_at=parse_epoch(ours.get(environment.EXPIRES_AT, "")),
        account="" if is_asked else ours.get(environment.ACCOUNT, ""),
        shadows=shadows,
        findings=[*findings, *problems],
    )


def _fill_report(
    environ: Mapping[str, str],
    held: Held,
    known: Mapping[str, str],
    age: KeyAge | None,
    vault: str,
    agent: int | None,
) -> StatusReport:
    """Return the report; what the shell says of account and region comes before what is known of the profile."""
    key_id = environ.get(environment.CREDENTIALS[0], "")
    regions = [environ[name] for name in environment.REGIONS if held.profile and environ.get(name)]
    return StatusReport(
        profile=held.profile,
        credentials=known.get("credentials") or None,
        account=(held.account if is_account(held.account) else known.get("account")) or None,
        role=known.get("role") or None,
        region=(*regions, known.get("region") or None)[0],
        source=held.source or known.get("source") or None,
        scope=(environ.get(environment.SCOPE) if held.profile else None) or None,
        expires_at=held.expires_at,
        key_age_days=age.days(time.time()) if age else None,
        shadowed_by=tuple(held.shadows) or None,
        vault=vault,
        agent=agent,
        access_key_id=last4(key_id) if key_id else None,
        findings=tuple(map(_format_finding, held.findings)),
    )


def _describe_profile(name: str, load: Callable[[], Profiles]) -> dict[str, str]:
    """Return what is known of a profile, by field, and its key pair's fingerprint; the rest is empty or missing."""
    from shellvault.core.profile_summary import summarize

    try:
        profiles = load()
    except ShellvaultError:  # a finding says what is wrong with the config file
        return {}
    found = summarize(name, profiles)
    fields = {field: getattr(found, field) for field in ("account", "role", "region", "source")}
    fingerprint = profiles.fingerprints.get(name, "")
    return {**fields, "credentials": name if fingerprint else "", "fingerprint": fingerprint}


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


def _format_text(report: StatusReport, environ: Mapping[str, str], age: KeyAge | None) -> str:
    """Format the report for people."""
    left = environ.get(environment.PROFILE)  # its session was put here, whatever happened to it
    none = f"the session of '{left}' is no longer what AWS sees" if left else "no shellvault session in this shell"
    lines = [("profile", report.profile or f"none ({none})")]
    if through := _describe_way(report.source, environ):
        lines = [("profile", f"{report.profile or 'whichever a program names'}, {through}")]
    about = (("scope", report.scope), ("account", report.account), ("role", report.role), ("region", report.region))
    lines += [(name, value) for name, value in about if value]
    if report.expires_at:
        lines.append(("time left", format_time_left(report.expires_at, time.time())))
    if report.access_key_id:
        lines.append(("key id", report.access_key_id))
    if report.key_age_days and age and report.credentials:
        lines.append(("key pair", describe_age(report.credentials, age, environ)))
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
