"""Cached sessions in the vault itself, where the kernel keeps none; what `list` shows lies in a file beside it."""

from __future__ import annotations

import os

from shellvault.core.errors import VaultUnavailableError
from shellvault.core.model import SessionNote
from shellvault.storage.session_cache import describe, pack, unpack
from shellvault.system.atomic_file import replace_file
from shellvault.system.file_lock import FileLock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from shellvault.core.chain.links import Link
    from shellvault.core.model import Session
    from shellvault.storage.backends import Backend


class VaultSessions:
    """Sessions as entries of a vault backend, and their notes, without secrets, in `sessions` under `folder`."""

    def __init__(
        self,
        open_backend: Callable[[], Backend],
        folder: str,
        clock: Callable[[], float],
        notice: Callable[[str], None],
    ) -> None:
        self._open = open_backend
        self._path = os.path.join(folder, "sessions")
        self._clock = clock
        self._notice = notice

    def get(self, identity: str) -> Session | None:
        """Return a session that has not expired."""
        if not any(note.identity == identity for note in self.notes()):
            return None
        text = self._open().get(_entry(identity))
        session = unpack(text.encode()) if text else None
        return session if session and session.expires_at > self._clock() else None

    def keep(self, link: Link, session: Session) -> None:
        """Remember a session, and drop those that have expired; where the vault refuses, say so and go on."""
        note = describe(link, session)
        try:  # the note first: a note without its session ends by itself, a session without its note would stay
            self._change(lambda notes: [*(old for old in notes if old.identity != note.identity), note])
            self._open().set(_entry(note.identity), pack(session).decode())
        except VaultUnavailableError as error:
            self._notice(f"{error.message}: this session is not cached")

    def forget(self, identity: str) -> None:
        """Forget a session."""
        self._open().delete(_entry(identity))
        self._change(lambda notes: [note for note in notes if note.identity != identity])

    def notes(self) -> list[SessionNote]:
        """Return what may be known of each session without reading it."""
        return [note for note in self._read() if note.expires_at > self._clock()]

    def _change(self, change: Callable[[list[SessionNote]], list[SessionNote]]) -> None:
        with FileLock(self._path + ".lock"):
            for stale in (note for note in self._read() if note.expires_at <= self._clock()):
                self._open().delete(_entry(stale.identity))
            lines = [_line(note) for note in change(self.notes())]
            replace_file(self._path, "".join(lines).encode(errors="surrogateescape"))

    def _read(self) -> list[SessionNote]:
        try:
            with open(self._path, encoding="utf-8", errors="surrogateescape") as stream:
                lines = stream.read().split("\n")
        except FileNotFoundError:
            return []
        return [note for line in lines if (note := _note(line))]


def _entry(identity: str) -> str:
    return f"session:{identity}"


def _line(note: SessionNote) -> str:
    words = (note.identity, str(note.expires_at), str(note.refresh_at), note.kind, note.profile, note.key_name)
    return "\t".join(words) + "\n"


def _note(line: str) -> SessionNote | None:
    try:
        identity, expires_at, refresh_at, kind, profile, key_name = line.split("\t")
        return SessionNote(identity, kind, profile, key_name, int(expires_at), int(refresh_at))
    except ValueError:  # not written by us
        return None
