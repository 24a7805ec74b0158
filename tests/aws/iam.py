"""The actions of IAM that deal with a user's access keys, and who may call them. No HTTP and no signatures.

Source: the IAM API reference and "Manage access keys for IAM users" in the IAM User Guide. IAM is global: its endpoint
takes signatures for one region of the partition only.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.aws.constraints import NAME, Text
from tests.aws.errors import AwsError, denied, invalid
from tests.aws.identities import Credential, random_secret, unique_id
from tests.aws.service import Action, Service

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.aws.identities import User
    from tests.aws.query import Tree
    from tests.aws.world import World

    Params = Mapping[str, str]

MOST_KEYS = 2
_NEVER = "N/A"
_USER_NAME = Text("UserName", 1, 128, NAME)
_KEY_ID = Text("AccessKeyId", 16, 128, r"[\w]*", required=True)


def create_access_key(world: World, caller: Credential, params: Params) -> Tree:
    """Make a key pair, whose secret is never shown again; a user has two at most, inactive ones counted."""
    user = _user(world, caller, params, "CreateAccessKey")
    key = Credential(unique_id("AKIA"), random_secret(), user.principal, created_at=world.now())
    with world.lock:
        if len(world.keys.of_user(user.principal)) >= MOST_KEYS:
            raise AwsError("LimitExceeded", f"Cannot exceed quota for AccessKeysPerUser: {MOST_KEYS}", 409)
        world.keys.admit(key)
        world.keys.settle(key.access_key_id, world.key_delay, world.key_refusals)
    return {"AccessKey": _described(user, key) | {"SecretAccessKey": key.secret}}


def list_access_keys(world: World, caller: Credential, params: Params) -> Tree:
    """List a user's keys, without their secrets."""
    user = _user(world, caller, params, "ListAccessKeys")
    keys = [_described(user, key) for key in world.keys.of_user(user.principal)]
    return {"UserName": user.name, "AccessKeyMetadata": keys, "IsTruncated": "false"}


def delete_access_key(world: World, caller: Credential, params: Params) -> Tree:
    """Delete a key pair, which may be the one that signed."""
    key = _key(world, _user(world, caller, params, "DeleteAccessKey"), params)
    world.keys.forget(key.access_key_id)
    return {}


def update_access_key(world: World, caller: Credential, params: Params) -> Tree:
    """Make a key inactive, or active again."""
    key = _key(world, _user(world, caller, params, "UpdateAccessKey"), params)
    world.keys.admit(key.replace(active=params["Status"] == "Active"))
    return {}


def get_access_key_last_used(world: World, caller: Credential, params: Params) -> Tree:
    """Say when a key of the caller's account was used last, out of the world's own calls."""
    _check_session(caller)
    key = world.keys.known(params["AccessKeyId"])
    if key is None or key.principal.account != caller.principal.account:
        raise _no_such_key(params)
    _permit(world, caller, "GetAccessKeyLastUsed", f"access key {key.access_key_id}")
    uses = [call for call in world.calls if call.access_key_id == key.access_key_id and call.principal]
    last: Tree = {"ServiceName": _NEVER, "Region": _NEVER}
    if uses:
        last = {"LastUsedDate": _time(uses[-1].time), "ServiceName": uses[-1].service, "Region": uses[-1].region}
    return {"UserName": key.principal.arn.rpartition("/")[2], "AccessKeyLastUsed": last}


def get_user(world: World, caller: Credential, params: Params) -> Tree:
    """Describe a user."""
    user = _user(world, caller, params, "GetUser")
    facts: Tree = {"Path": "/", "UserName": user.name, "UserId": user.principal.user_id, "Arn": user.arn}
    return {"User": facts | {"CreateDate": _time(user.created_at)}}


def _user(world: World, caller: Credential, params: Params, action: str) -> User:
    """Return the user that is meant, the caller's own without a name, if the caller may do this to it."""
    _check_session(caller)
    own = world.find_user(caller.principal.arn)
    name = params.get("UserName", own.name if own else "")
    if not name:
        raise invalid("Must specify userName when calling with non-User credentials")
    _permit(world, caller, action, f"user {name}")
    partition = caller.principal.arn.split(":")[1]
    user = world.find_user(f"arn:{partition}:iam::{caller.principal.account}:user/{name}")
    if user is None:
        raise AwsError("NoSuchEntity", f"The user with name {name} cannot be found.", 404)
    return user


def _key(world: World, user: User, params: Params) -> Credential:
    for key in world.keys.of_user(user.principal):
        if key.access_key_id == params["AccessKeyId"]:
            return key
    raise _no_such_key(params)


def _no_such_key(params: Params) -> AwsError:
    return AwsError("NoSuchEntity", f"The Access Key with id {params['AccessKeyId']} cannot be found.", 404)


def _check_session(caller: Credential) -> None:
    """Refuse the sessions that IAM does not know: a user's without MFA, and every federated user's."""
    session = caller.session
    if session and (session.kind == "federated" or (session.kind == "session" and not session.with_mfa)):
        raise AwsError("InvalidClientTokenId", "The security token included in the request is invalid", 403)


def _permit(world: World, caller: Credential, action: str, resource: str) -> None:
    """Refuse what a policy denies the caller's user; a policy never says which condition it was."""
    user = world.find_user(caller.principal.arn)
    if user is None:
        return
    with_mfa = caller.session is not None and caller.session.with_mfa
    if action in user.deny or (user.require_mfa_for_iam and not with_mfa):
        raise denied(
            f"User: {user.arn} is not authorized to perform: iam:{action} on resource: {resource} "
            "with an explicit deny in an identity-based policy"
        )


def _described(user: User, key: Credential) -> Tree:
    return {
        "UserName": user.name,
        "AccessKeyId": key.access_key_id,
        "Status": "Active" if key.active else "Inactive",
        "CreateDate": _time(key.created_at),
    }


def _time(at: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))


SERVICE = Service(
    name="iam",
    version="2010-05-08",
    regions={"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1", "aws-eusc": "eusc-de-east-1"},
    actions={
        "CreateAccessKey": Action(create_access_key, (_USER_NAME,)),
        "ListAccessKeys": Action(list_access_keys, (_USER_NAME,)),
        "DeleteAccessKey": Action(delete_access_key, (_USER_NAME, _KEY_ID)),
        "UpdateAccessKey": Action(
            update_access_key, (_USER_NAME, _KEY_ID, Text("Status", 6, 8, "Active|Inactive", required=True))
        ),
        "GetAccessKeyLastUsed": Action(get_access_key_last_used, (_KEY_ID,)),
        "GetUser": Action(get_user, (_USER_NAME,)),
    },
)
