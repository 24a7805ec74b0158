"""The environment of a program that `exec` starts. Pure."""

from __future__ import annotations

from shellvault.core.environment import PREVIOUS, REGIONS, child_environ
from shellvault.core.shell_memory import CONFIG_FILES, MEMORY, REACH, TOKEN_FILE, format_entry, is_reach, recall

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from shellvault.core.shell_memory import Changes

_PASSED_ON = frozenset((*REGIONS, *REACH, *CONFIG_FILES, TOKEN_FILE))
"""Variables whose old values a nested shell may know: none of them is a secret."""


def exec_environ(environ: Mapping[str, str], changes: Changes, *, asks_us: bool = False) -> dict[str, str]:
    """Return the environment of a program that runs with `changes` applied.

    Its memory holds no old values except those of `_PASSED_ON`, so no older secret is passed on. A nested shell that
    takes the session out has no credentials.
    """
    remembered = recall({MEMORY: changes.get(MEMORY) or ""})
    kept = {name for name in remembered if name in _PASSED_ON or is_reach(name)}
    memory = (format_entry(name, mark, old if name in kept else None) for name, (mark, old) in remembered.items())
    after = {**environ, **changes, PREVIOUS: None, MEMORY: ";".join(memory)}
    found = {name: value for name, value in after.items() if value is not None}
    return child_environ(found, asks_us=asks_us)
