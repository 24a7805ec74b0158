"""Dispatches a request to its endpoint and logs the call, without sockets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.aws import json_endpoint, oidc, portal, query_endpoint, signin, sso_pages
from tests.aws.errors import AwsError
from tests.aws.request_context import RequestContext

if TYPE_CHECKING:
    from tests.aws.request import Request
    from tests.aws.request_context import Endpoint, HttpResponse
    from tests.aws.rest import Route
    from tests.aws.world import World

ROUTES: dict[str, Route] = {**signin.ROUTES, **oidc.ROUTES, **sso_pages.ROUTES, **portal.ROUTES}
"""Routes selected by method and path; everything else is a JSON or Query request. A new service is one entry here."""


def respond(world: World, request: Request, clock: float, outcome: str = "") -> HttpResponse:
    """Perform a request, verifying its signature at `clock` (epoch seconds), and log it with `outcome` or its own."""
    endpoint = find_endpoint(request)
    context = RequestContext(world, request, clock)
    call = endpoint.describe(request, world.now())
    try:
        done, ended = endpoint.perform(context), "ok"
    except AwsError as error:
        done, ended = endpoint.render_error(error, request, context.request_id), error.code
    user_agent = request.header("user-agent")
    world.log(call.replace(principal=context.principal, outcome=outcome or ended, user_agent=user_agent))
    return done


def respond_with_fault(world: World, request: Request, kind: str) -> HttpResponse:
    """Return the response to a request that fails with "throttle" or "error500"."""
    endpoint, context = find_endpoint(request), RequestContext(world, request, 0)
    return endpoint.render_error(endpoint.fault(kind), request, context.request_id)


def find_endpoint(request: Request) -> Endpoint:
    """Return the endpoint responsible for a request."""
    is_json = bool(request.values("x-amz-target"))
    other: Endpoint = json_endpoint.ENDPOINT if is_json else query_endpoint.ENDPOINT
    return next((ROUTES[place] for place in _list_route_keys(request) if place in ROUTES), other)


def _list_route_keys(request: Request) -> tuple[str, ...]:
    """Return the keys of a request in ROUTES: with the query's Action, and without."""
    action = next((pair for pair in request.query.split("&") if pair.startswith("Action=")), "Action=")
    place = f"{request.method} {request.path}"
    return f"{place}?{action}", place
