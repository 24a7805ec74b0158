"""The server around the actions: its answers' form, what it refuses to guess, and many clients at once."""

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

from tests.aws.by_hand import form, send, signed
from tests.aws.client import refused, sts
from tests.aws.server import AwsServer
from tests.aws.world import World

if TYPE_CHECKING:
    from tests.aws.by_hand import Letter
    from tests.aws.identities import Call


def letter_of(aws: AwsServer, body: str) -> Letter:
    """Return a request of a user's key."""
    key = aws.world.user().access_key()
    return signed(aws, (key.id, key.secret, None), body)


@pytest.mark.parametrize("body", [form(), form("GetSessionToken", DurationSeconds="1")])
def test_every_answer_has_a_date_and_a_request_id(aws: AwsServer, body: str) -> None:
    """A success and an error; the id is in the XML, too."""
    reply = send(aws, letter_of(aws, body))
    assert abs(parsedate_to_datetime(reply.headers["date"]).timestamp() - time.time()) < 5
    assert f"<RequestId>{reply.headers['x-amzn-requestid']}</RequestId>".encode() in reply.body
    assert reply.headers["content-type"] == "text/xml"


def test_text_is_escaped_in_an_error(aws: AwsServer) -> None:
    """AWS says the bad value again, whatever is in it."""
    client = sts(aws, aws.world.user().access_key())
    answer = refused(client, "assume_role", RoleArn="<&>", RoleSessionName="me")
    assert "Value '<&>' at 'roleArn'" in answer.message


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        (form("AssumeRole", Colour="blue", Policy="{}"), "TestServerUnknownParameter", "Colour, Policy"),
        (form(DurationSeconds="900"), "TestServerUnknownParameter", "DurationSeconds"),
        (form("AssumeRoleWithSAML"), "InvalidAction", "operation AssumeRoleWithSAML for version 2011-06-15"),
        (form(version="2010-01-01"), "InvalidAction", "version 2010-01-01"),
        ("Version=2011-06-15", "MissingAction", "Action"),
        ("Action=A&Action=B", "MalformedQueryString", "more than once"),
        ("Action", "MalformedQueryString", "syntax"),
        (form("GetSessionToken", DurationSeconds="soon"), "ValidationError", "whole number"),
    ],
)
def test_what_the_server_does_not_know_is_refused(aws: AwsServer, body: str, code: str, message: str) -> None:
    """Nothing is ignored, so that a client's surprise shows."""
    reply = send(aws, letter_of(aws, body))
    assert reply.code == code
    assert message in reply.message


@pytest.mark.parametrize(
    ("letter", "code"),
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
def test_another_place_or_form_is_refused(aws: AwsServer, letter: dict[str, str], code: str) -> None:
    """Only a form POST to the root is STS."""
    assert send(aws, letter_of(aws, form()).replace(**letter)).code == code


def test_one_connection_carries_many_requests(aws: AwsServer) -> None:
    """Also after a refusal."""
    letters = [letter_of(aws, form(action)) for action in ("GetCallerIdentity", "Nothing", "GetSessionToken")]
    connection = http.client.HTTPConnection(aws.url.removeprefix("http://"), timeout=10)
    statuses = []
    for letter in letters:
        connection.request("POST", "/", letter.body, letter.headers)
        answer = connection.getresponse()
        answer.read()
        statuses.append(answer.status)
        assert connection.sock is not None
    connection.close()
    assert statuses == [200, 400, 200]


def test_fifty_threads_are_answered_and_counted(aws: AwsServer) -> None:
    """Each gets credentials of its own."""
    client, role = sts(aws, aws.world.user().access_key()), aws.world.role("reader")
    barrier, minted = threading.Barrier(50), []

    def ask() -> None:
        barrier.wait(10)
        minted.append(client.assume_role(RoleArn=role.arn, RoleSessionName="me")["Credentials"])

    _run_all([threading.Thread(target=ask) for _ in range(50)])
    assert aws.world.count("AssumeRole", "ok") == 50
    assert len({answer["AccessKeyId"] for answer in minted}) == 50


def test_of_fifty_threads_with_one_code_one_gets_in(aws: AwsServer) -> None:
    """A code works once, however many come at once."""
    user = aws.world.user()
    device, client = user.mfa_device(), sts(aws, user.access_key())
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


def test_a_hundred_connections_can_wait_at_once(aws: AwsServer) -> None:
    """All are open before the first one asks."""
    letter = letter_of(aws, form())
    connections = [http.client.HTTPConnection(aws.url.removeprefix("http://"), timeout=10) for _ in range(100)]
    for connection in connections:
        connection.connect()
    for connection in connections:
        connection.request("POST", "/", letter.body, letter.headers)
    statuses = [connection.getresponse().status for connection in connections]
    for connection in connections:
        connection.close()
    assert statuses == [200] * 100


def test_stopping_ends_idle_connections_and_every_thread() -> None:
    """Nothing of a server outlives its context."""
    before = threading.active_count()
    with AwsServer() as aws:
        host, port = aws.url.removeprefix("http://").split(":")
        idle = socket.create_connection((host, int(port)), timeout=5)
        sts(aws, aws.world.user().access_key()).get_caller_identity()
    assert idle.recv(1) == b""
    idle.close()
    assert threading.active_count() == before
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, int(port)), timeout=5)


def test_a_bug_of_the_server_fails_the_test_that_met_it() -> None:
    """It comes out at the end of the context; the client saw no answer."""

    class BrokenWorld(World):
        def log(self, call: Call) -> None:
            raise LookupError(call.action)

    with pytest.raises(LookupError), AwsServer(BrokenWorld()) as aws, pytest.raises(http.client.RemoteDisconnected):
        send(aws, letter_of(aws, form()))


def test_a_sample_server_can_be_played_with_by_hand() -> None:
    """`python -m tests.aws` prints what a client needs, and a code for each line of input."""
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
