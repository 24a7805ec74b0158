"""The drivers that ask a person, by name. Each is a module with `ask(question, hidden)`, imported when it is used."""

from __future__ import annotations

from shellvault.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Ask = Callable[[str], str]

DRIVERS = {"terminal": "shellvault.prompts.terminal"}
"""Name -> module; each module has `ask(question: str) -> str`."""


def driver(name: str) -> Ask:
    """Return what asks one visible question and returns the answer.

    Raises:
        UsageError: there is no such driver.
    """
    from importlib import import_module

    if name not in DRIVERS:
        raise UsageError(f"there is no prompt driver '{name}'", f"choose one of: {', '.join(DRIVERS)}")
    ask: Ask = import_module(DRIVERS[name]).ask
    return ask
