"""The table that a service is: its actions, each with the parameters it takes and what it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shellvault.core.record import Record
from tests.aws import constraints, query
from tests.aws.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.aws.identities import Credential
    from tests.aws.world import World


class Action(Record):
    """One action: `run` answers a caller whose signature holds, `rules` name every parameter it takes."""

    run: Callable[[World, Credential, Mapping[str, str]], query.Tree]
    rules: tuple[constraints.Rule, ...] = ()


class Service(Record):
    """One service of the Query protocol, as it is named in a signature's scope.

    `regions` say for each partition the one that a global service takes signatures for; a regional one takes them all.
    """

    name: str
    version: str
    actions: dict[str, Action]
    regions: dict[str, str] = {}  # noqa: RUF012 - a field of a record, whose values are never changed

    @property
    def namespace(self) -> str:
        """The XML namespace of its answers."""
        return f"https://{self.name}.amazonaws.com/doc/{self.version}/"

    def perform(self, world: World, caller: Credential, params: Mapping[str, str]) -> query.Tree:
        """Do what the parameters ask for, or refuse it."""
        if not (name := params.get("Action", "")):
            raise AwsError("MissingAction", "The request must contain the parameter Action.")
        version = params.get("Version", "")
        if name not in self.actions or version != self.version:
            raise AwsError("InvalidAction", f"Could not find operation {name} for version {version}")
        action = self.actions[name]
        given = {key: value for key, value in params.items() if key not in ("Action", "Version")}
        _check_known(name, action, given)
        constraints.check(given, action.rules, world.min_duration)
        return action.run(world, caller, given)

    def check_region(self, caller: Credential, region: str) -> None:
        """Refuse a signature for another region than a global service's own."""
        home = self.regions.get(caller.principal.arn.split(":")[1], region)
        if region != home:
            message = f"Credential should be scoped to a valid region, not '{region}'. "
            raise AwsError("SignatureDoesNotMatch", message, 403)


def _check_known(name: str, action: Action, params: Mapping[str, str]) -> None:
    """Refuse a parameter that this server knows no rule for, so that a client's surprise shows."""
    known = {rule.parameter for rule in action.rules}
    if unknown := [parameter for parameter in params if query.pattern(parameter) not in known]:
        raise AwsError("TestServerUnknownParameter", f"{name} of the test server does not know {', '.join(unknown)}")
