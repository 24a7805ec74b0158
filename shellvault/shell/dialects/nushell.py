"""The dialect of nushell: a JSON object, as `load-env` takes data and no code."""

from __future__ import annotations

from shellvault.core.errors import UsageError
from shellvault.core.record import FromVariable, Secret, Unexported
from shellvault.core.shell_memory import recall
from shellvault.shell.dialects import refuse_invalid_text
from shellvault.shell.formats import process_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def render(changes: Mapping[str, str | None], /) -> Secret:
    """Return one object; programs do not get a variable that is null.

    What is set aside could be put into nushell, but not be taken from there again, so that is refused. A variable whose
    old value is in the shell around nushell is unset.
    """
    refuse_invalid_text(changes, "nushell")
    if any(isinstance(value, Unexported) for value in changes.values()):
        raise _refuse_own_secrets(changes)
    pairs = [f"{process_json.quote(name)}: {_spell(value)}" for name, value in changes.items()]
    return Secret("{" + ", ".join(pairs) + "}\n")


def _spell(value: str | None) -> str:
    return "null" if value is None or isinstance(value, FromVariable) else process_json.quote(value)


def _refuse_own_secrets(changes: Mapping[str, str | None]) -> UsageError:
    memory = recall({name: value for name, value in changes.items() if value is not None})
    names = " ".join(name for name, (_mark, old) in memory.items() if isinstance(old, FromVariable))
    return UsageError(
        "this shell has AWS credentials of its own, and nushell cannot set them aside",
        f"hide-env {names}; first, if they are a key pair to keep: shellvault add NAME --env",
    )


def quote(value: str) -> str:
    """Return a value as one word of nushell's own code, in which nothing is expanded."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
