"""Who signed a request, and whether the caller's session is still valid, for all protocols."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.aws import sigv4
from tests.aws.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Collection

    from tests.aws.identities import Credential
    from tests.aws.request import Request
    from tests.aws.request_context import RequestContext


def authenticate(context: RequestContext, services: Collection[str]) -> tuple[Credential, sigv4.Claim]:
    """Return the signer of a request to one of the services and its verified claim, or refuse the request."""
    claim = sigv4.read_claim(context.request)
    known = context.world.keys.find_active(claim.access_key_id)
    caller = sigv4.verify(context.request, claim, known, context.clock, services)
    context.principal = caller.principal.arn
    if caller.session is not None and context.world.now() >= caller.session.expires_at:
        raise AwsError("ExpiredToken", "The security token included in the request is expired", 403)
    return caller, claim


def parse_claim(request: Request) -> tuple[str, str, str]:
    """Return the access key ID, region and service that a request claims, or empty texts."""
    try:
        claim = sigv4.read_claim(request)
    except AwsError:
        return "", "", ""
    return claim.access_key_id, claim.region, claim.service
