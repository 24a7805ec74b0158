"""AssumeRoleWithWebIdentity: an unsigned request, in which an identity provider's token identifies the caller."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shellvault.core.record import Secret
from tests.aws.constraints import NAME, SecondsRule, TextRule
from tests.aws.credentials import render_credentials
from tests.aws.errors import access_denied, validation_error
from tests.aws.identities import Credential, Principal
from tests.aws.service import QueryAction, QueryService
from tests.aws.session_policies import RULES, compute_packed_size, parse_session_policies

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.aws.query import Tree
    from tests.aws.world import World

HOUR = 3600
ANONYMOUS = Credential("", Secret(), Principal("", "", "", ()))


def assume_role_with_web_identity(world: World, _nobody: Credential, params: Mapping[str, str]) -> Tree:
    """Issue a session of a role that trusts the token's subject."""
    subject = world.provider.subject(params["WebIdentityToken"])
    role = world.find_role(params["RoleArn"])
    if role is None or not role.trusts_any((f"web:{subject}",)):
        raise access_denied("Not authorized to perform sts:AssumeRoleWithWebIdentity")
    seconds = int(params.get("DurationSeconds", HOUR))
    if seconds > role.max_duration:
        raise validation_error("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
    principal = role.session(params["RoleSessionName"])
    policies = parse_session_policies(world, principal, params)
    packed: Tree = {"PackedPolicySize": compute_packed_size(world, policies)} if policies else {}
    credential = world.issue_session(principal, seconds, kind="role", chained=False, policies=policies)
    return packed | {
        "SubjectFromWebIdentityToken": subject,
        "AssumedRoleUser": {"AssumedRoleId": principal.user_id, "Arn": principal.arn},
        "Credentials": render_credentials(credential),
    }


SERVICE = QueryService(
    name="sts",
    version="2011-06-15",
    actions={
        "AssumeRoleWithWebIdentity": QueryAction(
            assume_role_with_web_identity,
            None,
            (
                TextRule("RoleArn", 20, 2048, required=True),
                TextRule("RoleSessionName", 2, 64, NAME, required=True),
                TextRule("WebIdentityToken", 4, 20000, required=True),
                SecondsRule("DurationSeconds", 12 * HOUR),
                *RULES,
            ),
        ),
    },
)
"""The STS actions for unsigned requests."""
