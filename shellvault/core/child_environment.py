"""The environment of programs that we start: without the secrets that are meant for us. Pure."""

from __future__ import annotations

from shellvault.core.environment import NOT_FOR_CHILDREN, PASSED_ON, PASSPHRASE_FILE, PREVIOUS
from shellvault.core.shell_memory import MEMORY, SET_ASIDE, format_entry, is_reach, recall

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from shellvault.core.shell_memory import Changes


def child_environ(environ: Mapping[str, str], *, asks_us: bool = False) -> dict[str, str]:
    """Return the environment for a program that we start: `environ` without the secrets meant for us.

    A program that asks us for credentials may know where the passphrase is.
    """
    withheld = set(NOT_FOR_CHILDREN) - ({PASSPHRASE_FILE} if asks_us else set())
    return {name: value for name, value in environ.items() if name not in withheld and not name.startswith(SET_ASIDE)}


def exec_environ(environ: Mapping[str, str], changes: Changes, *, asks_us: bool = False) -> dict[str, str]:
    """Return the environment of a program that runs with `changes` applied.

    Its memory holds no old values except those of `PASSED_ON`, so no older secret is passed on: a shell can take the
    session out again, and then has none.
    """
    remembered = recall({MEMORY: changes.get(MEMORY) or ""})
    kept = {name for name in remembered if name in PASSED_ON or is_reach(name)}
    memory = (format_entry(name, mark, old if name in kept else None) for name, (mark, old) in remembered.items())
    after = {**environ, **changes, PREVIOUS: None, MEMORY: ";".join(memory)}
    found = {name: value for name, value in after.items() if value is not None}
    return child_environ(found, asks_us=asks_us)
