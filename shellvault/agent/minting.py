"""Obtains the session of a claim: in this process where it can, else in one of its own, as the user's own would."""

from __future__ import annotations

import json
import subprocess
import sys
from calendar import timegm
from time import strptime, time

from shellvault.agent.channel import ClientNeededError
from shellvault.app import App
from shellvault.argparser import parse
from shellvault.commands.serve import COMMAND
from shellvault.core import errors
from shellvault.core.environment import UTC
from shellvault.core.model import Session
from shellvault.core.record import Secret
from shellvault.request import Request
from shellvault.settings import load_settings
from shellvault.storage import status_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.core.wish import Wish
    from shellvault.request import Host, Terminal

_PATIENCE = 120.0  # seconds
_UNTOLD = 15 * 60  # seconds after which a session whose end nobody told is asked for again
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
    words = (wish.profile, *wish.words, "--no-input")
    settings = load_settings(parse(COMMAND, words, wish.environ), wish.environ, wish.cwd)
    try:
        return App(Request(("serve", *words), wish.environ, wish.cwd, terminal, host), settings).obtain_session(
            wish.profile
        )
    except errors.ShellvaultError:
        raise
    except (ClientNeededError, Exception):  # noqa: BLE001 - a program has to run, or another keyring to be asked
        status = status_file.find_path(settings.home, wish.profile)
        return status_file.record_outcome(status, lambda: _mint_elsewhere(wish))


def _mint_elsewhere(wish: Wish) -> Session:
    argv = [sys.executable, "-I", "-m", "shellvault", "exec", wish.profile, *wish.words, "--no-input", "--json"]
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
    return _read_session(json.loads(done.stdout))


def _read_session(found: dict[str, str]) -> Session:
    now = int(time())
    ends = timegm(strptime(found["Expiration"], UTC)) if "Expiration" in found else now + _UNTOLD
    return Session(
        found["AccessKeyId"],
        Secret(found["SecretAccessKey"]),
        Secret(found.get("SessionToken", "")),
        ends,
        Session.due(now, ends),
        found.get("AccountId", ""),
    )


def _read_error(status: int, said: str) -> errors.ShellvaultError:
    """Return the error that a command ended with, from its last lines."""
    lines = dict(line.split(": ", 1) for line in said.splitlines() if line.startswith(("error: ", "hint: ")))
    kind = _KINDS.get(status, errors.ShellvaultError)
    return kind(lines.get("error", "shellvault failed"), lines.get("hint", ""))
