"""STS's GetFederationToken: sessions limited by inline policies, mostly used for the console.

Source: the STS API reference, and "Compare AWS STS credentials" in the IAM User Guide.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.aws.credentials import render_credentials
from tests.aws.errors import access_denied
from tests.aws.identities import SessionPolicies, make_federated_principal
from tests.aws.permissions import Resource
from tests.aws.session_policies import compute_packed_size, parse_session_policies

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.aws.identities import Credential
    from tests.aws.query import Tree
    from tests.aws.world import World

    Params = Mapping[str, str]

HOUR = 3600


def name_federated_user(_world: World, caller: Credential, params: Params) -> Resource:
    """Return the federated user to create, for a long-lived key only."""
    if caller.session is not None:
        raise access_denied("Cannot call GetFederationToken with session credentials")
    return Resource(make_federated_principal(caller.principal, params["Name"]).arn)


def get_federation_token(world: World, caller: Credential, params: Params) -> Tree:
    """Issue a session for a federated user, who may do nothing if no policy is passed."""
    principal = make_federated_principal(caller.principal, params["Name"])
    policies = parse_session_policies(world, principal, params)
    packed = compute_packed_size(world, policies)
    seconds = int(params.get("DurationSeconds", 12 * HOUR))
    credential = world.issue_session(principal, seconds, kind="federated", policies=policies or SessionPolicies())
    return {
        "Credentials": render_credentials(credential),
        "FederatedUser": {"FederatedUserId": principal.user_id, "Arn": principal.arn},
        "PackedPolicySize": packed,
    }
