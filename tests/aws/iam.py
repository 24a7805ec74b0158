"""IAM's actions on a user's access keys; those on inline policies are in `iam_policies`.

Source: the IAM API reference and "Manage access keys for IAM users" in the IAM User Guide. IAM is global: its
endpoint accepts signatures for only one region of the partition.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.aws.constraints import NAME, TextRule
from tests.aws.errors import AwsError
from tests.aws.iam_entities import check_session, find_user, name_user
from tests.aws.iam_policies import ACTIONS
from tests.aws.identities import Credential, random_secret, unique_id
from tests.aws.permissions import Resource
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
    user = find_user(world, caller, params)
    key = Credential(unique_id("AKIA"), random_secret(), user.principal, created_at=world.now())
    with world.lock:
        if len(world.keys.list_for_user(user.principal)) >= MOST_KEYS:
            raise AwsError("LimitExceeded", f"Cannot exceed quota for AccessKeysPerUser: {MOST_KEYS}", 409)
        world.keys.add(key)
        world.keys.delay_activation(key.access_key_id, world.key_delay, world.key_refusals)
    return {"AccessKey": _describe(user, key) | {"SecretAccessKey": key.secret}}


def list_access_keys(world: World, caller: Credential, params: Params) -> Tree:
    """List a user's keys, without their secrets."""
    user = find_user(world, caller, params)
    keys = [_describe(user, key) for key in world.keys.list_for_user(user.principal)]
    return {"UserName": user.name, "AccessKeyMetadata": keys, "IsTruncated": "false"}


def delete_access_key(world: World, caller: Credential, params: Params) -> Tree:
    """Delete a key pair, possibly the one that signed the request."""
    key = _find_key(world, find_user(world, caller, params), params)
    world.keys.remove(key.access_key_id)
    return {}


def update_access_key(world: World, caller: Credential, params: Params) -> Tree:
    """Deactivate a key, or activate it again."""
    key = _find_key(world, find_user(world, caller, params), params)
    world.keys.add(key.replace(active=params["Status"] == "Active"))
    return {}


def get_access_key_last_used(world: World, caller: Credential, params: Params) -> Tree:
    """Return when a key of the caller's account was last used, from the recorded calls."""
    key = _find_any_key(world, caller, params)
    uses = [call for call in world.calls if call.access_key_id == key.access_key_id and call.principal]
    last: Tree = {"ServiceName": _NEVER, "Region": _NEVER}
    if uses:
        last = {"LastUsedDate": _format_time(uses[-1].time), "ServiceName": uses[-1].service, "Region": uses[-1].region}
    return {"UserName": key.principal.arn.rpartition("/")[2], "AccessKeyLastUsed": last}


def name_key(world: World, caller: Credential, params: Params) -> Resource:
    """Return the key's user, as which IAM's policies know a key."""
    check_session(caller)
    key = _find_any_key(world, caller, params)
    return Resource(key.principal.identity, f"access key {key.access_key_id}")


def get_user(world: World, caller: Credential, params: Params) -> Tree:
    """Describe a user."""
    user = find_user(world, caller, params)
    facts: Tree = {"Path": "/", "UserName": user.name, "UserId": user.principal.user_id, "Arn": user.arn}
    return {"User": facts | {"CreateDate": _format_time(user.created_at)}}


def _find_key(world: World, user: User, params: Params) -> Credential:
    for key in world.keys.list_for_user(user.principal):
        if key.access_key_id == params["AccessKeyId"]:
            return key
    raise _no_such_key(params)


def _find_any_key(world: World, caller: Credential, params: Params) -> Credential:
    key = world.keys.find(params["AccessKeyId"])
    if key is None or key.principal.account != caller.principal.account:
        raise _no_such_key(params)
    return key


def _no_such_key(params: Params) -> AwsError:
    return AwsError("NoSuchEntity", f"The Access Key with id {params['AccessKeyId']} cannot be found.", 404)


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
        "CreateAccessKey": QueryAction(create_access_key, name_user, (_USER_NAME,)),
        "ListAccessKeys": QueryAction(list_access_keys, name_user, (_USER_NAME,)),
        "DeleteAccessKey": QueryAction(delete_access_key, name_user, (_USER_NAME, _KEY_ID)),
        "UpdateAccessKey": QueryAction(
            update_access_key,
            name_user,
            (_USER_NAME, _KEY_ID, TextRule("Status", 6, 8, "Active|Inactive", required=True)),
        ),
        "GetAccessKeyLastUsed": QueryAction(get_access_key_last_used, name_key, (_KEY_ID,)),
        "GetUser": QueryAction(get_user, name_user, (_USER_NAME,)),
        **ACTIONS,
    },
)
