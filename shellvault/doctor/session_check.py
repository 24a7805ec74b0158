"""Whether the session in this shell is the one its profile would give now, and whether anything overrides it."""

from __future__ import annotations

import time

from shellvault.core import environment
from shellvault.core.chain.links import root_of
from shellvault.core.errors import ShellvaultError
from shellvault.core.model import KeyPair
from shellvault.core.ownership import is_ours
from shellvault.core.record import Secret
from shellvault.core.text import quote_word
from shellvault.doctor.finding import OK, WARN, Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from shellvault.core.chain.links import Chain
    from shellvault.core.chain.resolve import ResolvedChain
    from shellvault.core.model import SessionNote

    Resolve = Callable[[str], ResolvedChain]
    ListNotes = Callable[[], Iterable[SessionNote]]

_CHANGED = "the credentials in this shell have changed since shellvault set them"
_TAKE_OUT = 'eval "$(shellvault env --unset)" takes it out'
_LONGEST_EPOCH = 11  # digits; a longer number was not written by shellvault


def check_session(
    environ: Mapping[str, str], resolve: Resolve, list_notes: ListNotes, ask_aws: Callable[[str], Finding]
) -> list[Finding]:
    """Check the session in this shell, if there is one; AWS is asked about one that seems to be up to date."""
    name = environ.get(environment.PROFILE)
    if name is None:
        return []
    shadows, stale = find_shadows(environ), find_stale(environ, resolve, list_notes)
    if stale:
        return [*shadows, *stale]
    asked = ask_aws(name) if name else Finding(OK, "this shell holds credentials without a profile")
    current = [] if shadows else [Finding(OK, f"the session of '{name}' in this shell is up to date")]
    return [*shadows, *current, asked] if asked.state == OK else [*shadows, asked]


def list_shadows(environ: Mapping[str, str]) -> list[str]:
    """Return the variables that override a session in this shell, or may."""
    return [name for name in environment.SHADOWS if environ.get(name)] if environment.PROFILE in environ else []


def find_shadows(environ: Mapping[str, str]) -> list[Finding]:
    """Return a finding for each variable that overrides the credentials in this shell, or may."""
    if environment.PROFILE in environ:
        fix = _reload(environ)
        return [Finding(WARN, f"{name} is set and may override the session", fix) for name in list_shadows(environ)]
    key_id = environment.CREDENTIALS[0]
    if not environ.get(key_id):
        return []
    return [Finding(WARN, f"{key_id} was not set by shellvault; shellvault env PROFILE overrides it")]


def find_stale(environ: Mapping[str, str], resolve: Resolve, list_notes: ListNotes) -> list[Finding]:
    """Return what has changed since the session was put into this shell; no secret is read for it."""
    name = environ.get(environment.PROFILE)
    if not name:
        return []
    expires_at = parse_epoch(environ.get(environment.EXPIRES_AT, ""))
    if expires_at is not None and expires_at <= time.time():
        message = "the session has expired"
    elif not is_ours(environ):
        message = "" if find_shadows(environ) else _CHANGED
    else:
        try:
            message = _compare(resolve(name).chain, environ, list_notes)
        except ShellvaultError as error:  # loading it again would fail, too
            return [Finding(WARN, f"{error.message}; the session in this shell predates that", _TAKE_OUT)]
    return [Finding(WARN, message, _reload(environ))] if message else []


def parse_epoch(text: str) -> int | None:
    """Return epoch seconds, or None where the text is something else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST_EPOCH else None


def _compare(chain: Chain, environ: Mapping[str, str], list_notes: ListNotes) -> str:
    """Return how the shell's credentials differ from what the profile would give now; empty where they do not."""
    if environment.EXPIRES_AT not in environ:  # --no-session: the key pair itself is in this shell
        return "" if _is_key_of(chain, environ.get(environment.CREDENTIALS[0], "")) else "the key pair was replaced"
    if chain.stored_key:
        return ""
    cached = [note.expires_at for note in list_notes() if note.identity == chain.identity]
    if not cached:
        return "the config file, key pair, cache or options have changed since"
    return "" if cached[0] == parse_epoch(environ[environment.EXPIRES_AT]) else "there is a newer session"


def _is_key_of(chain: Chain, key_id: str) -> bool:
    key = root_of(chain).stored_key
    return key is not None and key.fingerprint == KeyPair(key_id, Secret()).fingerprint


def _reload(environ: Mapping[str, str]) -> str:
    """Return the command that gives the shell its session again: the same one, narrowed as it is."""
    chosen = environ.get(environment.VIA) or environ.get(environment.SCOPE)
    if chosen and is_ours(environ):
        return 'eval "$(shellvault env --refresh)"'
    return f'eval "$(shellvault env {describe_again(environ)})"'


def describe_again(environ: Mapping[str, str]) -> str:
    """Return the words that ask for the shell's session anew: its profile, and the options that narrow it."""
    from shellvault.core.session_choice import read_choice  # few shells need it

    scope = read_choice(environ.get(environment.VIA, ""), is_given=False).held_scope
    words = quote_word(environ.get(environment.PROFILE, ""))
    if scope and scope.is_read_only:
        words = f"{words} --read-only"
    if scope and scope.policy_arns:
        words = f"{words} --policy-arn {quote_word(','.join(scope.policy_arns))}"
    return f"{words} --policy {quote_word(scope.policy_file)}" if scope and scope.policy else words
