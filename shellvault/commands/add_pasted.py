"""Reads a key pair that is typed or pasted: line by line, or straight from a file, a script or the console."""

from __future__ import annotations

import re

from shellvault.commands.add_key_pair import check_key_id, check_key_pair, is_secret
from shellvault.core.errors import UsageError
from shellvault.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.core.model import KeyPair
    from shellvault.request import Ask

_MOST_LINES = 50  # of one paste
_KEY_ID = re.compile(r"A[KS]IA[A-Z0-9]{12,124}")
_SEPARATORS = re.compile(r"[\s,;:\"']+")
_SETTING = re.compile(r"""["']?\w+["']?\s*[=:]""")
_PASTE_MARKS = re.compile("\x1b\\[20[01]~|\ufeff")  # of terminals, and of files that Windows wrote
_NAMED = re.compile(  # NAME = VALUE, NAME: VALUE or NAME VALUE, in the spellings of files, shells, JSON and consoles
    r"(?P<secret>secret[_ ]?(?:access[_ ]?)?key)|(?P<token>(?:session|security)[_ ]?token)"
    r"|(?P<id>access[_ ]?key(?:[_ ]?id)?(?![_ ]?id))",
    re.IGNORECASE,
)
_VALUE = re.compile(r"""["']?(?:\s*(?:\[[^]]*\])?\s*[=:]\s*|\s+(?=\S+\s*$))["']?(?P<value>[^\s"',;]+)""")


class _Found(Record):
    """What a line holds: an id, a secret, both or neither; `is_file` says that it looks like a line of a file."""

    key_id: str = ""
    secret: str = ""
    is_file: bool = False


_WHERE_IDS_ARE = "(an empty line; the id begins with AKIA: see Security credentials in the AWS console; Ctrl-C ends)"
_WHERE_SECRETS_ARE = "(an empty line; AWS shows a secret once, when the key is created; Ctrl-C ends)"


def read_key_pair(ask: Ask, name: str, *, force: bool) -> KeyPair:
    """Ask for a key pair, in as many lines as it takes; for `force` see `check_key_id`.

    Raises:
        UsageError: the input is not a key pair.
    """
    key_id = secret = ""
    is_file = False
    for _ in range(_MOST_LINES):
        if not key_id:
            line = ask(f"Access key ID for {name} (shown after Enter): ", _show_id)
        else:
            line = ask("Secret access key (not shown): ", _show_nothing)
        found = _read_line(line, wants_secret=bool(key_id), is_file=is_file)
        is_file = is_file or found.is_file
        key_id = check_key_id(found.key_id, force=force) if found.key_id else key_id  # before the secret is asked for
        secret = found.secret or secret
        if key_id and secret:
            return check_key_pair(key_id, secret, force=force)
    raise UsageError("that is not a key pair", "shellvault import --from csv FILE reads a whole file")


def _show_id(line: str) -> str:
    """Return what to show of the line that answers a question for an id."""
    return _find_id(line) if line.strip() else _WHERE_IDS_ARE


def _show_nothing(line: str) -> str:
    """Return what to show of the line that answers a question for a secret."""
    return "" if line.strip() else _WHERE_SECRETS_ARE


def _find_id(line: str) -> str:
    """Return the id in a line if it can be nothing else, because it will be shown."""
    return next((cell for cell in _split(line) if _KEY_ID.fullmatch(cell)), "")


def _read_line(line: str, *, wants_secret: bool, is_file: bool) -> _Found:
    line = _PASTE_MARKS.sub("", line).strip()
    named = _read_named(line)
    if named.is_file or _is_header(line) or (is_file and _SETTING.match(line)):
        return named.replace(is_file=bool(line))
    cells = _split(line)
    if ids := [number for number, cell in enumerate(cells) if _KEY_ID.fullmatch(cell)]:
        return _pair(cells[ids[0]], cells[ids[0] + 1 :])
    if wants_secret:
        return _Found(secret=line.strip("\"',;"))
    return _Found(line)


def _pair(key_id: str, rest: list[str]) -> _Found:
    """Return an id with the secret that follows it on its line, if anything does.

    Raises:
        UsageError: what follows is not a secret, and must not be stored as one.
    """
    if rest and not is_secret(rest[0]):
        raise UsageError("that is more than an access key ID", "type the ID alone, then Enter, then the secret")
    return _Found(key_id, "".join(rest[:1]))


def _read_named(line: str) -> _Found:
    """Return the id and the secret that a line gives by name."""
    found = {}
    for name in _NAMED.finditer(line):
        if value := _VALUE.match(line, name.end()):
            found[name.lastgroup] = value["value"]
    if "token" in found:
        raise UsageError("these are temporary credentials (with a session token)", "store a long-lived access key")
    return _Found(found.get("id", ""), found.get("secret", ""), bool(found))


def _is_header(line: str) -> bool:
    """Return whether a line may come before or between the halves of a pair: a section, a comment, column names."""
    return line[:1] in ("", "[", "#", "{", "}") or (_NAMED.search(line) is not None and not _find_id(line))


def _split(line: str) -> list[str]:
    return [cell for cell in _SEPARATORS.split(_PASTE_MARKS.sub("", line)) if cell]
