"""Takes one request through the right door and the call log to an answer. No sockets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.aws import browser, oidc, portal, signed, signin
from tests.aws.errors import AwsError
from tests.aws.visit import Visit

if TYPE_CHECKING:
    from tests.aws.request import Request
    from tests.aws.rest import Route
    from tests.aws.visit import Answer, Door
    from tests.aws.world import World

ROUTES: dict[str, Route] = {**signin.ROUTES, **oidc.ROUTES, **browser.ROUTES, **portal.ROUTES}
"""What is chosen by method and path; a new service is one entry here. Everything else is a Query request."""


def answer(world: World, request: Request, clock: float, outcome: str = "") -> Answer:
    """Perform a request, judging its signature at `clock` (epoch seconds), and log it with `outcome` or its own one."""
    door = door_of(request)
    visit = Visit(world, request, clock)
    call = door.describe(request, world.now())
    try:
        done, ended = door.perform(visit), "ok"
    except AwsError as error:
        done, ended = door.refuse(error, request, visit.request_id), error.code
    world.log(call.replace(principal=visit.principal, outcome=outcome or ended))
    return done


def fail(world: World, request: Request, kind: str) -> Answer:
    """Return the answer to a request that is to fail with "throttle" or "error500"."""
    door, visit = door_of(request), Visit(world, request, 0)
    return door.refuse(door.fault(kind), request, visit.request_id)


def door_of(request: Request) -> Door:
    """Return the door that a request comes to."""
    return next((ROUTES[place] for place in _places(request) if place in ROUTES), signed.DOOR)


def _places(request: Request) -> tuple[str, ...]:
    """Return the names under which a request's route may stand: with the query's Action, and without."""
    action = next((pair for pair in request.query.split("&") if pair.startswith("Action=")), "Action=")
    place = f"{request.method} {request.path}"
    return f"{place}?{action}", place
