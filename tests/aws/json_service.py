"""Tables of the services that speak JSON 1.1: their actions, with their fields and implementations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shellvault.core.record import Record
from tests.aws.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.aws.identities import Credential
    from tests.aws.permissions import Resource
    from tests.aws.world import World


class JsonCall(Record):
    """A verified call of a JSON service."""

    world: World
    caller: Credential
    region: str
    fields: dict[str, Any]


class JsonAction(Record):
    """An action; `resource` returns what the caller needs permission for, `types` are those of all its fields."""

    run: Callable[[JsonCall], dict[str, Any]]
    resource: Callable[[JsonCall], Resource]
    types: dict[str, type]
    required: tuple[str, ...]

    def check_fields(self, fields: dict[str, Any]) -> None:
        """Refuse fields that are missing, of the wrong type, or unknown to this server."""
        if unknown := sorted(fields.keys() - self.types):
            raise AwsError("TestServerUnknownParameter", f"the test server does not know {', '.join(unknown)}")
        if missing := [name for name in self.required if not fields.get(name)]:
            raise AwsError("ValidationException", f"Missing: {', '.join(missing)}")
        if wrong := [name for name, value in fields.items() if not isinstance(value, self.types[name])]:
            raise AwsError("SerializationException", f"Not of the right type: {', '.join(wrong)}")


class JsonService(Record):
    """A service of the JSON protocol, named as in a signature's scope; the prefix is that of its targets."""

    name: str
    target_prefix: str
    actions: dict[str, JsonAction]
