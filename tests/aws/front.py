"""Takes one request through signature, service table and call log to an answer. No sockets, no faults."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from shellvault.record import Record
from tests.aws import query, sigv4, sts
from tests.aws.errors import AwsError
from tests.aws.identities import Call

if TYPE_CHECKING:
    from tests.aws.identities import Credential
    from tests.aws.request import Request
    from tests.aws.service import Service
    from tests.aws.world import World

SERVICES = {sts.SERVICE.name: sts.SERVICE}
"""Services by their name in a signature's scope; a new one is one line here."""

_SECRET_PARAMETERS = ("TokenCode",)


class Answer(Record):
    """What goes back over HTTP."""

    status: int
    body: bytes
    request_id: str
    content_type: str = "text/xml"


def answer(world: World, request: Request, clock: float, outcome: str = "") -> Answer:
    """Perform a request, judging its signature at `clock` (epoch seconds), and log it with `outcome` or its own one."""
    call = describe(request, world.now())
    request_id = str(uuid.uuid4())
    try:
        params = query.parameters(request)
        claim = sigv4.read_claim(request)
        caller = sigv4.verify(request, claim, world.credential(claim.access_key_id), clock, SERVICES)
        call = call.replace(principal=caller.principal.arn)
        _check_alive(caller, call.time)
        service = SERVICES[claim.service]
        tree = service.perform(world, caller, params)
    except AwsError as error:
        world.log(call.replace(outcome=outcome or error.code))
        return refuse(error, request_id)
    world.log(call.replace(outcome=outcome or "ok"))
    return Answer(200, query.answer(call.action, service.namespace, tree, request_id), request_id)


def refuse(error: AwsError, request_id: str, service: Service = sts.SERVICE) -> Answer:
    """Return AWS's XML for an error."""
    return Answer(error.status, query.refusal(error, service.namespace, request_id), request_id)


def describe(request: Request, at: float) -> Call:
    """Return what a request says of itself, unproven, with blanks for what cannot be read."""
    params = _readable_parameters(request)
    shown = {
        name: "…" if name in _SECRET_PARAMETERS else value
        for name, value in params.items()
        if name not in ("Action", "Version")
    }
    key, region = _readable_claim(request)
    return Call(params.get("Action", ""), shown, key, "", region, at)


def _check_alive(caller: Credential, now: float) -> None:
    if caller.session is not None and now >= caller.session.expires_at:
        raise AwsError("ExpiredToken", "The security token included in the request is expired", 403)


def _readable_parameters(request: Request) -> dict[str, str]:
    try:
        return query.parameters(request)
    except AwsError:
        return {}


def _readable_claim(request: Request) -> tuple[str, str]:
    try:
        claim = sigv4.read_claim(request)
    except AwsError:
        return "", ""
    return claim.access_key_id, claim.region
