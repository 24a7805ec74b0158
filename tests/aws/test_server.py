"""The server around the actions: response format, unknown input, and many concurrent clients."""

from __future__ import annotations

import http.client
import select
import socket
import subprocess
import sys
import threading
import time
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.aws.client import expect_refusal, make_sts_client
from tests.aws.raw_requests import build_form, send_request, sign_request
from tests.aws.server import AwsServer
from tests.aws.world import World

if TYPE_CHECKING:
    from tests.aws.identities import Call
    from tests.aws.raw_requests import SignedRequest


def make_request(aws: AwsServer, body: str) -> SignedRequest:
    """Return a request signed with a user's key."""
    key = aws.world.user().access_key()
    return sign_request(aws, (key.id, key.secret, None), body)


@pytest.mark.parametrize("body", [build_form(), build_form("GetSessionToken", DurationSeconds="1")])
def test_every_response_has_a_date_and_a_request_id(aws: AwsServer, body: str) -> None:
    """For success and failure; the XML contains the ID, too."""
    reply = send_request(aws, make_request(aws, body))
    assert abs(parsedate_to_datetime(reply.headers["date"]).timestamp() - time.time()) < 5
    assert f"<RequestId>{reply.headers['x-amzn-requestid']}</RequestId>".encode() in reply.body
    assert reply.headers["content-type"] == "text/xml"


def test_date_is_that_of_the_servers_own_clock(aws: AwsServer) -> None:
    """Whatever the machine's says: in successes, refusals, and answers in a service's place."""
    aws.world.clock_skew = 200
    aws.faults.next("forbidden", action="GetUser")
    for body in (build_form(), build_form("Nothing"), build_form("GetUser")):
        date = parsedate_to_datetime(send_request(aws, make_request(aws, body)).headers["date"])
        assert abs(date.timestamp() - time.time() - 200) < 5


def test_text_is_escaped_in_an_error(aws: AwsServer) -> None:
    """AWS repeats the invalid value, whatever it contains."""
    client = make_sts_client(aws, aws.world.user().access_key())
    answer = expect_refusal(client, "assume_role", RoleArn="<&>", RoleSessionName="me")
    assert "Value '<&>' at 'roleArn'" in answer.message


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        (build_form("AssumeRole", Colour="blue", Shape="{}"), "TestServerUnknownParameter", "Colour, Shape"),
        (build_form("GetSessionToken", Policy="{}"), "TestServerUnknownParameter", "Policy"),
        (build_form(DurationSeconds="900"), "TestServerUnknownParameter", "DurationSeconds"),
        (build_form("AssumeRoleWithSAML"), "InvalidAction", "operation AssumeRoleWithSAML for version 2011-06-15"),
        (build_form(version="2010-01-01"), "InvalidAction", "version 2010-01-01"),
        ("Version=2011-06-15", "MissingAction", "Action"),
        ("Action=A&Action=B", "MalformedQueryString", "more than once"),
        ("Action", "MalformedQueryString", "syntax"),
        (build_form("GetSessionToken", DurationSeconds="soon"), "ValidationError", "whole number"),
    ],
)
def test_unknown_input_is_refused(aws: AwsServer, body: str, code: str, message: str) -> None:
    """Nothing is ignored, so that unexpected requests are noticed."""
    reply = send_request(aws, make_request(aws, body))
    assert reply.code == code
    assert message in reply.message


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"method": "GET"}, "TestServerWrongPlace"),
        ({"method": "PUT"}, "TestServerWrongPlace"),
        ({"target": "/elsewhere"}, "TestServerWrongPlace"),
        ({"target": "/?Action=GetCallerIdentity"}, "TestServerWrongPlace"),
        ({"headers": {"Content-Type": "application/json"}}, "TestServerWrongContentType"),
        ({"headers": {"Transfer-Encoding": "chunked"}}, "TestServerBadBody"),
        ({"headers": {"Content-Length": "12345678"}, "body": ""}, "TestServerBadBody"),
    ],
)
def test_wrong_path_or_format_is_refused(aws: AwsServer, changes: dict[str, str], code: str) -> None:
    """Only a form POST to the root is STS."""
    assert send_request(aws, make_request(aws, build_form()).replace(**changes)).code == code


