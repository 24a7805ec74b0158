"""The door of the Query services: signature, then region, then the service's table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.aws import iam, query, sigv4, sts, webidentity
from tests.aws.errors import AwsError
from tests.aws.identities import Call
from tests.aws.visit import Answer

if TYPE_CHECKING:
    from tests.aws.identities import Credential
    from tests.aws.request import Request
    from tests.aws.service import Service
    from tests.aws.visit import Visit

SERVICES = {service.name: service for service in (sts.SERVICE, iam.SERVICE)}
"""Services by their name in a signature's scope; a new one is one entry here."""

_SECRET_PARAMETERS = ("TokenCode", "WebIdentityToken")
_FAULTS = {
    "throttle": AwsError("Throttling", "Rate exceeded"),
    "error500": AwsError("InternalFailure", "The request processing has failed because of an unknown error.", 500),
}


class QueryDoor:
    """Takes signed requests of the Query protocol."""

    def describe(self, request: Request, at: float) -> Call:
        """Return what a request says of itself."""
        params = _readable_parameters(request)
        shown = {
            name: "…" if name in _SECRET_PARAMETERS else value
            for name, value in params.items()
            if name not in ("Action", "Version")
        }
        key, region, service = _readable_claim(request)
        return Call(params.get("Action", ""), shown, key, "", region, at, service)

    def perform(self, visit: Visit) -> Answer:
        """Verify who asks, and let the service answer."""
        world, request = visit.world, visit.request
        params = query.parameters(request)
        if params.get("Action") in webidentity.SERVICE.actions:
            return self._unsigned(visit, params)
        claim = sigv4.read_claim(request)
        caller = sigv4.verify(request, claim, world.keys.working(claim.access_key_id), visit.clock, SERVICES)
        visit.principal = caller.principal.arn
        _check_alive(caller, world.now())
        service = SERVICES[claim.service]
        service.check_region(caller, claim.region)
        tree = service.perform(world, caller, params)
        body = query.answer(params["Action"], service.namespace, tree, visit.request_id)
        return Answer(200, body, visit.request_id)

    def _unsigned(self, visit: Visit, params: dict[str, str]) -> Answer:
        if visit.request.values("authorization"):
            raise AwsError("TestServerSigned", f"{params['Action']} takes no signature, and none is sent to it")
        service = webidentity.SERVICE
        tree = service.perform(visit.world, webidentity.NOBODY, params)
        return Answer(200, query.answer(params["Action"], service.namespace, tree, visit.request_id), visit.request_id)

    def refuse(self, error: AwsError, request: Request, request_id: str) -> Answer:
        """Return AWS's XML for an error."""
        namespace = _service(request).namespace
        return Answer(error.status, query.refusal(error, namespace, request_id), request_id)

    def fault(self, kind: str) -> AwsError:
        """Return a fault as these services word it."""
        return _FAULTS[kind]


def _check_alive(caller: Credential, now: float) -> None:
    if caller.session is not None and now >= caller.session.expires_at:
        raise AwsError("ExpiredToken", "The security token included in the request is expired", 403)


def _service(request: Request) -> Service:
    """Return the service that a request is signed for; STS speaks for those that cannot be read."""
    return SERVICES.get(_readable_claim(request)[2], sts.SERVICE)


def _readable_parameters(request: Request) -> dict[str, str]:
    try:
        return query.parameters(request)
    except AwsError:
        return {}


def _readable_claim(request: Request) -> tuple[str, str, str]:
    try:
        claim = sigv4.read_claim(request)
    except AwsError:
        return "", "", ""
    return claim.access_key_id, claim.region, claim.service


DOOR = QueryDoor()
