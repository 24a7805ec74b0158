"""The dialect of xonsh: one Python expression."""

from __future__ import annotations

from shellvault.core.record import FromVariable, Secret, Unexported
from shellvault.shell.dialects import refuse_uncarriable, refuse_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_LISTS = ("PATH", "DIRS")
"""How the names of variables end that xonsh makes a list of folders of."""


def render(changes: Mapping[str, str | None], /) -> Secret:
    """Return one expression that makes all changes: xonsh compiles it whole before it runs any of it.

    Its environment is `__xonsh__.env`; its Python variables, which no program inherits, are in `__xonsh__.ctx`.
    """
    refuse_uncarriable(changes)
    taken = {value for value in changes.values() if isinstance(value, FromVariable)}
    steps = []
    for name, value in changes.items():
        if value and name.endswith(_LISTS):
            raise refuse_value(name, "would become a list of folders in xonsh")
        if isinstance(value, FromVariable):
            steps += [f"e.pop({name!r}, 0)", f"e.update({{{name!r}: c[{value!r}]}} if {value!r} in c else {{}})"]
        elif value is None:
            steps.append(f"{'c' if name in taken else 'e'}.pop({name!r}, 0)")
        else:
            steps.append(f"{'c' if isinstance(value, Unexported) else 'e'}.update({{{name!r}: {quote(value)}}})")
    return Secret(f"((lambda e, c: ({', '.join(steps)}))(__xonsh__.env, __xonsh__.ctx))\n")


def quote(value: str) -> str:
    """Return a value as a literal of ASCII characters."""
    return ascii(str(value))  # not of the subclass, whose repr hides it
