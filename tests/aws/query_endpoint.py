"""The endpoint of the Query services: verifies the caller and the region, then consults the service's table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.aws import iam, query, sts, web_identity
from tests.aws.authentication import authenticate, parse_claim
from tests.aws.errors import AwsError
from tests.aws.identities import Call
from tests.aws.request_context import HttpResponse

if TYPE_CHECKING:
    from tests.aws.request import Request
    from tests.aws.request_context import RequestContext
    from tests.aws.service import QueryService

SERVICES = {service.name: service for service in (sts.SERVICE, iam.SERVICE)}
"""Services by their name in a signature's scope; a new service is one entry here."""

_SECRET_PARAMETERS = ("TokenCode", "WebIdentityToken")
_FAULTS = {
    "throttle": AwsError("Throttling", "Rate exceeded"),
    "error500": AwsError("InternalFailure", "The request processing has failed because of an unknown error.", 500),
}


class QueryEndpoint:
    """Handles signed requests of the Query protocol."""

    def describe(self, request: Request, at: float) -> Call:
        """Return the call that a request makes, without secrets."""
        params = _parse_parameters(request)
        shown = {
            name: "…" if name in _SECRET_PARAMETERS else value
            for name, value in params.items()
            if name not in ("Action", "Version")
        }
        key, region, service = parse_claim(request)
        return Call(params.get("Action", ""), shown, key, "", region, at, service)

    def perform(self, context: RequestContext) -> HttpResponse:
        """Verify the caller, and perform the action."""
        params = query.parse_parameters(context.request)
        if params.get("Action") in web_identity.SERVICE.actions:
            return self._perform_unsigned(context, params)
        caller, claim = authenticate(context, SERVICES)
        service = SERVICES[claim.service]
        service.check_region(caller, claim.region)
        tree = service.perform(context.world, caller, params)
        body = query.render_response(params["Action"], service.namespace, tree, context.request_id)
        return HttpResponse(200, body, context.request_id)

    def _perform_unsigned(self, context: RequestContext, params: dict[str, str]) -> HttpResponse:
        if context.request.values("authorization"):
            raise AwsError("TestServerSigned", f"{params['Action']} takes no signature, and none is sent to it")
        service = web_identity.SERVICE
        tree = service.perform(context.world, web_identity.ANONYMOUS, params)
        return HttpResponse(
            200,
            query.render_response(params["Action"], service.namespace, tree, context.request_id),
            context.request_id,
        )

    def render_error(self, error: AwsError, request: Request, request_id: str) -> HttpResponse:
        """Render an error as AWS's XML."""
        namespace = _find_service(request).namespace
        return HttpResponse(error.status, query.render_error_response(error, namespace, request_id), request_id)

    def fault(self, kind: str) -> AwsError:
        """Return the error of an injected fault."""
        return _FAULTS[kind]


def _find_service(request: Request) -> QueryService:
    """Return the service that a request is signed for, or STS if its signature cannot be parsed."""
    return SERVICES.get(parse_claim(request)[2], sts.SERVICE)


def _parse_parameters(request: Request) -> dict[str, str]:
    try:
        return query.parse_parameters(request)
    except AwsError:
        return {}


ENDPOINT = QueryEndpoint()
