"""Tells a service's own answer from whatever else may answer in its place: a captive portal, a proxy, a balancer."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree as ET

from botocore.exceptions import BotoCoreError

_REFUSED, _FAILED = 300, 500
_ERROR_KEYS = frozenset({"__type", "code", "error", "message", "Message"})


class ForeignAnswerError(BotoCoreError):
    """Something other than the service answered; `status` is the HTTP status."""

    fmt = "an answer of HTTP {status} that is not the service's"

    def __init__(self, status: int) -> None:
        super().__init__(status=status)
        self.status = status


def require_own_answer(operation_model: Any, response_dict: dict[str, Any], **_more: object) -> None:
    """Refuse an answer that the service did not give; empty the body of a failure (HTTP 5xx), so that botocore retries.

    Raises:
        ForeignAnswerError: something else answered.
    """
    status, body = int(response_dict["status_code"]), bytes(response_dict["body"])
    is_own = _is_json_answer if "json" in operation_model.service_model.resolved_protocol else _is_xml_answer
    if is_own(operation_model, status, body, response_dict["headers"]):
        return
    if status < _FAILED:
        raise ForeignAnswerError(status)
    response_dict["body"] = b""


def _is_xml_answer(operation_model: Any, status: int, body: bytes, _headers: object) -> bool:
    """Return whether a body follows the Query protocol; the server's namespace does not matter."""
    try:
        root = ET.fromstring(body)  # noqa: S314 - botocore parses the same text with the same parser
    except (ET.ParseError, ValueError, LookupError):
        return False
    name = _local_name(root)
    if status < _REFUSED:
        return name == f"{operation_model.name}Response"
    return name == "ErrorResponse" and any(_local_name(each) == "Error" for each in root)


def _is_json_answer(operation_model: Any, status: int, body: bytes, headers: Any) -> bool:
    try:
        answer = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        return False
    if not isinstance(answer, dict):
        return False
    if status < _REFUSED:
        return bool(body) or operation_model.output_shape is None
    return "x-amzn-errortype" in headers or not _ERROR_KEYS.isdisjoint(answer)


def _local_name(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]
