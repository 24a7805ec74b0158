"""The policies that a request passes for a new session: their parameters and limits, and the size that AWS packs.

Source: the STS API reference, and "IAM and AWS STS quotas" in the IAM User Guide.
"""

from __future__ import annotations

import math
import zlib
from typing import TYPE_CHECKING

from tests.aws.constraints import TextRule
from tests.aws.errors import AwsError, validation_error
from tests.aws.identities import SessionPolicies
from tests.aws.policy import ALPHABET, parse_policy
from tests.aws.query import parse_members

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tests.aws.identities import Principal
    from tests.aws.world import World

MOST_ARNS = 10
MOST_CHARACTERS = 2048
RULES = (
    TextRule("Policy", 1, MOST_CHARACTERS, ALPHABET),
    TextRule("PolicyArns.member.N.arn", 20, 2048, r"arn:aws[a-z-]*:iam::(aws|\d{12}):policy/.+"),
)
"""The parameters of every action that takes session policies."""


def parse_session_policies(world: World, owner: Principal, params: Mapping[str, str]) -> SessionPolicies | None:
    """Return the policies in a request, or None if there are none; `owner` is the new session."""
    arns = tuple(fields["arn"] for fields in parse_members(params, "PolicyArns"))
    document = params.get("Policy", "")
    if not arns and not document:
        return None
    if len(arns) > MOST_ARNS:
        raise _too_long("policyArns", MOST_ARNS)
    if len(document) + sum(map(len, arns)) > MOST_CHARACTERS:
        raise _too_long("policy", MOST_CHARACTERS)
    if document:
        parse_policy(document)
    partition = owner.arn.split(":")[1]
    own = (f"arn:{partition}:iam::aws:", f"arn:{partition}:iam::{owner.account}:")
    for arn in arns:
        if not arn.startswith(own) or world.policies.find_managed(arn) is None:
            raise AwsError("MalformedPolicyDocument", f"Policy {arn} does not exist or is not attachable.")
    return SessionPolicies(document, arns)


def compute_packed_size(world: World, policies: SessionPolicies | None, tags: Iterable[tuple[str, str]] = ()) -> str:
    """Return the packed size of policies and tags in percent of what fits, or refuse what does not fit."""
    texts = [*(text for tag in tags for text in tag), *((policies.document, *policies.arns) if policies else ())]
    percent = math.ceil(100 * len(zlib.compress("\n".join(texts).encode(), 9)) / world.packed_limit)
    if percent > 100:
        raise AwsError(
            "PackedPolicyTooLarge", f"Packed policy consumes {percent}% of allotted space, please use smaller policy."
        )
    return str(percent)


def _too_long(name: str, most: int) -> AwsError:
    return validation_error(
        f"1 validation error detected: Value at '{name}' failed to satisfy constraint: "
        f"Member must have length less than or equal to {most}"
    )
