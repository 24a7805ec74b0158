"""The actions of the Security Token Service and their rules.

Source: the STS API reference, and "Compare AWS STS credentials" in the IAM User Guide.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.aws import mfa, tags
from tests.aws.constraints import NAME, SecondsRule, TextRule
from tests.aws.credentials import render_credentials
from tests.aws.errors import access_denied, not_authorized, validation_error
from tests.aws.federation import get_federation_token, name_federated_user
from tests.aws.permissions import Resource, authorize
from tests.aws.service import QueryAction, QueryService
from tests.aws.session_policies import RULES, compute_packed_size, parse_session_policies

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.aws.identities import Credential, Role
    from tests.aws.query import Tree
    from tests.aws.world import World

    Params = Mapping[str, str]

HOUR = 3600
_ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+", re.ASCII)
_MFA_RULES = (
    TextRule("SerialNumber", 9, 256, r"[\w+=/:,.@-]*"),
    TextRule("TokenCode", 6, 6, r"[\d]*"),
)


def get_caller_identity(_world: World, caller: Credential, _params: Params) -> Tree:
    """Return the signer; this needs no permission, and no policy can deny it."""
    who = caller.principal
    return {"Arn": who.arn, "UserId": who.user_id, "Account": who.account}


def get_session_token(world: World, caller: Credential, params: Params) -> Tree:
    """Issue a session of the user itself, from a long-lived key only; policies cannot control this."""
    if caller.session is not None:
        raise access_denied("Cannot call GetSessionToken with session credentials")
    with_mfa = mfa.check_mfa(world, caller, params)
    seconds = int(params.get("DurationSeconds", 12 * HOUR))
    return {"Credentials": render_credentials(world.issue_session(caller.principal, seconds, with_mfa=with_mfa))}


def name_role(_world: World, caller: Credential, params: Params) -> Resource:
    """Return the role to assume; federated users may only call GetCallerIdentity."""
    if caller.session is not None and caller.session.kind == "federated":
        raise not_authorized(caller.principal.arn, "sts:AssumeRole", params["RoleArn"])
    return Resource(params["RoleArn"])


def assume_role(world: World, caller: Credential, params: Params) -> Tree:
    """Issue a session of a role that trusts the caller.

    A code is used up before the role's policy and the duration are checked, so a refusal for those costs the code.
    """
    session_tags = tags.parse_session_tags(caller, params)
    role = _find_trusting_role(world, caller, params)
    source_identity = _determine_source_identity(world, role, caller, params)
    if session_tags:
        _check_tagging(world, role, caller)
    principal = role.session(params["RoleSessionName"])
    policies = parse_session_policies(world, principal, params)
    packed = compute_packed_size(world, policies, session_tags.passed)
    credential = world.issue_session(
        principal,
        _check_duration(role, caller, params),
        kind="role",
        chained=caller.session is not None,
        transitive_tags=session_tags.transitive,
        source_identity=source_identity,
        policies=policies,
    )
    tree: Tree = {
        "AssumedRoleUser": {"AssumedRoleId": principal.user_id, "Arn": principal.arn},
        "Credentials": render_credentials(credential),
    }
    return (
        tree
        | ({"PackedPolicySize": packed} if session_tags.passed or policies else {})
        | ({"SourceIdentity": source_identity} if source_identity else {})
    )


def _find_trusting_role(world: World, caller: Credential, params: Params) -> Role:
    """Return the role if it trusts the caller; the error for a missing role is the same."""
    arn = params["RoleArn"]
    if not _ROLE_ARN.fullmatch(arn):
        raise validation_error("Request ARN is invalid")
    with_mfa = mfa.check_mfa(world, caller, params)
    role = world.find_role(arn)
    if (
        role is None
        or not role.trusts_any(caller.principal.names)
        or (role.external_id is not None and role.external_id != params.get("ExternalId"))
        or (role.require_mfa and not with_mfa)
    ):
        raise not_authorized(caller.principal.arn, "sts:AssumeRole", arn)
    return role


def _check_tagging(world: World, role: Role, caller: Credential) -> None:
    """Require sts:TagSession of the role and of the caller."""
    if not role.allow_tags:
        raise not_authorized(caller.principal.arn, "sts:TagSession", role.arn)
    authorize(world, caller, "sts:TagSession", Resource(role.arn))


def _determine_source_identity(world: World, role: Role, caller: Credential, params: Params) -> str:
    """Return the source identity of the new session, which is passed on unchanged along the chain."""
    inherited = caller.session.source_identity if caller.session else ""
    requested = params.get("SourceIdentity", inherited)
    if inherited and requested != inherited:
        raise not_authorized(caller.principal.arn, "sts:SetSourceIdentity", role.arn)
    if role.require_source_identity and not requested:
        raise not_authorized(caller.principal.arn, "sts:AssumeRole", role.arn)
    if requested:
        authorize(world, caller, "sts:SetSourceIdentity", Resource(role.arn))
    return requested


def _check_duration(role: Role, caller: Credential, params: Params) -> int:
    """Return the session's duration; AWS counts a session token as a link of a role chain, too."""
    seconds = int(params.get("DurationSeconds", HOUR))
    if caller.session is not None and seconds > HOUR:
        raise validation_error(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"
        )
    if seconds > role.max_duration:
        raise validation_error("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
    return seconds


SERVICE = QueryService(
    name="sts",
    version="2011-06-15",
    actions={
        "GetCallerIdentity": QueryAction(get_caller_identity, None),
        "GetSessionToken": QueryAction(
            get_session_token, None, (SecondsRule("DurationSeconds", 36 * HOUR), *_MFA_RULES)
        ),
        "GetFederationToken": QueryAction(
            get_federation_token,
            name_federated_user,
            (TextRule("Name", 2, 32, NAME, required=True), SecondsRule("DurationSeconds", 36 * HOUR), *RULES),
        ),
        "AssumeRole": QueryAction(
            assume_role,
            name_role,
            (
                TextRule("RoleArn", 20, 2048, required=True),
                TextRule("RoleSessionName", 2, 64, NAME, required=True),
                SecondsRule("DurationSeconds", 12 * HOUR),
                TextRule("ExternalId", 2, 1224, r"[\w+=,.@:\/-]*"),
                TextRule("SourceIdentity", 2, 64, NAME),
                TextRule("Tags.member.N.Key", 1, 128),
                TextRule("Tags.member.N.Value", 0, 256),
                TextRule("TransitiveTagKeys.member.N", 1, 128),
                *RULES,
                *_MFA_RULES,
            ),
        ),
    },
)
