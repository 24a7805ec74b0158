"""Requests signed by botocore and sent by `http.client`, so that a test can spoil anything in between."""

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


class Letter(Record):
    """A request ready to be sent; `headers` without Host and Content-Length, which `http.client` adds."""

    body: str
    headers: dict[str, str]
    method: str = "POST"
    target: str = "/"

    def with_header(self, name: str, value: str) -> Letter:
        """Return the same request with a header added or changed after it was signed."""
        return self.replace(headers=self.headers | {name: value})

    def without_header(self, name: str) -> Letter:
        """Return the same request without a header."""
        return self.replace(headers={known: value for known, value in self.headers.items() if known != name})

    def with_authorization(self, old: str, new: str) -> Letter:
        """Return the same request with a part of its Authorization header changed."""
        header = self.headers["Authorization"]
        if old not in header:
            raise ValueError(f"{old} is not in the header")
        return self.with_header("Authorization", header.replace(old, new))


class Reply(Record):
    """What came back; `code` and `message` of an error, empty on success."""

    status: int
    headers: dict[str, str]
    body: bytes
    code: str
    message: str


def form(action: str = "GetCallerIdentity", version: str = "2011-06-15", **parameters: str) -> str:
    """Return the body of a Query request."""
    return urlencode({"Action": action, "Version": version} | parameters)


def signed(
    aws: AwsServer,
    credentials: tuple[str, str, str | None],
    body: str,
    more: Mapping[str, str] | None = None,
) -> Letter:
    """Sign a body, and more headers if given, with (id, secret, session token)."""
    request = AWSRequest("POST", aws.url + "/", {"Content-Type": FORM} | dict(more or {}), body)
    SigV4Auth(Credentials(*credentials), "sts", "eu-west-1").add_auth(request)
    return Letter(body, dict(request.headers.items()))


def send(aws: AwsServer, letter: Letter) -> Reply:
    """Send a request over a connection of its own."""
    connection = http.client.HTTPConnection(aws.url.removeprefix("http://"), timeout=10)
    try:
        connection.request(letter.method, letter.target, letter.body, letter.headers)
        answer = connection.getresponse()
        body = answer.read()
        headers = {name.lower(): value for name, value in answer.getheaders()}
    finally:
        connection.close()
    error = ET.fromstring(body)  # noqa: S314 - our own server's answer
    code, message = error.findtext(f".//{STS}Code", ""), error.findtext(f".//{STS}Message", "")
    return Reply(answer.status, headers, body, code, message)
