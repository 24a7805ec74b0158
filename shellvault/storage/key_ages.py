"""The file `ages` beside the index: since when there has been each stored key pair.

One line per key pair, `FINGERPRINT SECONDS WHO`: epoch seconds, and `aws` if AWS told them, or else `stored`. It is a
file of its own, so that other versions can read the index, and `env` need not read more. It may get lost: the ages are
unknown then. Whatever cannot be read or written is ignored.
"""

from __future__ import annotations

import os
import time

from shellvault.core.key_age import KeyAge
from shellvault.system.paths import READING_OWN, read_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_TOLD, _STORED = "aws", "stored"
_LONGEST = 11  # digits of epoch seconds


def read_ages(folder: str) -> dict[str, KeyAge]:
    """Return the age of each key pair that has one, by fingerprint."""
    try:
        lines = read_file(_find_path(folder), READING_OWN).decode("ascii", "replace").split("\n")
    except OSError:
        return {}
    found = (line.split(" ") for line in lines)
    return {each[0]: KeyAge(int(each[1]), each[2] == _TOLD) for each in found if _is_age(each)}


def update_ages(folder: str, kept: Collection[str], stored: Collection[str] = (), told: Mapping[str, int] = {}) -> None:
    """Forget all key pairs but those that are `kept`; of these, some were `stored` just now, or AWS `told` of them.

    What is known stays: to be stored again makes no key pair younger. `kept` and `stored` are fingerprints, `told` maps
    them to epoch seconds. The caller holds the lock of the index.
    """
    known = read_ages(folder)
    ages = {each: KeyAge(int(time.time()), is_told=False) for each in stored} | known
    ages |= {each: KeyAge(since, is_told=True) for each, since in told.items() if since > 0}
    ages = {each: ages[each] for each in kept if each in ages}
    if ages != known:
        _write_ages(folder, ages)


def _write_ages(folder: str, ages: Mapping[str, KeyAge]) -> None:
    from shellvault.system.atomic_file import AtomicFile  # `list` and `status` only read

    text = "".join([f"{each} {age.since} {_TOLD if age.is_told else _STORED}\n" for each, age in ages.items()])
    try:
        AtomicFile(_find_path(folder), lasting=False).replace(text.encode("ascii", "replace"))
    except OSError:
        return


def _find_path(folder: str) -> str:
    return os.path.join(folder, "ages")


def _is_age(words: list[str]) -> bool:
    if len(words) != 3 or words[2] not in (_TOLD, _STORED):  # noqa: PLR2004 - see the format
        return False
    return words[1].isascii() and words[1].isdigit() and len(words[1]) <= _LONGEST
