"""What shapes a session beside its profile's settings: a role without a profile, and a scope. Pure."""

from __future__ import annotations

from shellvault.core.record import Record
from shellvault.core.role_choice import read_role
from shellvault.core.scope import read_scope
from shellvault.core.via import format_via, parse_via

TYPE_CHECKING = False
if TYPE_CHECKING:
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

    def describe(self, profile: str) -> str:
        """Return what a shell remembers to obtain the session of this profile again; see `read_choice`."""
        role = self.role.fields if self.role and self.role.name == profile else []
        return format_via([*role, *(self.scope.fields if self.scope else [])])


def read_choice(text: str, *, is_given: bool) -> SessionChoice:
    """Read what `SessionChoice.describe` returned; `is_given` says that the command line means it.

    Raises:
        UsageError: somebody has changed it so that the scope cannot be read.
    """
    fields = parse_via(text)
    scope = read_scope(fields)
    return SessionChoice(read_role(dict(fields), is_given=is_given), scope if is_given else None, scope)
