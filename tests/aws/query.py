"""AWS's Query protocol: form parameters in, XML answers and XML errors out. No action is known here."""

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
Tree = dict[str, "str | Tree | list[Tree]"]
"""An answer: element names and their text, children or members, in order."""


def parameters(request: Request) -> dict[str, str]:
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


def members(params: Mapping[str, str], name: str) -> list[dict[str, str]]:
    """Return a list parameter's members in their order, each as its fields; a plain text has the field ""."""
    found: dict[int, dict[str, str]] = {}
    for key, value in params.items():
        if match := re.fullmatch(rf"{name}\.member\.([1-9]\d*)(?:\.(\w+))?", key):
            found.setdefault(int(match[1]), {})[match[2] or ""] = value
    if sorted(found) != list(range(1, len(found) + 1)):
        raise AwsError("MalformedInput", f"The members of {name} must be numbered from 1 without gaps.")
    return [found[number] for number in sorted(found)]


def pattern(parameter: str) -> str:
    """Return a parameter's name as a table spells it: a member's number becomes N."""
    return re.sub(r"\.member\.\d+", ".member.N", parameter)


def answer(action: str, namespace: str, result: Tree, request_id: str) -> bytes:
    """Return the XML of a success; an empty result has no element."""
    whole: Tree = {f"{action}Result": result} if result else {}
    body = _render(whole | {"ResponseMetadata": {"RequestId": request_id}})
    return f'<{action}Response xmlns="{namespace}">{body}</{action}Response>'.encode()


def refusal(error: AwsError, namespace: str, request_id: str) -> bytes:
    """Return the XML of an error; the sender is at fault below status 500."""
    kind = "Sender" if error.status < 500 else "Receiver"
    body = _render({"Error": {"Type": kind, "Code": error.code, "Message": error.message}, "RequestId": request_id})
    return f'<ErrorResponse xmlns="{namespace}">{body}</ErrorResponse>'.encode()


def _render(tree: Tree) -> str:
    return "".join(f"<{name}>{_content(value)}</{name}>" for name, value in tree.items())


def _content(value: str | Tree | list[Tree]) -> str:
    if isinstance(value, list):
        return "".join(_render({"member": member}) for member in value)
    return escape(value) if isinstance(value, str) else _render(value)
