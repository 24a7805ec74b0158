"""Reads and writes the entries of the file `panic`; anything that makes no sense is ignored."""

from __future__ import annotations

import json
import time

from shellvault.core.record import Record
from shellvault.core.revocation.deny_policy import format_moment, is_moment
from shellvault.core.revocation.principals import ROLE, ROOT, USER, Principal, read_principal
from shellvault.system.atomic_file import read_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from shellvault.core.revocation.panic_plan import Stray

PARTS = ("users", "denied", "intended", "stopped", "refused", "open")
"""Its parts: known key pairs; denials, confirmed and intended; stopped and rejected key pairs; unfinished roles."""
_END = 2**33  # epoch seconds; a larger number is no time
_KINDS = (ROLE, USER, ROOT)


class KnownKey(Record):
    """A key pair that signed during an earlier run.

    Attributes:
        title: what messages called it.
        names: its names in the vault.
        key_id: its id.
        user: whose it was.
    """

    title: str
    names: tuple[str, ...]
    key_id: str
    user: Principal


def read_parts(path: str) -> dict[str, dict[str, object]]:
    """Return each part; a file that was never written, or not by us, counts as empty."""
    try:
        found = json.loads(read_bytes(path, follow=False))
    except (OSError, ValueError, RecursionError):
        found = {}
    known = found if isinstance(found, dict) else {}
    parts = {name: known.get(name) for name in PARTS}
    return {name: part if isinstance(part, dict) else {} for name, part in parts.items()}


def read_key(entry: object) -> KnownKey | None:
    """Return a key pair as `write_key` wrote it, or None for anything else."""
    match entry:
        case [[*names], *fields] if len(texts := _read_texts(fields)) == len(Principal._fields) + 2:
            title, key_id, *whose = texts
            user = Principal(*whose)
            return KnownKey(title, tuple(_read_texts(names)), key_id, user) if user.kind in _KINDS else None
    return None


def write_key(key: KnownKey) -> list[object]:
    """Return the entry of a key pair: its names, its title, its id, and the fields of its user."""
    return [list(key.names), key.title, key.key_id, *[getattr(key.user, each) for each in Principal._fields]]


def list_open(entries: Iterable[object], may_sign: Callable[[str], bool]) -> Iterator[tuple[int, str, str, list[str]]]:
    """Yield for each role: how long it is remembered, its ARN, the name of its sessions, and its key pairs.

    A role is kept for longer while one of its key pairs may still work and obtain new sessions.
    """
    for entry in entries:
        match entry:
            case [int(end), *fields] if len(texts := _read_texts(fields)) > 1:
                if time.time() < end or any(map(may_sign, texts[2:])):
                    yield end, texts[0], texts[1], texts[2:]


def read_time(found: object) -> int:
    """Return a time in epoch seconds, or 0 for anything that cannot be one."""
    return found if type(found) is int and 0 < found < _END and is_moment(format_moment(found)) else 0


def group_strays(strays: Iterable[Stray]) -> dict[Principal, list[str]]:
    """Return the ARN, a name and the key pairs of each role."""
    found: dict[Principal, list[str]] = {}
    for each in strays:
        if principal := read_principal(each.arn):
            known = found.setdefault(principal, [each.arn, each.name])
            known += [each.fingerprint] if each.fingerprint not in known[2:] else []
    return found


def _read_texts(found: Sequence[object]) -> list[str]:
    """Return the texts, or nothing at all if one is not a text or could garble a terminal."""
    texts = [each for each in found if isinstance(each, str) and each.isprintable()]
    return texts if len(texts) == len(found) else []
