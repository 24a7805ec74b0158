"""What shapes a session beside its profile's settings: a role without a profile, and a scope. Pure."""

from __future__ import annotations

from shellvault.core.environment import SCOPE, VIA
from shellvault.core.errors import UsageError
from shellvault.core.record import Record
from shellvault.core.role_choice import ROLE_FIELDS, read_role
from shellvault.core.scope import SCOPE_FIELDS, read_scope
from shellvault.core.shell_memory import escape, unescape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from shellvault.core.role_choice import RoleChoice
    from shellvault.core.scope import Scope


_NAME = "session-name"


class SessionChoice(Record):
    """What a command line chose, or what the shell holds.

    Attributes:
        role: the role without a profile, if any.
        scope: what narrows the session that this command is about, if anything.
        held_scope: what narrows the session that the shell holds.
        session_name: what AWS's logs call the session; empty for the profile's own choice.
    """

    role: RoleChoice | None = None
    scope: Scope | None = None
    held_scope: Scope | None = None
    session_name: str = ""

    def keep_held(self) -> SessionChoice:
        """Return the choice for a command about the session in the shell; its own scope counts, if it has one."""
        return self.replace(role=self.role and self.role.replace(is_given=True), scope=self.scope or self.held_scope)


def describe_choice(choice: SessionChoice | None, profile: str, scope: Scope | None) -> dict[str, str]:
    """Return the variables that say what a profile's session is narrowed to, and how to obtain it again."""
    role = choice.role if choice else None
    own = role.fields if role and role.name == profile else []
    name = [(_NAME, choice.session_name)] if choice and choice.session_name else []
    found = {VIA: _format_fields([*own, *(scope.fields if scope else []), *name]), SCOPE: scope.label if scope else ""}
    return {name: value for name, value in found.items() if value}


def read_choice(text: str, *, is_given: bool) -> SessionChoice:
    """Read what `describe_choice` put into `VIA`; `is_given` says that the command line means it.

    Raises:
        UsageError: the command line means it, and somebody has changed it so that it cannot be read.
    """
    try:
        fields = _parse_fields(text)
        alone, scope = dict(fields), read_scope(fields)
    except UsageError:
        if is_given:
            raise
        return SessionChoice()
    role = read_role(alone, is_given=is_given)
    return SessionChoice(role, scope, scope, alone.get(_NAME, "")) if is_given else SessionChoice(role, None, scope)


def _format_fields(fields: Iterable[tuple[str, str]]) -> str:
    """Return fields as `KEY=VALUE KEY=VALUE`, without a space in any value."""
    return " ".join([f"{key}={escape(value).replace(' ', '%20')}" for key, value in fields])


def _parse_fields(text: str) -> list[tuple[str, str]]:
    """Read what `_format_fields` returned.

    Raises:
        UsageError: it is something else; what it lacks must not make a session wider.
    """
    words = [word.partition("=") for word in text.split(" ") if word]
    if any(not equals or key not in (*ROLE_FIELDS, *SCOPE_FIELDS, _NAME) for key, equals, _value in words):
        raise UsageError("what this shell remembers of its session has been changed", "shellvault use PROFILE")
    return [(key, unescape(value.replace("%20", " "))) for key, _equals, value in words]
