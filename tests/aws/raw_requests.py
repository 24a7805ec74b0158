"""Requests signed by botocore and sent with `http.client`, so that tests can tamper with them in between."""

from __future__ import annotations

import http.client
from typing import TYPE_CHECKING
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from shellvault.core.record import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.aws.server import AwsServer

FORM = "application/x-www-form-urlencoded"
STS = "{https://sts.amazonaws.com/doc/2011-06-15/}"


class SignedRequest(Record):
    """A request ready to send; `http.client` adds Host and Content-Length to its headers."""

    body: str
    headers: dict[str, str]
    method: str = "POST"
    target: str = "/"

    def with_header(self, name: str, value: str) -> SignedRequest:
        """Return this request with a header added or changed after signing."""
        return self.replace(headers=self.headers | {name: value})

    def without_header(self, name: str) -> SignedRequest:
        """Return this request without a header."""
        return self.replace(headers={known: value for known, value in self.headers.items() if known != name})

    def with_authorization(self, old: str, new: str) -> SignedRequest:
        """Return this request with part of its Authorization header replaced."""
        header = self.headers["Authorization"]
        if old not in header:
            raise ValueError(f"{old} is not in the header")
        return self.with_header("Authorization", header.replace(old, new))


class RawResponse(Record):
    """A response; `code` and `message` are those of an error, or empty."""

    status: int
    headers: dict[str, str]
    body: bytes
    code: str
    message: str


def build_form(action: str = "GetCallerIdentity", version: str = "2011-06-15", **parameters: str) -> str:
    """Return the body of a Query request."""
    return urlencode({"Action": action, "Version": version} | parameters)


def sign_request(
    aws: AwsServer,
    credentials: tuple[str, str, str | None],
    body: str,
    more: Mapping[str, str] | None = None,
) -> SignedRequest:
    """Sign a body, and optional headers, with (id, secret, session token)."""
    request = AWSRequest("POST", aws.url + "/", {"Content-Type": FORM} | dict(more or {}), body)
    SigV4Auth(Credentials(*credentials), "sts", "eu-west-1").add_auth(request)
    return SignedRequest(body, dict(request.headers.items()))


def send_request(aws: AwsServer, request: SignedRequest) -> RawResponse:
    """Send a request on a new connection."""
    connection = http.client.HTTPConnection(aws.url.removeprefix("http://"), timeout=10)
    try:
        connection.request(request.method, request.target, request.body, request.headers)
        answer = connection.getresponse()
        body = answer.read()
        headers = {name.lower(): value for name, value in answer.getheaders()}
    finally:
        connection.close()
    try:
        error = ET.fromstring(body)  # noqa: S314 - a trusted server's response
    except ET.ParseError:  # an injected fault
        return RawResponse(answer.status, headers, body, "", "")
    code, message = error.findtext(f".//{STS}Code", ""), error.findtext(f".//{STS}Message", "")
    return RawResponse(answer.status, headers, body, code, message)
