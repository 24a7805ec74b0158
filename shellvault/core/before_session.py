"""What a shell held before our session was put into it, as far as this program can know. Pure."""

from __future__ import annotations

from shellvault.core.environment import CREDENTIALS, leave
from shellvault.core.record import FromVariable
from shellvault.core.shell_memory import SET_ASIDE, mark_of, recall

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def without_session(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment as it would be without our session in it, as far as this program can know."""
    after = {**environ, **leave(environ)}
    known = {name: environ.get(value) if isinstance(value, FromVariable) else value for name, value in after.items()}
    return {name: value for name, value in known.items() if value is not None}


def marks_before(environ: Mapping[str, str]) -> list[str]:
    """Return a mark for each credential from before our session, whose value this program may be unable to see."""
    after = {**environ, **leave(environ)}
    found = [after.get(name) for name in CREDENTIALS]
    return [value[len(SET_ASIDE) :] if isinstance(value, FromVariable) else mark_of(value or None) for value in found]


def has_set_aside(environ: Mapping[str, str]) -> bool:
    """Return whether the shell holds old secrets that this program cannot see."""
    return any(isinstance(old, FromVariable) and old not in environ for _mark, old in recall(environ).values())
