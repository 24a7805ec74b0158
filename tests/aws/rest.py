"""Actions selected by method and path, and the fields they take."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qsl

from shellvault.core.record import Record
from tests.aws.errors import AwsError
from tests.aws.identities import Call
from tests.aws.request_context import HttpResponse

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.aws.request import Request
    from tests.aws.request_context import RequestContext

Fields = dict[str, Any]


class Field(Record):
    """A field of a request; `where` is "json", "query", or the name of the header that contains it."""

    name: str
    where: str = "json"
    kind: type = str
    required: bool = False
    secret: bool = False


class ErrorFormat(Protocol):
    """The form of a service's errors and faults."""

    service: str

    def render_error(self, error: AwsError, request_id: str) -> HttpResponse:
        """Render an error."""

    def fault(self, kind: str) -> AwsError:
        """Return the error of an injected fault."""

    def invalid_field(self, message: str) -> AwsError:
        """Return the error for an invalid field."""


class Route(Record):
    """An action; `run` returns an `HttpResponse`, or an object to render as JSON."""

    action: str
    run: Callable[[RequestContext, Fields], HttpResponse | dict[str, Any]]
    error_format: ErrorFormat
    fields: tuple[Field, ...] = ()

    def describe(self, request: Request, at: float) -> Call:
        """Return the call that a request makes, without secrets."""
        try:
            fields_given = _parse_fields(request, self.fields)
        except ValueError:
            fields_given = {}
        known = {field.name: field for field in self.fields}
        shown = {
            name: "…" if name not in known or known[name].secret else str(value) for name, value in fields_given.items()
        }
        return Call(self.action, shown, "", "", "", at, self.error_format.service)

    def perform(self, context: RequestContext) -> HttpResponse:
        """Validate the fields, and run the action."""
        if context.request.values("authorization"):
            raise AwsError("TestServerSigned", f"{self.action} takes no signature, and none is sent to it")
        done = self.run(context, self._read_fields(context.request))
        if isinstance(done, HttpResponse):
            return done
        return HttpResponse(200, json.dumps(done).encode(), context.request_id, "application/json")

    def render_error(self, error: AwsError, request: Request, request_id: str) -> HttpResponse:  # noqa: ARG002 - required by Endpoint
        """Render an error in the service's format."""
        return self.error_format.render_error(error, request_id)

    def fault(self, kind: str) -> AwsError:
        """Return the error of an injected fault in the service's format."""
        return self.error_format.fault(kind)

    def _read_fields(self, request: Request) -> Fields:
        try:
            fields_given = _parse_fields(request, self.fields)
        except ValueError as error:
            raise self.error_format.invalid_field(f"The request cannot be read: {error}") from None
        known = {field.name: field for field in self.fields}
        if unknown := [name for name in fields_given if name not in known]:
            raise AwsError("TestServerUnknownParameter", f"{self.action} does not know {', '.join(unknown)}")
        if missing := [field.name for field in self.fields if field.required and not fields_given.get(field.name)]:
            raise self.error_format.invalid_field(f"Missing: {', '.join(missing)}")
        if wrong := [name for name, value in fields_given.items() if not isinstance(value, known[name].kind)]:
            raise self.error_format.invalid_field(f"Not of the right type: {', '.join(wrong)}")
        return fields_given


def _parse_fields(request: Request, fields: tuple[Field, ...]) -> Fields:
    """Return all fields of a request, known or not; raise ValueError if they cannot be parsed."""
    pairs = parse_qsl(request.query, keep_blank_values=True, strict_parsing=True) if request.query else []
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a parameter is given more than once")
    headers = {field.name: request.header(field.where) for field in fields if request.values(field.where)}
    return _parse_body(request) | dict(pairs) | headers


def _parse_body(request: Request) -> Fields:
    if not request.body:
        return {}
    body = json.loads(request.body)
    if not isinstance(body, dict):
        raise ValueError("the body is not a JSON object")  # noqa: TRY004 - handled like invalid JSON
    return body
