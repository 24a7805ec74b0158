"""Decides which key pairs are old, and reminds the user of them once a day."""

from __future__ import annotations

import time

from shellvault.core.errors import ShellvaultError
from shellvault.core.key_age import describe_key_age, parse_limit
from shellvault.core.text import quote_word, sanitize

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from shellvault.core.key_age import KeyAge
    from shellvault.request import Request
    from shellvault.storage.opener import Storage

_VARIABLE = "SHELLVAULT_KEY_AGE"
_SHOWN = ("list", "status")  # these print for people; the others for a shell or a program
_NOT_TYPED = frozenset(("--json", "--refresh", "--unset", "--no-input"))


def find_limit(environ: Mapping[str, str]) -> int:
    """Return the days after which a key pair is old; 0: it never is.

    Raises:
        UsageError: the variable says something else.
    """
    return parse_limit(environ.get(_VARIABLE, ""), _VARIABLE)


def describe_age(name: str, age: KeyAge, environ: Mapping[str, str]) -> str:
    """Return how old a key pair is, and if it is old, what to type.

    Raises:
        UsageError: see `find_limit`.
    """
    now = time.time()
    return age.describe(now) + (_advise(name) if age.is_over(find_limit(environ), now) else "")


def remind(verb: str, options: Collection[str], request: Request, storage: Storage) -> None:
    """Write the line, if a person typed this command and a key pair is old; then a day passes until the next look."""
    terminal = request.terminal
    is_read = terminal.stdout_is_tty or verb not in _SHOWN
    if not is_read or not _NOT_TYPED.isdisjoint(options):
        return
    from shellvault.storage.usage_log import record_look  # not where only ages are described

    if not record_look(storage.home):
        return
    try:
        line = _describe_oldest(storage, find_limit(request.environ), time.time())
    except ShellvaultError as error:
        line = f"{error.message}: {error.hint}"
    if line:
        terminal.write(f"shellvault: {sanitize(line)}\n")


def _describe_oldest(storage: Storage, limit: int, now: float) -> str:
    """Return the line about the oldest key pair of the vault in use; empty if it is not old."""
    if not storage.index.entries() or storage.index.problem:  # no question and no window for this
        return ""
    old = [(names, age) for names, age in storage.key_pairs().ages() if age.is_over(limit, now)]
    if not old:
        return ""
    names, age = old[0]
    others = f", and {len(old) - 1} more {'are' if old[2:] else 'is'} older than {limit} days" if old[1:] else ""
    return f"{describe_key_age(names, age, now)}{others}{_advise(names[0])}"


def _advise(name: str) -> str:
    return f"; to replace it: shellvault rotate {quote_word(name)}"
