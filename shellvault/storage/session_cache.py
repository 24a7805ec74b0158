"""Cached sessions in the kernel keyring: in memory, found without opening the vault, forgotten by the kernel itself."""

from __future__ import annotations

from shellvault.core.chain.links import key_name
from shellvault.core.model import Session, SessionNote
from shellvault.core.record import Secret
from shellvault.storage.kernel_keyring import SESSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from shellvault.core.chain.links import Link
    from shellvault.storage.kernel_keyring import KernelEntry, KernelKeyring

_FIELDS = 5


class KernelSessions:
    """Sessions in the kernel keyring. What `list` shows rides in the keys' descriptions, so it reads no secret."""

    def __init__(self, kernel: KernelKeyring, clock: Callable[[], float], notice: Callable[[str], None]) -> None:
        self._kernel = kernel
        self._clock = clock
        self._notice = notice

    def get(self, identity: str) -> Session | None:
        """Return a session that has not expired."""
        found = self._kernel.find(SESSION, identity)
        session = unpack(found[1]) if found else None
        return session if session and session.expires_at > self._clock() else None

    def keep(self, link: Link, session: Session) -> None:
        """Remember a session until it expires; where the kernel refuses, say so and go on."""
        note = describe(link, session)
        kept = self._kernel.add(
            SESSION,
            note.identity,
            pack(session),
            expires_at=session.expires_at,
            timeout=int(session.expires_at - self._clock()),
            detail=":".join((str(note.refresh_at), note.kind, _hex(note.profile), _hex(note.key_name))),
        )
        if not kept:
            self._notice("the kernel keyring is full or closed: this session is not cached")

    def forget(self, identity: str) -> None:
        """Forget a session."""
        for entry in self._kernel.entries():
            if (entry.kind, entry.identity) == (SESSION, identity):
                self._kernel.unlink(entry.key_id)

    def notes(self) -> list[SessionNote]:
        """Return what may be known of each session without reading it."""
        notes = [_note(entry) for entry in self._kernel.entries() if entry.kind == SESSION]
        return [note for note in notes if note and note.expires_at > self._clock()]


def describe(link: Link, session: Session) -> SessionNote:
    """Return what may be known of a session without reading it."""
    return SessionNote(link.identity, link.kind, link.profile, key_name(link), session.expires_at, session.refresh_at)


def pack(session: Session) -> bytes:
    """Return a session as bytes, its fields in order, a line each."""
    return "\n".join(str(getattr(session, field)) for field in Session._fields).encode()


def unpack(payload: bytes) -> Session | None:
    """Read what `pack` wrote; anything else is no session."""
    lines = payload.decode("utf-8", "replace").split("\n")
    if len(lines) != _FIELDS or not (lines[3].isdecimal() and lines[4].isdecimal()):
        return None
    return Session(lines[0], Secret(lines[1]), Secret(lines[2]), int(lines[3]), int(lines[4]))


def _note(entry: KernelEntry) -> SessionNote | None:
    try:
        refresh_at, kind, profile, key_name = entry.detail.split(":")
        return SessionNote(entry.identity, kind, _unhex(profile), _unhex(key_name), entry.expires_at, int(refresh_at))
    except ValueError:  # not written by us
        return None


def _hex(text: str) -> str:
    """A key's description holds safe ASCII only; a profile's name may be anything."""
    return text.encode("utf-8", "surrogateescape").hex()


def _unhex(text: str) -> str:
    return bytes.fromhex(text).decode("utf-8", "surrogateescape")
