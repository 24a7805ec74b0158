"""Obtains a claim's session in this process, or, if this process cannot, in a new one."""

from __future__ import annotations

import subprocess
from contextlib import suppress

from shellvault.agent.channel import ClientNeededError
from shellvault.agent.runner import NoTerminal
from shellvault.app import App
from shellvault.cli import read_settings
from shellvault.core import errors
from shellvault.core.environment import VIA
from shellvault.providers.process_provider import parse_output
from shellvault.request import Request
from shellvault.storage import status_file
from shellvault.storage.session_log import HANDED_OVER, note_session
from shellvault.system.own_program import find_program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.agent.claims import Claim
    from shellvault.core.model import Session
    from shellvault.core.scope import Scope
    from shellvault.core.wish import Wish
    from shellvault.request import Host, Terminal

_PATIENCE = 120.0  # seconds
_KINDS = {
    kind.status: kind
    for kind in (
        *(errors.UsageError, errors.NoSuchProfileError, errors.NoKeyPairError, errors.VaultUnavailableError),
        *(errors.PersonNeededError, errors.AwsRefusedError, errors.AwsUnreachableError),
    )
}


def mint_session(wish: Wish, host: Host, terminal: Terminal) -> Session:
    """Return a session for a claim.

    Raises:
        ShellvaultError: there is none.
    """
    request = _make_request(wish, host, terminal)
    settings, via = read_settings(request), wish.environ.get(VIA, "")
    app = App(request, settings)
    if wish.scope:
        _require_scope(wish, app.resolve_session(wish.profile).scope)
    try:
        return app.obtain_session(wish.profile, via)
    except ClientNeededError:  # a program of the user's has to run, or another keyring has to be asked
        status = status_file.find_path(settings.home, wish.profile, via)
        return status_file.record_outcome(status, lambda: _mint_elsewhere(wish))


def _require_scope(wish: Wish, scope: Scope | None) -> None:
    """Refuse to give a session that is not narrowed as the one that was asked for.

    Raises:
        ShellvaultError: the profile, or what is remembered of the claim, no longer says how.
    """
    if scope is None or scope.label != wish.scope:
        message = f"sessions of '{wish.profile}' are no longer narrowed to {wish.scope}, as this program's are"
        raise errors.UsageError(message, "start it again")


def note_given(claim: Claim, session: Session, host: Host) -> None:
    """Write down that the programs of a claim got a session."""
    wish = claim.wish
    request = _make_request(wish, host, NoTerminal(pid=claim.owner.pid, caller_pid=claim.owner.pid))
    with suppress(errors.ShellvaultError):
        settings = read_settings(request)
        chain = App(request, settings).resolve(wish.profile).chain
        note_session(request, settings, HANDED_OVER, wish.profile, chain, session, wish.lent_to)


def _make_request(wish: Wish, host: Host, terminal: Terminal) -> Request:
    words = ("serve", wish.profile, *wish.words, "--no-input")
    return Request(words, wish.environ, wish.cwd, terminal, host)


def _mint_elsewhere(wish: Wish) -> Session:
    argv = [*find_program(), "exec", wish.profile, *wish.words, "--no-input", "--json"]
    try:
        done = subprocess.run(
            argv,
            env=wish.environ,
            cwd=wish.cwd,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PATIENCE,
            start_new_session=True,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise errors.AwsUnreachableError(f"no session for '{wish.profile}' in time", "shellvault doctor") from error
    if done.returncode:
        raise _read_error(done.returncode, done.stderr.decode("utf-8", "replace"))
    return parse_output(done.stdout)


def _read_error(status: int, said: str) -> errors.ShellvaultError:
    """Return a failed command's error, read from its stderr."""
    lines = dict(line.split(": ", 1) for line in said.splitlines() if line.startswith(("error: ", "hint: ")))
    kind = _KINDS.get(status, errors.ShellvaultError)
    return kind(lines.get("error", "shellvault failed"), lines.get("hint", ""))
