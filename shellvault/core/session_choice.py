"""What shapes a session beside its profile's settings: a role without a profile, and a scope. Pure."""

from __future__ import annotations

from shellvault.core.record import Record
from shellvault.core.role_choice import read_role
from shellvault.core.scope import read_scope
from shellvault.core.shell_memory import escape, unescape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from shellvault.core.role_choice import RoleChoice
    from shellvault.core.scope import Scope


class SessionChoice(Record):
    """What a command line chose, or what the shell holds.

    Attributes:
        role: the role without a profile, if any.
        scope: what narrows the session that this command is about, if anything.
        held_scope: what narrows the session that the shell holds.
    """

    role: RoleChoice | None = None
    scope: Scope | None = None
    held_scope: Scope | None = None

    def keep_scope(self) -> SessionChoice:
        """Return the choice of a command that looks at the session which the shell holds."""
        return self.replace(scope=self.held_scope)

    def describe(self, profile: str) -> str:
        """Return what a shell remembers to obtain the session of this profile again; see `read_choice`."""
        role = self.role.fields if self.role and self.role.name == profile else []
        return _format_fields([*role, *(self.scope.fields if self.scope else [])])


def read_choice(text: str, *, is_given: bool) -> SessionChoice:
    """Read what `SessionChoice.describe` returned; `is_given` says that the command line means it.

    Raises:
        UsageError: somebody has changed it so that the scope cannot be read.
    """
    fields = _parse_fields(text)
    scope = read_scope(fields)
    return SessionChoice(read_role(dict(fields), is_given=is_given), scope if is_given else None, scope)


def _format_fields(fields: Iterable[tuple[str, str]]) -> str:
    """Return fields as `KEY=VALUE KEY=VALUE`, without a space in any value."""
    return " ".join([f"{key}={escape(value).replace(' ', '%20')}" for key, value in fields])


def _parse_fields(text: str) -> list[tuple[str, str]]:
    """Read what `_format_fields` returned; a word without a key is left out."""
    pairs = (word.partition("=") for word in text.split(" "))
    return [(key, unescape(value.replace("%20", " "))) for key, equals, value in pairs if equals]
