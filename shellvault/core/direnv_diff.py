"""What direnv remembers of the variables that an .envrc changed.

direnv evaluates an .envrc in a bash of its own and keeps only what is exported. So a secret that was set aside there is
in no variable of the user's shell, but in DIRENV_DIFF, where direnv itself keeps it until the folder is left.

Leaving the folder puts back the variables that the .envrc changed, and only those. A session changed meanwhile would
come back in parts: the keys of one without its region, which was the same inside. So whoever changes the session inside
adds the other variables. They come back together, or go together.
"""

from __future__ import annotations

import base64
import json
import zlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Document = dict[str, dict[str, str]]

VARIABLE = "DIRENV_DIFF"
_BEFORE, _AFTER = "p", "n"
_LARGEST = 1 << 24  # bytes; a whole environment takes a few megabytes at most


def read_before(diff: str, names: Iterable[str]) -> list[str]:
    """Return the values that these variables had before the .envrc; none if the text is not direnv's."""
    before = _unpack(diff)[_BEFORE]
    return [before[name] for name in names if name in before]


def add_before(environ: Mapping[str, str], owned: Iterable[str], names: Iterable[str]) -> dict[str, str]:
    """Return the DIRENV_DIFF with which leaving the folder also puts back the values that `names` have now.

    Return nothing if the .envrc changed none of the variables in `owned`: then the session is not the folder's.
    """
    document = _unpack(environ[VARIABLE])
    known = document[_BEFORE].keys() | document[_AFTER].keys()
    if known.isdisjoint(owned):
        return {}
    new = [name for name in names if name not in known]
    document[_BEFORE] |= {name: environ[name] for name in new if name in environ}
    document[_AFTER] |= {name: environ.get(name, "") for name in new}
    return {VARIABLE: _pack(document)}


def _unpack(diff: str) -> Document:
    """Return the variables before and after the .envrc; none if the text is not direnv's."""
    try:
        packed = base64.urlsafe_b64decode(diff.encode("ascii"))
        document = json.loads(zlib.decompressobj().decompress(packed, _LARGEST))
        parts = {part: document[part] for part in (_BEFORE, _AFTER)}
        if all(isinstance(value, str) for values in parts.values() for value in values.values()):
            return parts
    except (ValueError, zlib.error, RecursionError, KeyError, TypeError, AttributeError):
        pass
    return {_BEFORE: {}, _AFTER: {}}


def _pack(document: Document) -> str:
    text = json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogateescape")
    return base64.urlsafe_b64encode(zlib.compress(text)).decode()
