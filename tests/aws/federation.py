"""STS's GetFederationToken: sessions limited by inline policies, mostly used for the console.

Source: the STS API reference, and "Compare AWS STS credentials" in the IAM User Guide.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.aws.credentials import render_credentials
from tests.aws.errors import AwsError, access_denied, not_authorized
from tests.aws.identities import make_federated_principal
from tests.aws.query import parse_members

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.aws.identities import Credential
    from tests.aws.query import Tree
    from tests.aws.world import World

    Params = Mapping[str, str]

HOUR = 3600


def get_federation_token(world: World, caller: Credential, params: Params) -> Tree:
    """Issue a session for a federated user, from a long-lived key only."""
    if caller.session is not None:
        raise access_denied("Cannot call GetFederationToken with session credentials")
    user = world.find_user(caller.principal.arn)
    principal = make_federated_principal(caller.principal, params["Name"])
    if user is not None and "GetFederationToken" in user.deny:
        raise not_authorized(caller.principal.arn, "sts:GetFederationToken", principal.arn)
    _check_policies(params)
    credential = world.issue_session(principal, int(params.get("DurationSeconds", 12 * HOUR)), kind="federated")
    return {
        "Credentials": render_credentials(credential),
        "FederatedUser": {"FederatedUserId": principal.user_id, "Arn": principal.arn},
        "PackedPolicySize": "1",
    }


def _check_policies(params: Params) -> None:
    """Refuse an inline policy that is not a JSON object with statements, and gaps in the list of policies."""
    parse_members(params, "PolicyArns")
    try:
        policy = json.loads(params.get("Policy", "{}"))
    except ValueError:
        policy = None
    if not isinstance(policy, dict) or ("Policy" in params and not policy.get("Statement")):
        raise AwsError("MalformedPolicyDocument", "This policy contains invalid Json")
