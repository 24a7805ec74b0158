"""Explains a word that is not an option of a command, or translates it if it is one of aws-vault's."""

from __future__ import annotations

from shellvault.compat.awsvault.options import instead, translate
from shellvault.core.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

_NEAR = 0.7  # of difflib's ratio


def translate_option(command: str, name: str, equals: str, known: Collection[str]) -> str:
    """Return our name for one of aws-vault's options; empty if it asks for what happens anyway.

    Raises:
        UsageError: there is no such option; the hint says what to use instead.
    """
    own = translate(command, name)
    if own is None:
        reason, hint = instead(command, name)
        reason = f" ({reason})" if reason else ""
        raise UsageError(f"{command}: unknown option {name}{reason}", hint or _nearest(command, name, known))
    if not own and equals:
        raise UsageError(f"{command}: {name} takes no value", _nearest(command, name, known))
    return own


def _nearest(command: str, name: str, known: Collection[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, known, n=1, cutoff=_NEAR)
    return f"did you mean {near[0]}?" if near else f"shellvault {command} --help"
