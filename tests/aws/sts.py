"""The actions of the Security Token Service and their rules, as AWS documents them. No HTTP and no signatures.

Source: the STS API reference, and "Compare AWS STS credentials" in the IAM User Guide.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.aws import mfa, tags
from tests.aws.constraints import NAME, Seconds, Text
from tests.aws.credentials import for_answer
from tests.aws.errors import denied, invalid, unauthorised
from tests.aws.federation import get_federation_token
from tests.aws.service import Action, Service

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.aws.identities import Credential, Role
    from tests.aws.query import Tree
    from tests.aws.world import World

    Params = Mapping[str, str]

HOUR = 3600
_ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+", re.ASCII)
_MFA_RULES = (
    Text("SerialNumber", 9, 256, r"[\w+=/:,.@-]*"),
    Text("TokenCode", 6, 6, r"[\d]*"),
)


def get_caller_identity(_world: World, caller: Credential, _params: Params) -> Tree:
    """Say who signed; no permission is needed."""
    who = caller.principal
    return {"Arn": who.arn, "UserId": who.user_id, "Account": who.account}


def get_session_token(world: World, caller: Credential, params: Params) -> Tree:
    """Mint a session of the user itself, from a long-lived key only."""
    if caller.session is not None:
        raise denied("Cannot call GetSessionToken with session credentials")
    with_mfa = mfa.proven(world, caller, params)
    seconds = int(params.get("DurationSeconds", 12 * HOUR))
    return {"Credentials": for_answer(world.mint(caller.principal, seconds, with_mfa=with_mfa))}


def assume_role(world: World, caller: Credential, params: Params) -> Tree:
    """Mint a session of a role that trusts the caller.

    A code is spent before the role's policy and the duration are looked at, so a refusal for those costs the code.
    """
    _check_not_federated(caller, "sts:AssumeRole", params["RoleArn"])
    session_tags = tags.read(caller, params)
    role = _trusting_role(world, caller, params)
    source_identity = _source_identity(role, caller, params)
    if session_tags and not role.allow_tags:
        raise unauthorised(caller.principal.arn, "sts:TagSession", role.arn)
    principal = role.session(params["RoleSessionName"])
    minted = world.mint(
        principal,
        _duration(role, caller, params),
        kind="role",
        chained=caller.session is not None,
        transitive_tags=session_tags.transitive,
        source_identity=source_identity,
    )
    tree: Tree = {
        "AssumedRoleUser": {"AssumedRoleId": principal.user_id, "Arn": principal.arn},
        "Credentials": for_answer(minted),
    }
    return (
        tree
        | ({"PackedPolicySize": "1"} if session_tags.passed else {})
        | ({"SourceIdentity": source_identity} if source_identity else {})
    )


def _check_not_federated(caller: Credential, action: str, resource: str) -> None:
    """Refuse a federated user, who may ask STS for nothing but its own name."""
    if caller.session is not None and caller.session.kind == "federated":
        raise unauthorised(caller.principal.arn, action, resource)


def _trusting_role(world: World, caller: Credential, params: Params) -> Role:
    """Return the role if it admits the caller; AWS says the same of a role that is not there."""
    arn = params["RoleArn"]
    if not _ROLE_ARN.fullmatch(arn):
        raise invalid("Request ARN is invalid")
    with_mfa = mfa.proven(world, caller, params)
    role = world.find_role(arn)
    if (
        role is None
        or not role.trusts_any(caller.principal.names)
        or (role.external_id is not None and role.external_id != params.get("ExternalId"))
        or (role.require_mfa and not with_mfa)
    ):
        raise unauthorised(caller.principal.arn, "sts:AssumeRole", arn)
    return role


def _source_identity(role: Role, caller: Credential, params: Params) -> str:
    """Return the source identity of the new session: once set, it goes through the whole chain unchanged."""
    inherited = caller.session.source_identity if caller.session else ""
    asked = params.get("SourceIdentity", inherited)
    if inherited and asked != inherited:
        raise unauthorised(caller.principal.arn, "sts:SetSourceIdentity", role.arn)
    if role.require_source_identity and not asked:
        raise unauthorised(caller.principal.arn, "sts:AssumeRole", role.arn)
    return asked


def _duration(role: Role, caller: Credential, params: Params) -> int:
    """Return the seconds to mint for. AWS counts a GetSessionToken session as a link of a role chain, too."""
    seconds = int(params.get("DurationSeconds", HOUR))
    if caller.session is not None and seconds > HOUR:
        raise invalid(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"
        )
    if seconds > role.max_duration:
        raise invalid("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
    return seconds


SERVICE = Service(
    name="sts",
    version="2011-06-15",
    actions={
        "GetCallerIdentity": Action(get_caller_identity),
        "GetSessionToken": Action(get_session_token, (Seconds("DurationSeconds", 36 * HOUR), *_MFA_RULES)),
        "GetFederationToken": Action(
            get_federation_token,
            (
                Text("Name", 2, 32, NAME, required=True),
                Text("Policy", 1, 2048, r"[\u0009\u000A\u000D\u0020-\u00FF]+"),
                Text("PolicyArns.member.N.arn", 20, 2048, r"arn:aws[a-z-]*:iam::(aws|\d{12}):policy/.+"),
                Seconds("DurationSeconds", 36 * HOUR),
            ),
        ),
        "AssumeRole": Action(
            assume_role,
            (
                Text("RoleArn", 20, 2048, required=True),
                Text("RoleSessionName", 2, 64, NAME, required=True),
                Seconds("DurationSeconds", 12 * HOUR),
                Text("ExternalId", 2, 1224, r"[\w+=,.@:\/-]*"),
                Text("SourceIdentity", 2, 64, NAME),
                Text("Tags.member.N.Key", 1, 128),
                Text("Tags.member.N.Value", 0, 256),
                Text("TransitiveTagKeys.member.N", 1, 128),
                *_MFA_RULES,
            ),
        ),
    },
)
