"""AWS's Query protocol: form parameters in, XML responses and errors out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from tests.aws.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.aws.request import Request

FORM = "application/x-www-form-urlencoded"
Tree = dict[str, "str | Tree | list[Tree] | list[str]"]
"""A response: element names mapped to text, children or members, in order."""


def parse_parameters(request: Request) -> dict[str, str]:
    """Return the parameters of a form POST to the root, each given once."""
    if request.method != "POST" or request.path != "/" or request.query:
        raise AwsError("TestServerWrongPlace", f"only POST / is served, not {request.method} {request.path}", 404)
    if request.header("content-type").partition(";")[0].strip().lower() != FORM:
        raise AwsError("TestServerWrongContentType", f"the Content-Type must be {FORM}", 415)
    try:
        pairs = parse_qsl(request.body.decode("ascii"), keep_blank_values=True, strict_parsing=True, errors="strict")
    except ValueError:
        raise AwsError("MalformedQueryString", "The query string contains a syntax error.", 404) from None
    if len(dict(pairs)) != len(pairs):
        raise AwsError("MalformedQueryString", "A parameter is given more than once.", 404)
    return dict(pairs)


def parse_members(params: Mapping[str, str], name: str) -> list[dict[str, str]]:
    """Return the members of a list parameter in order, each as its fields; plain text has the field ""."""
    found: dict[int, dict[str, str]] = {}
    for key, value in params.items():
        if match := re.fullmatch(rf"{name}\.member\.([1-9]\d*)(?:\.(\w+))?", key):
            found.setdefault(int(match[1]), {})[match[2] or ""] = value
    if sorted(found) != list(range(1, len(found) + 1)):
        raise AwsError("MalformedInput", f"The members of {name} must be numbered from 1 without gaps.")
    return [found[number] for number in sorted(found)]


def pattern(parameter: str) -> str:
    """Return a parameter's name as spelled in the service tables: the number of a member becomes N."""
    return re.sub(r"\.member\.\d+", ".member.N", parameter)


def render_response(action: str, namespace: str, result: Tree, request_id: str) -> bytes:
    """Render a successful response; an empty result has no element."""
    whole: Tree = {f"{action}Result": result} if result else {}
    body = _render(whole | {"ResponseMetadata": {"RequestId": request_id}})
    return f'<{action}Response xmlns="{namespace}">{body}</{action}Response>'.encode()


def render_error_response(error: AwsError, namespace: str, request_id: str) -> bytes:
    """Render an error, which is the sender's fault below status 500."""
    kind = "Sender" if error.status < 500 else "Receiver"
    body = _render({"Error": {"Type": kind, "Code": error.code, "Message": error.message}, "RequestId": request_id})
    return f'<ErrorResponse xmlns="{namespace}">{body}</ErrorResponse>'.encode()


def _render(tree: Tree) -> str:
    return "".join(f"<{name}>{_render_content(value)}</{name}>" for name, value in tree.items())


def _render_content(value: str | Tree | list[Tree] | list[str]) -> str:
    if isinstance(value, list):
        return "".join(_render({"member": member}) for member in value)
    return escape(value) if isinstance(value, str) else _render(value)
