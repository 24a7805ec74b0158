"""What direnv remembers of the variables that an .envrc changed.

direnv evaluates an .envrc in a bash of its own and keeps only what is exported. So a secret that was set aside there is
in no variable of the user's shell, but in DIRENV_DIFF, where direnv itself keeps it until the folder is left.

Leaving the folder puts back the variables that the .envrc changed, and only those. A session changed meanwhile would
come back in parts: the keys of one without its region, which was the same inside. So whoever changes the session inside
adds the other variables. They come back together, or go together.

Where the .envrc changes only, say, the region, the session is not the folder's, and stays. Then leaving must put back
the region of the session that is there by then, and not the one from before.
"""

from __future__ import annotations

import base64
import json
import zlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from shellvault.core.shell_memory import Changes

    Document = dict[str, dict[str, str]]

VARIABLE = "DIRENV_DIFF"
_BEFORE, _AFTER = "p", "n"
_LARGEST = 1 << 24  # bytes; a whole environment takes a few megabytes at most


def read_before(diff: str, names: Iterable[str]) -> list[str]:
    """Return the values that these variables had before the .envrc; none if the text is not direnv's."""
    before = _unpack(diff)[_BEFORE]
    return [before[name] for name in names if name in before]


def find_outside(environ: Mapping[str, str], own: Iterable[str], managed: Collection[str]) -> Mapping[str, str]:
    """Return the environment with the values that the `managed` variables have outside the folder.

    Return it unchanged if the .envrc changed a variable in `own`: then the session is the folder's.
    """
    document = _unpack(environ[VARIABLE])
    known = _names(document)
    if not known.isdisjoint(own):
        return environ
    inside = known.intersection(managed)
    before = {name: value for name, value in document[_BEFORE].items() if name in inside}
    return {**{name: value for name, value in environ.items() if name not in inside}, **before}


def keep_outside(environ: Mapping[str, str], changes: Changes, wanted: Collection[str]) -> Changes:
    """Return the DIRENV_DIFF with which leaving the folder makes the changes to variables that its .envrc changed.

    Inside they keep the folder's values, except for those in `wanted`.
    """
    document = _unpack(environ[VARIABLE])
    both = _names(document).intersection(changes)
    if not both:
        return {}
    after = {name: changes[name] for name in both}
    before = {name: value for name, value in document[_BEFORE].items() if name not in both}
    document[_BEFORE] = before | {name: value for name, value in after.items() if value is not None}
    return {**{name: document[_AFTER].get(name) for name in both.difference(wanted)}, VARIABLE: _pack(document)}


def keep_together(environ: Mapping[str, str], own: Iterable[str], names: Iterable[str]) -> dict[str, str]:
    """Return the DIRENV_DIFF with which leaving the folder also puts back the values that `names` have now.

    Return nothing if the .envrc changed none of the variables in `own`: then the session is not the folder's.
    """
    document = _unpack(environ[VARIABLE])
    known = _names(document)
    if known.isdisjoint(own):
        return {}
    new = [name for name in names if name not in known]
    document[_BEFORE] |= {name: environ[name] for name in new if name in environ}
    document[_AFTER] |= {name: environ.get(name, "") for name in new}
    return {VARIABLE: _pack(document)}


def _names(document: Document) -> set[str]:
    """Return the variables that the .envrc changed."""
    return {*document[_BEFORE], *document[_AFTER]}


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
