"""Reads what direnv remembers of the variables that an .envrc changed: it alone knows what the session there replaced.

direnv evaluates an .envrc in a bash of its own and keeps only what is exported. So a secret that was set aside there is
in no variable of the user's shell, but in DIRENV_DIFF, where direnv itself keeps it until the folder is left.
"""

from __future__ import annotations

import base64
import json
import zlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_LARGEST = 1 << 24  # bytes; a whole environment takes a few megabytes at most


def read_before(diff: str, names: Iterable[str]) -> list[str]:
    """Return the values that these variables had before the .envrc; none where the text is not direnv's."""
    document = _unpack(diff)
    before = document.get("p") if isinstance(document, dict) else None
    found = [before.get(name) for name in names] if isinstance(before, dict) else []
    return [value for value in found if isinstance(value, str)]


def _unpack(diff: str) -> object:
    try:
        packed = base64.urlsafe_b64decode(diff.encode("ascii"))
        document: object = json.loads(zlib.decompressobj().decompress(packed, _LARGEST))
    except (ValueError, zlib.error, RecursionError):
        return None
    return document
