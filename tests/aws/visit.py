"""One request on its way through the server, and what goes back. Shared by all protocols; no rule of any of them."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Protocol

from shellvault.core.record import Record

if TYPE_CHECKING:
    from tests.aws.errors import AwsError
    from tests.aws.identities import Call
    from tests.aws.request import Request
    from tests.aws.world import World


class Answer(Record):
    """What goes back over HTTP; `headers` beside those that every answer has."""

    status: int
    body: bytes
    request_id: str
    content_type: str = "text/xml"
    headers: tuple[tuple[str, str], ...] = ()


class Visit:
    """A request in a world.

    Attributes:
        clock: epoch seconds that signatures are judged by.
        request_id: the id of the answer.
        principal: the arn of whoever is proven to ask, as soon as that is known.
    """

    def __init__(self, world: World, request: Request, clock: float) -> None:
        self.world = world
        self.request = request
        self.clock = clock
        self.request_id = str(uuid.uuid4())
        self.principal = ""


class Door(Protocol):
    """One way into the server: how its requests are read, performed and refused."""

    def describe(self, request: Request, at: float) -> Call:
        """Return what a request says of itself, unproven and without secrets, with blanks for what cannot be read."""

    def perform(self, visit: Visit) -> Answer:
        """Do what a request asks for, or raise an AwsError."""

    def refuse(self, error: AwsError, request: Request, request_id: str) -> Answer:
        """Return an error in this protocol's form."""

    def fault(self, kind: str) -> AwsError:
        """Return the error of a fault of this kind: "throttle" or "error500"."""