def test_connection_carries_several_requests(aws: AwsServer) -> None:
    """Even after an error."""
    requests = [make_request(aws, build_form(action)) for action in ("GetCallerIdentity", "Nothing", "GetSessionToken")]
    connection = http.client.HTTPConnection(aws.url.removeprefix("http://"), timeout=10)
    statuses = []
    for request in requests:
        connection.request("POST", "/", request.body, request.headers)
        answer = connection.getresponse()
        answer.read()
        statuses.append(answer.status)
        assert connection.sock is not None
    connection.close()
    assert statuses == [200, 400, 200]


def test_fifty_threads_are_served_and_counted(aws: AwsServer) -> None:
    """Each gets its own credentials."""
    client, role = make_sts_client(aws, aws.world.user().access_key()), aws.world.role("reader")
    barrier, credentials = threading.Barrier(50), []

    def ask() -> None:
        barrier.wait(10)
        credentials.append(client.assume_role(RoleArn=role.arn, RoleSessionName="me")["Credentials"])

    _run_all([threading.Thread(target=ask) for _ in range(50)])
    assert aws.world.count("AssumeRole", "ok") == 50
    assert len({answer["AccessKeyId"] for answer in credentials}) == 50


def test_only_one_of_fifty_threads_can_use_a_code(aws: AwsServer) -> None:
    """A code works once, even with concurrent requests."""
    user = aws.world.user()
    device, client = user.mfa_device(), make_sts_client(aws, user.access_key())
    barrier, code = threading.Barrier(50), device.next_code()

    def ask() -> None:
        barrier.wait(10)
        try:
            client.get_session_token(SerialNumber=device.serial, TokenCode=code)
        except client.exceptions.ClientError:
            return

    _run_all([threading.Thread(target=ask) for _ in range(50)])
    assert aws.world.count("GetSessionToken") == 50
    assert aws.world.count("GetSessionToken", "ok") == 1


def test_hundred_connections_can_wait_at_once(aws: AwsServer) -> None:
    """All are open before the first request."""
    request = make_request(aws, build_form())
    connections = [http.client.HTTPConnection(aws.url.removeprefix("http://"), timeout=10) for _ in range(100)]
    for connection in connections:
        connection.connect()
    for connection in connections:
        connection.request("POST", "/", request.body, request.headers)
    statuses = [connection.getresponse().status for connection in connections]
    for connection in connections:
        connection.close()
    assert statuses == [200] * 100


def test_stopping_ends_idle_connections_and_all_threads() -> None:
    """Nothing outlives the server's context."""
    before = threading.active_count()
    with AwsServer() as aws:
        host, port = aws.url.removeprefix("http://").split(":")
        idle = socket.create_connection((host, int(port)), timeout=5)
        make_sts_client(aws, aws.world.user().access_key()).get_caller_identity()
    assert idle.recv(1) == b""
    idle.close()
    assert threading.active_count() == before
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, int(port)), timeout=5)


def test_server_crash_fails_the_test() -> None:
    """It is raised at the end of the context; the client got no response."""

    class BrokenWorld(World):
        def log(self, call: Call) -> None:
            raise LookupError(call.action)

    with pytest.raises(LookupError), AwsServer(BrokenWorld()) as aws, pytest.raises(http.client.RemoteDisconnected):
        send_request(aws, make_request(aws, build_form()))


def test_sample_server_can_be_used_manually() -> None:
    """`python -m tests.aws` prints what a client needs, and an MFA code per line of input."""
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-m", "tests.aws"], cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            printed = [process.stdout.readline() for _ in range(8)]
            process.stdin.write("\n")
            process.stdin.flush()
            assert select.select([process.stdout], [], [], 10)[0]
            code = process.stdout.readline().strip()
        finally:
            process.kill()
    assert printed[0].startswith("export AWS_ENDPOINT_URL=http://127.0.0.1:")
    assert printed[1].startswith("export AWS_ACCESS_KEY_ID=AKIA")
    assert sum(line.startswith("# role arn:aws:iam::") for line in printed) == 3
    assert printed[7].startswith("# portal https://")
    assert (len(code), code.isdecimal()) == (6, True)


def _run_all(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert not any(thread.is_alive() for thread in threads)
