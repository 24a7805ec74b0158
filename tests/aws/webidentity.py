"""AssumeRoleWithWebIdentity, which nobody signs: a token of an identity provider stands for the caller."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shellvault.core.record import Secret
from tests.aws.constraints import NAME, Seconds, Text
from tests.aws.credentials import for_answer
from tests.aws.errors import denied, invalid
from tests.aws.identities import Credential, Principal
from tests.aws.service import Action, Service

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.aws.query import Tree
    from tests.aws.world import World

HOUR = 3600
NOBODY = Credential("", Secret(), Principal("", "", "", ()))


def assume(world: World, _nobody: Credential, params: Mapping[str, str]) -> Tree:
    """Mint a session of a role that trusts the token's subject."""
    subject = world.provider.subject(params["WebIdentityToken"])
    role = world.find_role(params["RoleArn"])
    if role is None or not role.trusts_any((f"web:{subject}",)):
        raise denied("Not authorized to perform sts:AssumeRoleWithWebIdentity")
    seconds = int(params.get("DurationSeconds", HOUR))
    if seconds > role.max_duration:
        raise invalid("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
    principal = role.session(params["RoleSessionName"])
    minted = world.mint(principal, seconds, kind="role", chained=False)
    return {
        "SubjectFromWebIdentityToken": subject,
        "AssumedRoleUser": {"AssumedRoleId": principal.user_id, "Arn": principal.arn},
        "Credentials": for_answer(minted),
    }


SERVICE = Service(
    name="sts",
    version="2011-06-15",
    actions={
        "AssumeRoleWithWebIdentity": Action(
            assume,
            (
                Text("RoleArn", 20, 2048, required=True),
                Text("RoleSessionName", 2, 64, NAME, required=True),
                Text("WebIdentityToken", 4, 20000, required=True),
                Seconds("DurationSeconds", 12 * HOUR),
            ),
        ),
    },
)
"""What STS does for callers without a signature."""
