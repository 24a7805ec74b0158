"""What callers may do: the policies of their user or role, and those passed for their session."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from shellvault.core.record import Record
from tests.aws.errors import not_authorized
from tests.aws.policy import Attempt, find_refusal, parse_policy

if TYPE_CHECKING:
    from tests.aws.identities import Credential
    from tests.aws.policy import Policy
    from tests.aws.world import World


class Resource(Record):
    """What an action acts on: its ARN, and how error messages name it, if not by the ARN."""

    arn: str
    name: str = ""


def authorize(world: World, caller: Credential, action: str, resource: Resource) -> None:
    """Refuse an action, such as iam:GetUser, that a policy denies, or that no policy of the session allows.

    AWS says which kind of policy refused only if the resource is in the caller's own account.
    """
    session = caller.session
    attempt = Attempt(action, resource.arn, None if session is None else math.floor(session.issued_at))
    identity = world.policies.in_effect(caller.principal.identity)
    if _is_denied(world, caller, action):
        identity.append(parse_policy(_DENY_ALL))
    refusal = find_refusal(attempt, identity, _find_session_policies(world, caller))
    if refusal:
        is_own = f":{caller.principal.account}:" in resource.arn
        raise not_authorized(caller.principal.arn, action, resource.name or resource.arn, refusal if is_own else "")


_DENY_ALL = '{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}'


def _is_denied(world: World, caller: Credential, action: str) -> bool:
    """Return whether a test denies the action to the caller's user or role, by name or for want of MFA."""
    service, _, name = action.partition(":")
    user, role = world.find_user(caller.principal.identity), world.find_role(caller.principal.identity)
    with_mfa = caller.session is not None and caller.session.with_mfa
    if user is not None and user.require_mfa_for_iam and service == "iam" and not with_mfa:
        return True
    return any(owner is not None and not owner.deny.isdisjoint((name, action)) for owner in (user, role))


def _find_session_policies(world: World, caller: Credential) -> list[Policy] | None:
    """Return the policies passed for a session, as they are now, or None if none were passed."""
    passed = caller.session.policies if caller.session else None
    if passed is None:
        return None
    managed = [found for arn in passed.arns if (found := world.policies.find_managed(arn)) is not None]
    return managed + ([parse_policy(passed.document)] if passed.document else [])
