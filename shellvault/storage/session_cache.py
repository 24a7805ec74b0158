"""Sessions that are kept until they expire, and what may be known of each without reading it."""

from __future__ import annotations

from shellvault.core.chain.links import key_name
from shellvault.core.errors import VaultUnavailableError
from shellvault.core.model import Session, SessionNote
from shellvault.core.record import Secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from shellvault.core.chain.links import Link
    from shellvault.core.secret_memory import StoreEntry
    from shellvault.storage.store import Store

_UNTOLD = "no expiry told"


class SessionCache:
    """The sessions in a store.

    Args:
        store: where they are.
        clock: epoch seconds.
        notice: tells the user something that is not an error.
    """

    def __init__(self, store: Store, clock: Callable[[], float], notice: Callable[[str], None]) -> None:
        self._store = store
        self._clock = clock
        self._notice = notice

    def get(self, identity: str) -> Session | None:
        """Return a session that has not expired."""
        text = self._store.get(identity)
        session = unpack(text) if text else None
        return session if session and session.expires_at > self._clock() else None

    def keep(self, link: Link, session: Session) -> None:
        """Keep a session until it expires; where that is impossible, tell the user and go on."""
        times = session.expires_at, session.refresh_at
        note = SessionNote(link.identity, link.kind, link.profile, key_name(link), *times, link.scope, link.role_arn)
        try:
            self._store.put(note.identity, pack(session), expires_at=note.expires_at, note=pack_note(note))
        except VaultUnavailableError as error:
            self._notice(f"{error.message}: this session is not cached")

    def forget(self, identity: str) -> None:
        """Forget a session."""
        self._store.remove(identity)

    def notes(self) -> list[SessionNote]:
        """Return what may be known of each session without reading it."""
        notes = map(_unpack_note, self._store.entries())
        return [note for note in notes if note and note.expires_at > self._clock()]


def pack(session: Session) -> str:
    """Return a session as text: one line per field, the last two only if one of them differs from the usual."""
    key_id, secret, token = session.access_key_id, session.secret_access_key, session.session_token
    text = f"{key_id}\n{secret}\n{token}\n{session.expires_at}\n{session.refresh_at}"
    if session.expiry_told and not session.account:
        return text
    return f"{text}\n{session.account}\n{'' if session.expiry_told else _UNTOLD}"


def unpack(text: str) -> Session | None:
    """Read what `pack` returned; None for anything else."""
    lines = text.split("\n")
    if len(lines) not in (5, 7) or not (lines[3].isdecimal() and lines[4].isdecimal()):
        return None
    account, told = lines[5:] or ("", "")
    times = int(lines[3]), int(lines[4])
    return Session(lines[0], Secret(lines[1]), Secret(lines[2]), *times, account, told != _UNTOLD)


def pack_note(note: SessionNote) -> str:
    """Return the note that a store keeps beside the session; the store keeps identity and expiry itself."""
    further = (note.scope, note.role_arn) if note.role_arn else (note.scope,) if note.scope else ()
    texts = map(_escape, (note.profile, note.key_name, *further))
    return "\t".join((str(note.refresh_at), note.kind, *texts))


def _unpack_note(entry: StoreEntry) -> SessionNote | None:
    try:
        refresh_at, kind, profile, key, *further = entry.note.split("\t")
        names, (scope, role) = (_unescape(profile), _unescape(key)), [*map(_unescape, further), "", ""][:2]
        return SessionNote(entry.identity, kind, *names, entry.expires_at, int(refresh_at), scope, role)
    except ValueError:  # not written by us
        return None


def _escape(name: str) -> str:
    """Return any profile's name as ASCII without tabs and newlines."""
    return name.encode("unicode_escape").decode("ascii")


def _unescape(text: str) -> str:
    if text.isascii() and "\\" not in text:  # decoding would load a module
        return text
    return text.encode("ascii").decode("unicode_escape")
