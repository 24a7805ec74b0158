"""The log: which session was obtained, handed over, renewed, lent or taken back, when, and by which program.

A record is one JSON object on one line, appended with one write; no secret is in it. A file that has become too large
is set aside as `log.old`, in place of the one before.
"""

from __future__ import annotations

import errno
import os
import time

from shellvault.core.environment import UTC
from shellvault.system.paths import READING_OWN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from shellvault.core.chain.links import Link
    from shellvault.core.model import KeyPair, Session
    from shellvault.request import Request
    from shellvault.settings import Settings

MINTED, HANDED_OVER, RENEWED, LENT, REVOKED = "minted", "handed over", "renewed", "lent", "revoked"
FIELDS = ("time", "event", "profile", "scope", "key_id", "account", "role", "program", "folder")
"""The texts of a record, each null if unknown; then comes the number `pid`."""
LARGEST = 5_000_000
"""Bytes, after which a new file is begun."""
OLD = ".old"
"""What follows the path of the log in that of the one before."""
OURSELVES = "shellvault"
"""The program of what the agent does on its own."""

_NAME = "log"
_APPENDING = os.O_WRONLY | os.O_APPEND | os.O_CREAT | READING_OWN
_PRIVATE = 0o600
_LONGEST_NAME = 64  # bytes of a program's name; Linux has fewer


def find_path(home: str) -> str:
    """Return the path of the log."""
    return os.path.join(home, _NAME)


def note_session(
    request: Request, settings: Settings, event: str, profile: str, link: Link, found: Session | KeyPair, program: str
) -> None:
    """Append a record of a link's session, or of a key pair; for `program` see `note`."""
    account = getattr(found, "account", "") or link.account
    facts = link.scope, found.access_key_id, account, link.role_name or link.role_arn.rpartition("/")[2]
    note(request, settings, event, profile, facts, program)


def note(
    request: Request, settings: Settings, event: str, profile: str, facts: tuple[str, str, str, str], program: str = ""
) -> None:
    """Append a record, unless the log is off; `facts` are scope, key id, account and role, each empty if unknown.

    `program` is what the process of this command becomes or starts; without it, it is the program that called.
    """
    if not settings.keeps_log:
        return
    pid = request.terminal.pid if program else request.terminal.caller_pid
    try:
        if not program and pid:
            file = os.open(f"/proc/{pid}/comm", READING_OWN)
            program = os.read(file, _LONGEST_NAME).decode("utf-8", "replace").strip()
            os.close(file)
    except OSError:  # another system, or it has ended
        pass
    program = os.path.basename(program) if pid else OURSELVES
    texts = [time.strftime(UTC, time.gmtime()), event, profile, *facts, program, request.cwd]
    if not (joined := "".join(texts)).isprintable() or '"' in joined or "\\" in joined:
        texts = _escape(texts)
    fields = [f'"{name}":"{text}"' if text else f'"{name}":null' for name, text in zip(FIELDS, texts, strict=True)]
    fields.append(f'"pid":{pid or os.getpid()}')
    try:
        _append(os.path.join(settings.home, _NAME), f"{{{','.join(fields)}}}\n".encode())
    except OSError as error:
        why = f"the log cannot be written: {error.strerror}"
        request.terminal.write(f"shellvault: {why}; SHELLVAULT_LOG=off turns it off\n")


def _append(path: str, line: bytes) -> None:
    try:
        file = os.open(path, _APPENDING, _PRIVATE)
    except FileNotFoundError:
        _make_folder(os.path.dirname(path))
        file = os.open(path, _APPENDING, _PRIVATE)
    try:
        os.write(file, line)
        is_full = os.fstat(file).st_size > LARGEST
    finally:
        os.close(file)
    if is_full:
        _set_aside(path)


def _make_folder(path: str) -> None:
    from shellvault.core.errors import VaultUnavailableError
    from shellvault.system.new_file import make_private_folder  # once in a home's life

    try:
        make_private_folder(path)
    except VaultUnavailableError as error:
        raise OSError(errno.EPERM, error.message) from error


def _set_aside(path: str) -> None:
    from shellvault.core.errors import VaultUnavailableError
    from shellvault.system.file_lock import FileLock  # rare

    try:
        with FileLock(f"{path}.lock"):
            if os.path.getsize(path) > LARGEST:  # else somebody was faster
                os.replace(path, path + OLD)
    except (OSError, VaultUnavailableError):  # the next one tries again
        return


def _escape(texts: Sequence[str]) -> list[str]:
    """Return texts as they stand between the quotes of JSON."""
    import json

    return [json.dumps(text)[1:-1] for text in texts]
