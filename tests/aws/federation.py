"""STS's GetFederationToken: a session of a user that only its name and its policies make, for the console mostly.

Source: the STS API reference, and "Compare AWS STS credentials" in the IAM User Guide.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.aws.credentials import for_answer
from tests.aws.errors import AwsError, denied, unauthorised
from tests.aws.identities import federated
from tests.aws.query import members

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.aws.identities import Credential
    from tests.aws.query import Tree
    from tests.aws.world import World

    Params = Mapping[str, str]

HOUR = 3600


def get_federation_token(world: World, caller: Credential, params: Params) -> Tree:
    """Mint a session of a federated user, from a long-lived key only; without a policy it may do nothing."""
    if caller.session is not None:
        raise denied("Cannot call GetFederationToken with session credentials")
    user = world.find_user(caller.principal.arn)
    principal = federated(caller.principal, params["Name"])
    if user is not None and "GetFederationToken" in user.deny:
        raise unauthorised(caller.principal.arn, "sts:GetFederationToken", principal.arn)
    _check_policies(params)
    minted = world.mint(principal, int(params.get("DurationSeconds", 12 * HOUR)), kind="federated")
    return {
        "Credentials": for_answer(minted),
        "FederatedUser": {"FederatedUserId": principal.user_id, "Arn": principal.arn},
        "PackedPolicySize": "1",
    }


def _check_policies(params: Params) -> None:
    """Refuse an inline policy that is no JSON object, and a list of policies with holes."""
    members(params, "PolicyArns")
    try:
        policy = json.loads(params.get("Policy", "{}"))
    except ValueError:
        policy = None
    if not isinstance(policy, dict) or ("Policy" in params and not policy.get("Statement")):
        raise AwsError("MalformedPolicyDocument", "This policy contains invalid Json")
