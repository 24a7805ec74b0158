"""IAM's actions on the inline policies of roles and users.

Source: the IAM API reference, and "IAM and AWS STS quotas" in the IAM User Guide: white space does not count.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote

from shellvault.core.record import Record
from tests.aws.constraints import NAME, TextRule
from tests.aws.errors import AwsError
from tests.aws.iam_entities import find_role, find_user, name_role, name_user
from tests.aws.policy import ALPHABET, parse_policy
from tests.aws.service import QueryAction

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.aws.identities import Credential, Role, User
    from tests.aws.permissions import Resource
    from tests.aws.query import Tree
    from tests.aws.world import World

    Params = Mapping[str, str]

_PROTECTED = (":role/aws-reserved/", ":role/aws-service-role/")
"""Paths of the roles of IAM Identity Center, and of service-linked roles, which only AWS modifies."""


class _Owner(Record):
    """What inline policies belong to; `most` is the size of all its policies together, in bytes."""

    noun: str
    name_rule: TextRule
    most: int
    find: Callable[[World, Credential, Params], Role | User]
    resource: Callable[[World, Credential, Params], Resource]


def _put(owner: _Owner, world: World, caller: Credential, params: Params) -> Tree:
    """Add a policy, or replace the one with this name."""
    arn, name, document = _find_modifiable(owner, world, caller, params), params["PolicyName"], params["PolicyDocument"]
    parse_policy(document)
    with world.lock:
        documents = world.policies.documents(arn) | {name: document}
        if sum(len("".join(each.split())) for each in documents.values()) > owner.most:
            called = f"{owner.noun} {params[owner.name_rule.parameter]}"
            raise AwsError("LimitExceeded", f"Maximum policy size of {owner.most} bytes exceeded for {called}", 409)
        world.policies.put(arn, name, document, world.policy_delay)
    return {}


def _get(owner: _Owner, world: World, caller: Credential, params: Params) -> Tree:
    """Return a policy, percent-encoded."""
    document = _find_document(owner, world, owner.find(world, caller, params).arn, params)
    parameter = owner.name_rule.parameter
    return {
        parameter: params[parameter],
        "PolicyName": params["PolicyName"],
        "PolicyDocument": quote(document, safe=""),
    }


def _delete(owner: _Owner, world: World, caller: Credential, params: Params) -> Tree:
    """Remove a policy."""
    arn = _find_modifiable(owner, world, caller, params)
    _find_document(owner, world, arn, params)
    world.policies.put(arn, params["PolicyName"], "", world.policy_delay)
    return {}


def _list(owner: _Owner, world: World, caller: Credential, params: Params) -> Tree:
    """List the names of the policies."""
    names = list(world.policies.documents(owner.find(world, caller, params).arn))
    return {"PolicyNames": names, "IsTruncated": "false"}


def _find_modifiable(owner: _Owner, world: World, caller: Credential, params: Params) -> str:
    arn = owner.find(world, caller, params).arn
    if any(path in arn for path in _PROTECTED):
        message = f"Cannot perform the operation on the protected role '{params['RoleName']}'"
        raise AwsError("UnmodifiableEntity", f"{message} - this role is only modifiable by AWS")
    return arn


def _find_document(owner: _Owner, world: World, arn: str, params: Params) -> str:
    name = params["PolicyName"]
    if document := world.policies.documents(arn).get(name):
        return document
    raise AwsError("NoSuchEntity", f"The {owner.noun} policy with name {name} cannot be found.", 404)


def _list_actions(owner: _Owner) -> dict[str, QueryAction]:
    noun = owner.noun.title()
    name, document = (
        TextRule("PolicyName", 1, 128, NAME, required=True),
        TextRule("PolicyDocument", 1, 131072, ALPHABET, required=True),
    )
    return {
        f"Put{noun}Policy": QueryAction(partial(_put, owner), owner.resource, (owner.name_rule, name, document)),
        f"Get{noun}Policy": QueryAction(partial(_get, owner), owner.resource, (owner.name_rule, name)),
        f"Delete{noun}Policy": QueryAction(partial(_delete, owner), owner.resource, (owner.name_rule, name)),
        f"List{noun}Policies": QueryAction(partial(_list, owner), owner.resource, (owner.name_rule,)),
    }


ACTIONS = {
    **_list_actions(_Owner("role", TextRule("RoleName", 1, 64, NAME, required=True), 10240, find_role, name_role)),
    **_list_actions(_Owner("user", TextRule("UserName", 1, 128, NAME, required=True), 2048, find_user, name_user)),
}
"""The actions on the policies of roles and users."""
