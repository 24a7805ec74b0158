"""The agent's memory as another process sees it: each call is one question to the agent, and its answer.

A question is the name of an operation and its arguments. Fields are arbitrary bytes in both directions, and numbers are
decimal. An answer has no fields if nothing was found or done, or if the question was malformed.
"""

from __future__ import annotations

from shellvault.core.secret_memory import StoreEntry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from shellvault.core.secret_memory import SecretMemory

    Ask = Callable[[Sequence[bytes]], Sequence[bytes] | None]
    Operation = Callable[..., list[bytes]]

_YES = b"1"
_MOST_DIGITS = 15  # of a number: with more, it cannot be a time, and may overflow a float
_FIELDS_OF_ENTRY = 3


class RemoteMemory:
    """The agent's memory, reached through `ask`: see `SecretMemory`.

    `ask` sends one question and returns the answer's fields, or None if no agent answers. The memory is then
    unavailable, like a kernel keyring that the kernel refuses.
    """

    name = "the agent"

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def is_available(self) -> bool:
        """See `SecretMemory`."""
        return self._is_confirmed(b"is_available")

    def find(self, kind: str, identity: str) -> bytes | None:
        """See `SecretMemory`."""
        found = self._question(b"find", kind, identity)
        return bytes(found[0]) if len(found) == 1 else None

    def entries(self, kind: str) -> list[StoreEntry]:
        """See `SecretMemory`."""
        return _unpack_entries(self._question(b"entries", kind))

    def find_note(self, kind: str, identity: str) -> StoreEntry | None:
        """See `SecretMemory`."""
        found = _unpack_entries(self._question(b"find_note", kind, identity))
        return found[0] if len(found) == 1 else None

    def add(self, kind: str, identity: str, payload: bytes, *, expires_at: int, timeout: int, note: str = "") -> bool:
        """See `SecretMemory`."""
        return self._is_confirmed(b"add", kind, identity, payload, expires_at, timeout, note)

    def touch(self, kind: str, identity: str, timeout: int) -> bool:
        """See `SecretMemory`."""
        return self._is_confirmed(b"touch", kind, identity, timeout)

    def remove(self, kind: str, identity: str) -> None:
        """See `SecretMemory`."""
        self._question(b"remove", kind, identity)

    def clear(self) -> None:
        """See `SecretMemory`."""
        self._question(b"clear")

    def seconds_left(self, kind: str, identity: str) -> int | None:
        """See `SecretMemory`."""
        found = self._question(b"seconds_left", kind, identity)
        return _parse(found[0]) if len(found) == 1 else None

    def _is_confirmed(self, operation: bytes, *arguments: str | bytes | int) -> bool:
        return self._question(operation, *arguments) == [_YES]

    def _question(self, operation: bytes, *arguments: str | bytes | int) -> list[bytes]:
        """Return the answer's fields; none if no agent answers."""
        return list(self._ask([operation, *map(_pack, arguments)]) or ())


def answer_memory(memory: SecretMemory, fields: Sequence[bytes]) -> list[bytes]:
    """Return the answer to one question; see the module."""
    if not fields:
        return []
    operation, count = _OPERATIONS.get(bytes(fields[0]), (_answer_nothing, 0))
    return operation(memory, *fields[1:]) if len(fields) == 1 + count else []


def _answer_nothing(_memory: SecretMemory) -> list[bytes]:
    return []


def _answer_availability(memory: SecretMemory) -> list[bytes]:
    return _confirm(memory.is_available())


def _answer_find(memory: SecretMemory, kind: bytes, identity: bytes) -> list[bytes]:
    payload = memory.find(_text(kind), _text(identity))
    return [] if payload is None else [payload]


def _answer_entries(memory: SecretMemory, kind: bytes) -> list[bytes]:
    return [field for entry in memory.entries(_text(kind)) for field in _pack_entry(entry)]


def _answer_find_note(memory: SecretMemory, kind: bytes, identity: bytes) -> list[bytes]:
    entry = memory.find_note(_text(kind), _text(identity))
    return _pack_entry(entry) if entry else []


def _answer_add(memory: SecretMemory, kind: bytes, identity: bytes, payload: bytes, *rest: bytes) -> list[bytes]:
    expires_at, timeout, note = _parse(rest[0]), _parse(rest[1]), _text(rest[2])
    if expires_at is None or timeout is None:
        return []
    return _confirm(
        memory.add(_text(kind), _text(identity), bytes(payload), expires_at=expires_at, timeout=timeout, note=note)
    )


def _answer_touch(memory: SecretMemory, kind: bytes, identity: bytes, timeout: bytes) -> list[bytes]:
    seconds = _parse(timeout)
    return [] if seconds is None else _confirm(memory.touch(_text(kind), _text(identity), seconds))


def _answer_remove(memory: SecretMemory, kind: bytes, identity: bytes) -> list[bytes]:
    memory.remove(_text(kind), _text(identity))
    return [_YES]


def _answer_clear(memory: SecretMemory) -> list[bytes]:
    memory.clear()
    return [_YES]


def _answer_seconds_left(memory: SecretMemory, kind: bytes, identity: bytes) -> list[bytes]:
    left = memory.seconds_left(_text(kind), _text(identity))
    return [] if left is None else [_pack(left)]


_OPERATIONS: Mapping[bytes, tuple[Operation, int]] = {
    b"is_available": (_answer_availability, 0),
    b"find": (_answer_find, 2),
    b"entries": (_answer_entries, 1),
    b"find_note": (_answer_find_note, 2),
    b"add": (_answer_add, 6),
    b"touch": (_answer_touch, 3),
    b"remove": (_answer_remove, 2),
    b"clear": (_answer_clear, 0),
    b"seconds_left": (_answer_seconds_left, 2),
}
"""What answers each operation, and how many arguments it takes."""


def _confirm(done: bool) -> list[bytes]:  # noqa: FBT001 - the answer itself
    return [_YES] if done else []


def _pack(word: str | bytes | int) -> bytes:
    return word if isinstance(word, bytes) else str(word).encode("utf-8", "surrogateescape")


def _text(field: bytes) -> str:
    return field.decode("utf-8", "surrogateescape")


def _parse(field: bytes) -> int | None:
    """Parse a whole number; return None if the field is anything else."""
    digits = field.removeprefix(b"-")
    return int(field) if digits.isdigit() and len(digits) <= _MOST_DIGITS else None


def _pack_entry(entry: StoreEntry) -> list[bytes]:
    return [_pack(entry.identity), _pack(entry.expires_at), _pack(entry.note)]


def _unpack_entries(fields: Sequence[bytes]) -> list[StoreEntry]:
    """Return the entries in an answer; none if it is malformed."""
    triples = list(zip(*[iter(fields)] * _FIELDS_OF_ENTRY, strict=False))
    found = [(_text(identity), _parse(expires_at), _text(note)) for identity, expires_at, note in triples]
    entries = [StoreEntry(identity, end, note) for identity, end, note in found if end is not None]
    return entries if len(entries) * _FIELDS_OF_ENTRY == len(fields) else []
