"""Renews the session that a shell holds, for the hook: within a time limit, with the outcome in the status file."""

from __future__ import annotations

from shellvault.core import environment
from shellvault.core.errors import AwsUnreachableError, UsageError
from shellvault.core.ownership import is_ours
from shellvault.core.text import quote_word
from shellvault.request import Answer
from shellvault.storage import status_file
from shellvault.storage.session_log import RENEWED, note_session
from shellvault.system.deadline import Deadline

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from shellvault.app import App
    from shellvault.core.model import Session
    from shellvault.core.scope import Scope
    from shellvault.core.shell_memory import Changes

TIMEOUT = "10s"


def refresh_session(app: App, word: str, failure: str) -> Changes:
    """Return what replaces the session that this shell holds by a newer one.

    `word` is the profile on the command line, if any; `failure` is what stdout must hold when the time is up.

    Raises:
        UsageError: the shell holds no session, or credentials that something else put there.
        ShellvaultError: there is no newer session; the status file says so too.
    """
    environ = app.request.environ
    name = _held_profile(word, environ)
    status = status_file.find_path(app.settings.home, name, environ.get(environment.VIA, ""))

    def give_up(reason: str) -> None:
        error = AwsUnreachableError(reason)
        status_file.record_failure(status, error)
        app.request.terminal.finish(Answer(error.status, failure, f"error: {error.message}\n"))

    def obtain() -> Session:
        resolved = app.resolve(name)
        if resolved.chain.stored_key:
            raise UsageError(f"'{name}' has no session to renew", "shellvault env PROFILE")
        _require_same_endpoint(name, environ, resolved.endpoint)
        _require_same_scope(name, environ.get(environment.SCOPE, ""), resolved.scope)
        session = app.with_current_keys(resolved, lambda chosen: app.broker(chosen).renew(chosen.chain))
        app.note_session(resolved, session)
        note_session(app.request, app.settings, RENEWED, name, resolved.chain, session, "")
        return session

    with Deadline(app.settings.timeout or TIMEOUT, give_up):
        session = status_file.record_outcome(status, obtain)
    return environment.renew(environ, session)


def _held_profile(word: str, environ: Mapping[str, str]) -> str:
    name = environ.get(environment.PROFILE, "")
    if word not in ("", name):
        raise UsageError(
            "--refresh renews only the profile already in this shell", f"shellvault env {quote_word(word)}"
        )
    if not name:
        raise UsageError("this shell holds no session to renew", "shellvault env PROFILE")
    if not is_ours(environ):
        raise UsageError(
            "the credentials in this shell have been changed", f"shellvault env {_describe_again(environ)}"
        )
    return name


def _describe_again(environ: Mapping[str, str]) -> str:
    from shellvault.doctor.session_check import describe_again  # for errors only

    return describe_again(environ)


def _require_same_endpoint(name: str, environ: Mapping[str, str], now: str) -> None:
    """Refuse to renew a session from elsewhere: the shell would change its account without a word."""
    before = environ.get(environment.ENDPOINT, "")
    if before != now:
        raise UsageError(
            f"the session of '{name}' comes from {before or 'AWS'}, so it is not renewed from {now or 'AWS'}",
            f"for a new one from there: shellvault env {_describe_again(environ)}",
        )


def _require_same_scope(name: str, before: str, now: Scope | None) -> None:
    """Refuse to renew a narrowed session by another one: somebody has changed what the shell remembers."""
    if before != (now.label if now else ""):
        message = f"the session of '{name}' is narrowed to '{before or 'nothing'}', and this shell does not say how"
        raise UsageError(message, f"shellvault use {quote_word(name)} with the scope you want, such as --read-only")
