"""`status`: what this shell holds, what would win over it, and what is out of date."""

from __future__ import annotations

import time

from shellvault.argparser import EVERYWHERE, JSON, Command, Option
from shellvault.commands import Answer
from shellvault.core import environment
from shellvault.core.chain.links import StoredKey, root_of
from shellvault.core.durations import format_time_left
from shellvault.core.errors import ShellvaultError, quote_word
from shellvault.core.model import KeyPair
from shellvault.core.record import Record, Secret
from shellvault.core.text import last4, sanitize
from shellvault.storage import status_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from shellvault.app import App
    from shellvault.argparser import Arguments

COMMAND = Command(
    "status",
    "show what this shell holds, and what is wrong with it",
    options=(
        JSON,
        Option("--stamp", "print the file that changes when this profile's session is renewed", value="PROFILE"),
        *EVERYWHERE,
    ),
)


_LONGEST_EPOCH = 11  # digits; a longer number is none of ours


class Report(Record):
    """What there is to tell. `expires_at` is epoch seconds; `findings` are sentences."""

    profile: str | None
    expires_at: int | None
    access_key_id: str | None
    vault: str
    findings: tuple[str, ...]


def run(app: App, arguments: Arguments) -> Answer:
    """Return the report."""
    environ = app.environ
    if profile := arguments.get("--stamp"):
        return Answer(status_file.path(environ, app.home, profile) + "\n")
    key_id = environ.get("AWS_ACCESS_KEY_ID", "")
    report = Report(
        profile=environ.get(environment.PROFILE),
        expires_at=_epoch(environ.get("SHELLVAULT_EXPIRES_AT", "")),
        access_key_id=last4(key_id) if key_id else None,
        vault=_vault(app),
        findings=(*shadows(environ), *stale(app)),
    )
    return Answer(_json(report) if arguments.has("--json") else _text(report))


def _json(report: Report) -> str:
    import json

    document = {field: getattr(report, field) for field in Report._fields}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _text(report: Report) -> str:
    lines = [("profile", report.profile or "none: there is no session of shellvault's in this shell")]
    if report.expires_at:
        lines.append(("time left", format_time_left(report.expires_at, time.time())))
    if report.access_key_id:
        lines.append(("key id", report.access_key_id))
    lines.append(("vault", report.vault))
    lines += [("note", finding) for finding in report.findings]
    return "".join(f"{name:<11}{sanitize(value)}\n" for name, value in lines)


def _epoch(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST_EPOCH else None


def _vault(app: App) -> str:
    from shellvault.storage.backends import SEALED

    name = app.backend_name
    if name != SEALED:
        return name
    vault_id = app.sealed().vault_id()
    if vault_id is None:
        return "sealed, empty as yet"
    until = app.holder().until(vault_id)
    return f"sealed, unlocked for {format_time_left(until, time.time())}" if until else "sealed, locked"


def shadows(environ: Mapping[str, str]) -> list[str]:
    """Name the variables that would win over the credentials in this shell."""
    if environment.PROFILE not in environ:
        names = [name for name in environment.CREDENTIALS[:1] if environ.get(name)]
        return [f"{name} was set by something else; shellvault env PROFILE puts its own in front" for name in names]
    again = f'eval "$(shellvault env {quote_word(environ[environment.PROFILE])})"'
    return [f"{name} is set and may win over the session: {again}" for name in environment.SHADOWS if environ.get(name)]


def stale(app: App) -> list[str]:
    """Say what has changed since the session was put into this shell."""
    name = app.environ.get(environment.PROFILE)
    if not name:
        return []
    again = f'eval "$(shellvault env {quote_word(name)})"'
    expires_at = _epoch(app.environ.get("SHELLVAULT_EXPIRES_AT", ""))
    if expires_at is not None and expires_at <= time.time():
        return [f"the session has expired: {again}"]
    if not environment.is_ours(app.environ):
        return [f"the credentials were changed since: {again}"]
    return [f"{finding}: {again}" if finding else finding for finding in _compared(app, name)]


def _compared(app: App, name: str) -> list[str]:
    """Compare the shell's session with what is known of the one in the cache; no secret is read for it."""
    try:
        chain = app.plan(name).chain
    except ShellvaultError as error:
        return [f"{error.message}; the session in this shell is from before"]
    if "SHELLVAULT_EXPIRES_AT" not in app.environ:  # --no-session: the key pair itself is in this shell
        pair = KeyPair(app.environ.get("AWS_ACCESS_KEY_ID", ""), Secret())
        foot = root_of(chain)
        same = isinstance(foot, StoredKey) and pair.fingerprint == foot.fingerprint
        return [] if same else ["the key pair was replaced"]
    if isinstance(chain, StoredKey):
        return []
    cached = [note.expires_at for note in app.sessions().notes() if note.identity == chain.identity]
    if not cached:
        return ["the config, the key, the cache or the options are not those of then"]
    return ["a newer session is there"] if cached[0] != _epoch(app.environ["SHELLVAULT_EXPIRES_AT"]) else []
