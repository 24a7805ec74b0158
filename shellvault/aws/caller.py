"""Asks AWS STS who a session belongs to. That needs no permission, and AWS refuses a session it does not know."""

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

    AWS still accepts a session here after a policy denies it everything, as the console's "Revoke active sessions"
    does for a role.

    Raises:
        AwsRefusedError: AWS does not accept the signer's credentials.
        AwsUnreachableError: there was no answer.
    """
    region, endpoint = where
    made_for = ApiCall("sts", "sts:GetCallerIdentity", profile, chain, region, endpoint)
    sts = client("sts", region, endpoint, network, signer)
    answer = call(sts, "get_caller_identity", {}, made_for)
    return sanitize(str(answer.get("Arn", "")))
