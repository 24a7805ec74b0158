"""A request while it is processed, and its response, for all protocols."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Protocol

from shellvault.core.record import Record

if TYPE_CHECKING:
    from tests.aws.errors import AwsError
    from tests.aws.identities import Call
    from tests.aws.request import Request
    from tests.aws.world import World


class HttpResponse(Record):
    """An HTTP response; `headers` are in addition to those of every response."""

    status: int
    body: bytes
    request_id: str
    content_type: str = "text/xml"
    headers: tuple[tuple[str, str], ...] = ()


class RequestContext:
    """A request and the world it acts on.

    Attributes:
        clock: epoch seconds at which signatures are verified.
        request_id: the ID of the response.
        principal: the ARN of the caller, once verified.
    """

    def __init__(self, world: World, request: Request, clock: float) -> None:
        self.world = world
        self.request = request
        self.clock = clock
        self.request_id = str(uuid.uuid4())
        self.principal = ""


class Endpoint(Protocol):
    """One way into the server: how its requests are parsed, performed and refused."""

    def describe(self, request: Request, at: float) -> Call:
        """Return the call that a request makes, unverified and without secrets; anything unparseable is empty."""

    def perform(self, context: RequestContext) -> HttpResponse:
        """Perform a request, or raise an AwsError."""

    def render_error(self, error: AwsError, request: Request, request_id: str) -> HttpResponse:
        """Render an error in this protocol's format."""

    def fault(self, kind: str) -> AwsError:
        """Return the error of an injected fault of this kind: "throttle" or "error500"."""
