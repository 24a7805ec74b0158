"""IAM's actions on a user's access keys, and who may call them.

Source: the IAM API reference and "Manage access keys for IAM users" in the IAM User Guide. IAM is global: its
endpoint accepts signatures for only one region of the partition.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.aws.constraints import NAME, TextRule
from tests.aws.errors import AwsError, access_denied, validation_error
from tests.aws.identities import Credential, random_secret, unique_id
from tests.aws.service import QueryAction, QueryService

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.aws.identities import User
    from tests.aws.query import Tree
    from tests.aws.world import World

    Params = Mapping[str, str]

MOST_KEYS = 2
_NEVER = "N/A"
_USER_NAME = TextRule("UserName", 1, 128, NAME)
_KEY_ID = TextRule("AccessKeyId", 16, 128, r"[\w]*", required=True)


def create_access_key(world: World, caller: Credential, params: Params) -> Tree:
    """Create a key pair, whose secret is shown only once; a user has at most two, including inactive ones."""
    user = _find_user(world, caller, params, "CreateAccessKey")
    key = Credential(unique_id("AKIA"), random_secret(), user.principal, created_at=world.now())
    with world.lock:
        if len(world.keys.list_for_user(user.principal)) >= MOST_KEYS:
            raise AwsError("LimitExceeded", f"Cannot exceed quota for AccessKeysPerUser: {MOST_KEYS}", 409)
        world.keys.add(key)
        world.keys.delay_activation(key.access_key_id, world.key_delay, world.key_refusals)
    return {"AccessKey": _describe(user, key) | {"SecretAccessKey": key.secret}}


def list_access_keys(world: World, caller: Credential, params: Params) -> Tree:
    """List a user's keys, without their secrets."""
    user = _find_user(world, caller, params, "ListAccessKeys")
    keys = [_describe(user, key) for key in world.keys.list_for_user(user.principal)]
    return {"UserName": user.name, "AccessKeyMetadata": keys, "IsTruncated": "false"}


def delete_access_key(world: World, caller: Credential, params: Params) -> Tree:
    """Delete a key pair, possibly the one that signed the request."""
    key = _find_key(world, _find_user(world, caller, params, "DeleteAccessKey"), params)
    world.keys.remove(key.access_key_id)
    return {}


def update_access_key(world: World, caller: Credential, params: Params) -> Tree:
    """Deactivate a key, or activate it again."""
    key = _find_key(world, _find_user(world, caller, params, "UpdateAccessKey"), params)
    world.keys.add(key.replace(active=params["Status"] == "Active"))
    return {}


def get_access_key_last_used(world: World, caller: Credential, params: Params) -> Tree:
    """Return when a key of the caller's account was last used, from the recorded calls."""
    _check_session(caller)
    key = world.keys.find(params["AccessKeyId"])
    if key is None or key.principal.account != caller.principal.account:
        raise _no_such_key(params)
    _check_permission(world, caller, "GetAccessKeyLastUsed", f"access key {key.access_key_id}")
    uses = [call for call in world.calls if call.access_key_id == key.access_key_id and call.principal]
    last: Tree = {"ServiceName": _NEVER, "Region": _NEVER}
    if uses:
        last = {"LastUsedDate": _format_time(uses[-1].time), "ServiceName": uses[-1].service, "Region": uses[-1].region}
    return {"UserName": key.principal.arn.rpartition("/")[2], "AccessKeyLastUsed": last}


def get_user(world: World, caller: Credential, params: Params) -> Tree:
    """Describe a user."""
    user = _find_user(world, caller, params, "GetUser")
    facts: Tree = {"Path": "/", "UserName": user.name, "UserId": user.principal.user_id, "Arn": user.arn}
    return {"User": facts | {"CreateDate": _format_time(user.created_at)}}


def _find_user(world: World, caller: Credential, params: Params, action: str) -> User:
    """Return the named user, or the caller's own, if the caller may perform the action on it."""
    _check_session(caller)
    own = world.find_user(caller.principal.arn)
    name = params.get("UserName", own.name if own else "")
    if not name:
        raise validation_error("Must specify userName when calling with non-User credentials")
    _check_permission(world, caller, action, f"user {name}")
    partition = caller.principal.arn.split(":")[1]
    user = world.find_user(f"arn:{partition}:iam::{caller.principal.account}:user/{name}")
    if user is None:
        raise AwsError("NoSuchEntity", f"The user with name {name} cannot be found.", 404)
    return user


def _find_key(world: World, user: User, params: Params) -> Credential:
    for key in world.keys.list_for_user(user.principal):
        if key.access_key_id == params["AccessKeyId"]:
            return key
    raise _no_such_key(params)


def _no_such_key(params: Params) -> AwsError:
    return AwsError("NoSuchEntity", f"The Access Key with id {params['AccessKeyId']} cannot be found.", 404)


def _check_session(caller: Credential) -> None:
    """Refuse sessions that IAM does not accept: a user's without MFA, and those of federated users."""
    session = caller.session
    if session and (session.kind == "federated" or (session.kind == "session" and not session.with_mfa)):
        raise AwsError("InvalidClientTokenId", "The security token included in the request is invalid", 403)


def _check_permission(world: World, caller: Credential, action: str, resource: str) -> None:
    """Refuse what a policy denies the user; AWS never says which condition failed."""
    user = world.find_user(caller.principal.arn)
    if user is None:
        return
    with_mfa = caller.session is not None and caller.session.with_mfa
    if action in user.deny or (user.require_mfa_for_iam and not with_mfa):
        raise access_denied(
            f"User: {user.arn} is not authorized to perform: iam:{action} on resource: {resource} "
            "with an explicit deny in an identity-based policy"
        )


def _describe(user: User, key: Credential) -> Tree:
    return {
        "UserName": user.name,
        "AccessKeyId": key.access_key_id,
        "Status": "Active" if key.active else "Inactive",
        "CreateDate": _format_time(key.created_at),
    }


def _format_time(at: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))


SERVICE = QueryService(
    name="iam",
    version="2010-05-08",
    regions={"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1", "aws-eusc": "eusc-de-east-1"},
    actions={
        "CreateAccessKey": QueryAction(create_access_key, (_USER_NAME,)),
        "ListAccessKeys": QueryAction(list_access_keys, (_USER_NAME,)),
        "DeleteAccessKey": QueryAction(delete_access_key, (_USER_NAME, _KEY_ID)),
        "UpdateAccessKey": QueryAction(
            update_access_key, (_USER_NAME, _KEY_ID, TextRule("Status", 6, 8, "Active|Inactive", required=True))
        ),
        "GetAccessKeyLastUsed": QueryAction(get_access_key_last_used, (_KEY_ID,)),
        "GetUser": QueryAction(get_user, (_USER_NAME,)),
    },
)
