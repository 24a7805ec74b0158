"""How requests to IAM name users and roles, and which sessions IAM accepts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.aws.errors import AwsError, validation_error
from tests.aws.permissions import Resource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.aws.identities import Credential, Role, User
    from tests.aws.world import World

    Params = Mapping[str, str]


def name_user(world: World, caller: Credential, params: Params) -> Resource:
    """Return the named user, or the caller's own, whether it exists or not."""
    check_session(caller)
    name = params.get("UserName", "")
    if not name:
        own = world.find_user(caller.principal.arn)
        if own is None:
            raise validation_error("Must specify userName when calling with non-User credentials")
        name = own.name
    return Resource(f"arn:{_find_partition(caller)}:iam::{caller.principal.account}:user/{name}", f"user {name}")


def find_user(world: World, caller: Credential, params: Params) -> User:
    """Return the named user, or the caller's own."""
    resource = name_user(world, caller, params)
    user = world.find_user(resource.arn)
    if user is None:
        name = resource.name.removeprefix("user ")
        raise AwsError("NoSuchEntity", f"The user with name {name} cannot be found.", 404)
    return user


def name_role(world: World, caller: Credential, params: Params) -> Resource:
    """Return the named role, whether it exists or not."""
    check_session(caller)
    name = params["RoleName"]
    role = _find_own_role(world, caller, name)
    arn = role.arn if role else f"arn:{_find_partition(caller)}:iam::{caller.principal.account}:role/{name}"
    return Resource(arn, f"role {name}")


def find_role(world: World, caller: Credential, params: Params) -> Role:
    """Return the named role."""
    role = _find_own_role(world, caller, params["RoleName"])
    if role is None:
        raise AwsError("NoSuchEntity", f"The role with name {params['RoleName']} cannot be found.", 404)
    return role


def check_session(caller: Credential) -> None:
    """Refuse sessions that IAM does not accept: a user's without MFA, and those of federated users."""
    session = caller.session
    if session and (session.kind == "federated" or (session.kind == "session" and not session.with_mfa)):
        raise AwsError("InvalidClientTokenId", "The security token included in the request is invalid", 403)


def _find_own_role(world: World, caller: Credential, name: str) -> Role | None:
    return world.find_role_named(name, caller.principal.account, _find_partition(caller))


def _find_partition(caller: Credential) -> str:
    return caller.principal.arn.split(":")[1]
