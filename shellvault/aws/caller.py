"""Asks AWS STS whose a session is, which needs no permission: a session that AWS does not know is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shellvault.aws.aws_errors import ApiCall, call
from shellvault.aws.client import client
from shellvault.core.text import sanitize

if TYPE_CHECKING:
    from shellvault.aws.network import Network
    from shellvault.core.chain.links import Chain
    from shellvault.core.model import KeyPair, Session


def find_caller(signer: Session | KeyPair, profile: str, chain: Chain, where: tuple[str, str], network: Network) -> str:
    """Return the ARN of a profile's session or key pair, which `chain` gave; `where` is a region and an endpoint.

    A session that a policy denies everything from now on, as the console's "Revoke active sessions" does for a role,
    is still accepted here.

    Raises:
        AwsRefusedError: AWS does not accept what signs.
        AwsUnreachableError: there was no answer.
    """
    region, endpoint = where
    made_for = ApiCall("sts", "sts:GetCallerIdentity", profile, chain, region, endpoint)
    sts = client("sts", region, endpoint, network, signer)
    answer = call(sts, "get_caller_identity", {}, made_for)
    return sanitize(str(answer.get("Arn", "")))
