"""User-facing text: names come from files and variables that others may write."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from shellvault.core.errors import ShellvaultError

_INVISIBLE = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"
    + "".join(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
)
"""Letters, marks and symbols without a shape, which Python calls printable."""


def sanitize(text: str) -> str:
    """Return a text without anything that is invisible, moves the cursor, changes a colour or reverses the line."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(one if one.isprintable() and one not in _INVISIBLE else "?" for one in text)


def last4(key_id: str) -> str:
    """Return how an access key id is shown."""
    return f"…{key_id[-4:]}"


def quote_word(name: str) -> str:
    """Return a name as one word of a command line, which runs nothing when the line is pasted into a shell."""
    from shlex import quote  # only for errors

    plain = "".join("a" if letter.isalpha() else letter for letter in name)  # no shell gives a meaning to a letter
    return name if quote(plain) == plain else quote(name)


def quote_name(name: str) -> str:
    """Return a name quoted for a header of the config file, which botocore splits into words as a shell does."""
    if not set(name) & {" ", "'", '"', "\\"}:
        return name
    if "'" in name and not set(name) & {'"', "\\"}:
        return f'"{name}"'
    escaped = name.replace("'", """'"'"'""")
    return f"'{escaped}'"


def quote_names(names: Iterable[str]) -> str:
    """Return names for a sentence, quoted and separated by commas."""
    return ", ".join(f"'{name}'" for name in names)


def join_names(names: Iterable[str]) -> str:
    """Return names for a sentence, quoted, with `and` before the last one."""
    quoted = [f"'{name}'" for name in names]
    return " and ".join(filter(None, (", ".join(quoted[:-1]), *quoted[-1:])))


def abbreviate_names(names: Iterable[str], most: int = 5) -> str:
    """Return the first names for a sentence, quoted, and how many more there are."""
    ordered = list(names)
    rest = len(ordered) - most
    return quote_names(ordered[:most]) + (f" and {rest} more" if rest > 0 else "")


def count(number: int, noun: str) -> str:
    """Return a number with its noun in the singular or plural."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def format_error(error: ShellvaultError) -> str:
    """Return an error as it is shown: what happened, and what to type next."""
    hint = (f"hint: {sanitize(error.hint)}",) if error.hint else ()
    lines = (f"error: {sanitize(error.message)}", *hint, *map(sanitize, error.sample))
    return "".join(f"{line}\n" for line in lines)
