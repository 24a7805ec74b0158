"""Mutated answers: cut, garbled, swapped, or with text in them that must not run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import random

CANARY = "canary-was-run"
HOSTILE = (
    f"$(touch {CANARY})",
    f"`touch {CANARY}`",
    f"'; touch {CANARY}; '",
    f'"; touch {CANARY}; "',
    f"\ntouch {CANARY}\n",
    f"a[$(touch {CANARY})]",
    "\x00",
    "\x1b]0;title\x07",
    "\u202e",
    "\ud800",
    "-",
    "\\",
    "'",
    "%n%s",
    "9" * 400,
    "</AccessKeyId><SecretAccessKey>x</SecretAccessKey>",
    "<!ENTITY x SYSTEM 'file:///etc/passwd'>",
    "x" * 70_000,
)
VALUES: tuple[Any, ...] = (None, True, False, 0, -1, 1e308, 10**30, [], {}, ["x"], {"x": 1}, "", " ", *HOSTILE)


def mutate_bytes(text: bytes, chance: random.Random) -> bytes:
    """Return a text with one to four changes: bytes cut, flipped or doubled, or something hostile inserted."""
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(text) + 1)
        kind = chance.randrange(6)
        if kind == 0:
            text = text[:place]
        elif kind == 1:
            text = text[:place] + bytes([chance.randrange(256)]) + text[place + 1 :]
        elif kind == 2:
            text = text[:place] + text[place + chance.randint(1, 20) :]
        elif kind == 3:
            end = place + chance.randint(1, 60)
            text = text[:end] + text[place:end] + text[end:]
        elif kind == 4:
            text = text[:place] + chance.choice(HOSTILE).encode("utf-8", "surrogatepass") + text[place:]
        else:
            text = text[place:] + text[:place]
    return text


def mutate_fields(document: dict[str, Any], chance: random.Random) -> bytes:
    """Return a JSON document with fields of other types, missing fields and unknown ones."""
    changed = dict(document)
    for _ in range(chance.randint(1, 3)):
        name = chance.choice([*document, "Extra", "", "__proto__"])
        if chance.random() < 0.3:
            changed.pop(name, None)
        else:
            changed[name] = chance.choice(VALUES)
    return json.dumps(changed).encode()
