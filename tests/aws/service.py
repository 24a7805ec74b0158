"""Service tables: the actions of a service, with their parameters and implementations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shellvault.core.record import Record
from tests.aws import constraints, query
from tests.aws.errors import AwsError
from tests.aws.permissions import authorize

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.aws.identities import Credential
    from tests.aws.permissions import Resource
    from tests.aws.world import World


class QueryAction(Record):
    """An action.

    `run` serves a verified caller, `rules` covers every parameter. `resource` returns what the caller needs permission
    for, or refuses callers whom no permission would help; without it the action needs none.
    """

    run: Callable[[World, Credential, Mapping[str, str]], query.Tree]
    resource: Callable[[World, Credential, Mapping[str, str]], Resource] | None
    rules: tuple[constraints.Rule, ...] = ()


class QueryService(Record):
    """A service of the Query protocol, named as in a signature's scope.

    `regions` maps each partition to the only region for which a global service accepts signatures; it is empty for a
    regional service.
    """

    name: str
    version: str
    actions: dict[str, QueryAction]
    regions: dict[str, str] = {}  # noqa: RUF012 - records are immutable

    @property
    def namespace(self) -> str:
        """The XML namespace of its responses."""
        return f"https://{self.name}.amazonaws.com/doc/{self.version}/"

    def perform(self, world: World, caller: Credential, params: Mapping[str, str]) -> query.Tree:
        """Perform the requested action, or refuse it."""
        if not (name := params.get("Action", "")):
            raise AwsError("MissingAction", "The request must contain the parameter Action.")
        version = params.get("Version", "")
        if name not in self.actions or version != self.version:
            raise AwsError("InvalidAction", f"Could not find operation {name} for version {version}")
        action = self.actions[name]
        given = {key: value for key, value in params.items() if key not in ("Action", "Version")}
        _check_known(name, action, given)
        constraints.check_parameters(given, action.rules)
        if action.resource is not None:
            authorize(world, caller, f"{self.name}:{name}", action.resource(world, caller, given))
        return action.run(world, caller, given)

    def check_region(self, caller: Credential, region: str) -> None:
        """Refuse a signature for any region but a global service's own."""
        home = self.regions.get(caller.principal.arn.split(":")[1], region)
        if region != home:
            message = f"Credential should be scoped to a valid region, not '{region}'. "
            raise AwsError("SignatureDoesNotMatch", message, 403)


def _check_known(name: str, action: QueryAction, params: Mapping[str, str]) -> None:
    """Refuse a parameter without a rule, so that unexpected parameters are noticed."""
    known = {rule.parameter for rule in action.rules}
    if unknown := [parameter for parameter in params if query.pattern(parameter) not in known]:
        raise AwsError("TestServerUnknownParameter", f"{name} of the test server does not know {', '.join(unknown)}")
