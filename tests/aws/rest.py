"""Requests that are told apart by method and path: which fields they take and from where. No action is known here."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qsl

from shellvault.core.record import Record
from tests.aws.errors import AwsError
from tests.aws.identities import Call
from tests.aws.visit import Answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.aws.request import Request
    from tests.aws.visit import Visit

Fields = dict[str, Any]


class Field(Record):
    """One field of a request; `where` is "json", "query", or the name of a header that carries it."""

    name: str
    where: str = "json"
    kind: type = str
    required: bool = False
    secret: bool = False


class Form(Protocol):
    """How one service's answers, errors and faults look."""

    service: str

    def refuse(self, error: AwsError, request_id: str) -> Answer:
        """Return an error."""

    def fault(self, kind: str) -> AwsError:
        """Return the error of a fault."""

    def wrong(self, message: str) -> AwsError:
        """Return the refusal of a field."""


class Route(Record):
    """One action: `run` answers the fields with an `Answer`, or with what becomes JSON."""

    action: str
    run: Callable[[Visit, Fields], Answer | dict[str, Any]]
    form: Form
    fields: tuple[Field, ...] = ()

    def describe(self, request: Request, at: float) -> Call:
        """Return what a request says of itself."""
        try:
            given = _given(request, self.fields)
        except ValueError:
            given = {}
        known = {field.name: field for field in self.fields}
        shown = {name: "…" if name not in known or known[name].secret else str(value) for name, value in given.items()}
        return Call(self.action, shown, "", "", "", at, self.form.service)

    def perform(self, visit: Visit) -> Answer:
        """Read the fields strictly, and run the action."""
        if visit.request.values("authorization"):
            raise AwsError("TestServerSigned", f"{self.action} takes no signature, and none is sent to it")
        done = self.run(visit, self._read(visit.request))
        if isinstance(done, Answer):
            return done
        return Answer(200, json.dumps(done).encode(), visit.request_id, "application/json")

    def refuse(self, error: AwsError, request: Request, request_id: str) -> Answer:  # noqa: ARG002 - Door's signature
        """Return an error as the service words it."""
        return self.form.refuse(error, request_id)

    def fault(self, kind: str) -> AwsError:
        """Return a fault as the service words it."""
        return self.form.fault(kind)

    def _read(self, request: Request) -> Fields:
        try:
            given = _given(request, self.fields)
        except ValueError as error:
            raise self.form.wrong(f"The request cannot be read: {error}") from None
        known = {field.name: field for field in self.fields}
        if unknown := [name for name in given if name not in known]:
            raise AwsError("TestServerUnknownParameter", f"{self.action} does not know {', '.join(unknown)}")
        if missing := [field.name for field in self.fields if field.required and not given.get(field.name)]:
            raise self.form.wrong(f"Missing: {', '.join(missing)}")
        if wrong := [name for name, value in given.items() if not isinstance(value, known[name].kind)]:
            raise self.form.wrong(f"Not of the right type: {', '.join(wrong)}")
        return given


def _given(request: Request, fields: tuple[Field, ...]) -> Fields:
    """Return all fields of a request, known or not; raise ValueError when they cannot be told."""
    pairs = parse_qsl(request.query, keep_blank_values=True, strict_parsing=True) if request.query else []
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a parameter is given more than once")
    headers = {field.name: request.header(field.where) for field in fields if request.values(field.where)}
    return _body(request) | dict(pairs) | headers


def _body(request: Request) -> Fields:
    if not request.body:
        return {}
    body = json.loads(request.body)
    if not isinstance(body, dict):
        raise ValueError("the body is no JSON object")  # noqa: TRY004 - both are refused alike
    return body
