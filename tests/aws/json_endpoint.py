"""The endpoint of the JSON services, whose actions are named in a header; they exist to show what sessions may do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.aws import ssm
from tests.aws.authentication import authenticate, parse_claim
from tests.aws.errors import AwsError
from tests.aws.identities import Call
from tests.aws.json_service import JsonCall
from tests.aws.permissions import authorize
from tests.aws.request_context import HttpResponse

if TYPE_CHECKING:
    from tests.aws.request import Request
    from tests.aws.request_context import RequestContext

TYPE = "application/x-amz-json-1.1"
SERVICES = {service.name: service for service in (ssm.SERVICE,)}
"""Services by their name in a signature's scope; a new service is one entry here."""

_CODES = {
    "AccessDenied": "AccessDeniedException",
    "ExpiredToken": "ExpiredTokenException",
    "IncompleteSignature": "IncompleteSignatureException",
    "InvalidClientTokenId": "UnrecognizedClientException",
    "MissingAuthenticationToken": "MissingAuthenticationTokenException",
    "SignatureDoesNotMatch": "InvalidSignatureException",
}
"""The codes of this protocol, all with status 400, where they differ from those of the Query protocol."""

_FAULTS = {
    "throttle": AwsError("ThrottlingException", "Rate exceeded"),
    "error500": AwsError("InternalServerError", "An error occurred on the server side.", 500),
}


class JsonEndpoint:
    """Handles signed requests of the JSON 1.1 protocol."""

    def describe(self, request: Request, at: float) -> Call:
        """Return the call that a request makes."""
        try:
            shown = {name: str(value) for name, value in _parse_fields(request).items()}
        except AwsError:
            shown = {}
        key, region, service = parse_claim(request)
        return Call(request.header("x-amz-target").rpartition(".")[2], shown, key, "", region, at, service)

    def perform(self, context: RequestContext) -> HttpResponse:
        """Verify the caller and the permission, and perform the action."""
        fields = _parse_fields(context.request)
        caller, claim = authenticate(context, SERVICES)
        service = SERVICES[claim.service]
        prefix, _, name = context.request.header("x-amz-target").rpartition(".")
        action = service.actions.get(name)
        if prefix != service.target_prefix or action is None:
            raise AwsError("UnknownOperationException", "")
        action.check_fields(fields)
        call = JsonCall(context.world, caller, claim.region, fields)
        authorize(context.world, caller, f"{service.name}:{name}", action.resource(call))
        return HttpResponse(200, json.dumps(action.run(call)).encode(), context.request_id, TYPE)

    def render_error(self, error: AwsError, request: Request, request_id: str) -> HttpResponse:  # noqa: ARG002 - required by Endpoint
        """Render an error as AWS's JSON."""
        body = {"__type": _CODES.get(error.code, error.code), "message": error.message}
        status = 400 if error.code in _CODES else error.status
        return HttpResponse(status, json.dumps(body).encode(), request_id, TYPE)

    def fault(self, kind: str) -> AwsError:
        """Return the error of an injected fault."""
        return _FAULTS[kind]


def _parse_fields(request: Request) -> dict[str, Any]:
    if request.method != "POST" or request.path != "/" or request.query or request.header("content-type") != TYPE:
        raise AwsError("TestServerWrongPlace", f"only POST / of {TYPE} is served here", 404)
    try:
        fields = json.loads(request.body)
    except ValueError:
        fields = None
    if not isinstance(fields, dict):
        raise AwsError("SerializationException", "The body is no JSON object")
    return fields


ENDPOINT = JsonEndpoint()
