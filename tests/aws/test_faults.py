"""Faults: each looks realistic on the wire, ends when it should, and is logged."""

from __future__ import annotations

import http.client
import threading
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ConnectionClosedError, ReadTimeoutError
from botocore.parsers import ResponseParserError

from tests.aws.client import CONFIG, expect_refusal, make_iam_client, make_sts_client
from tests.aws.faults import ENDLESS, KINDS, ODD_ANSWERS
from tests.aws.raw_requests import build_form, send_request, sign_request
from tests.aws.server import AwsServer, wait_for_calls

if TYPE_CHECKING:
    from tests.aws.raw_requests import SignedRequest


def make_request(aws: AwsServer, action: str = "GetCallerIdentity") -> SignedRequest:
    """Return a valid request signed with a user's key."""
    key = aws.world.user().access_key()
    return sign_request(aws, (key.id, key.secret, None), build_form(action))


def test_throttling_looks_like_that_of_aws(aws: AwsServer) -> None:
    """Status 400 with the code that makes clients back off."""
    aws.faults.next("throttle")
    client = make_sts_client(aws, aws.world.user().access_key())
    answer = expect_refusal(client, "get_caller_identity")
    assert (answer.code, answer.message, answer.status) == ("Throttling", "Rate exceeded", 400)
    client.get_caller_identity()


def test_error_500_is_the_receivers_fault(aws: AwsServer) -> None:
    """In XML, with status 500."""
    aws.faults.next("error500")
    reply = send_request(aws, make_request(aws))
    assert (reply.status, reply.code) == (500, "InternalFailure")
    assert b"<Type>Receiver</Type>" in reply.body


def test_dropped_connection_has_no_response(aws: AwsServer) -> None:
    """Not a single byte."""
    aws.faults.next("drop")
    with pytest.raises(http.client.RemoteDisconnected):
        send_request(aws, make_request(aws))
    aws.faults.next("drop")
    with pytest.raises(ConnectionClosedError):
        make_sts_client(aws, aws.world.user().access_key()).get_caller_identity()


def test_hanging_request_ends_when_the_server_stops() -> None:
    """Or earlier, by the client's own timeout."""
    with AwsServer() as aws:
        aws.faults.next("hang", times=None)
        impatient = CONFIG.merge(Config(read_timeout=0.2))
        with pytest.raises(ReadTimeoutError):
            make_sts_client(aws, aws.world.user().access_key(), config=impatient).get_caller_identity()
        errors: list[BaseException] = []
        patient = threading.Thread(target=_send_ignoring_response, args=(aws, make_request(aws), errors))
        patient.start()
        assert wait_for_calls(aws.world, "GetCallerIdentity", 2)
        assert patient.is_alive()
    patient.join(5)
    assert [type(error) for error in errors] == [http.client.RemoteDisconnected]


def test_garbage_is_not_xml(aws: AwsServer) -> None:
    """Although its status is 200."""
    aws.faults.next("garbage")
    with pytest.raises(ResponseParserError):
        make_sts_client(aws, aws.world.user().access_key()).get_caller_identity()


def test_truncated_response_was_performed(aws: AwsServer) -> None:
    """The code is used up.

    botocore does not notice that the body is too short; its error quotes what arrived, including secrets.
    """
    user = aws.world.user()
    device, client = user.mfa_device(), make_sts_client(aws, user.access_key())
    given = {"SerialNumber": device.serial, "TokenCode": device.next_code()}
    aws.faults.next("truncate")
    with pytest.raises(ResponseParserError, match="<SecretAccessKey>"):
        client.get_session_token(**given)
    assert expect_refusal(client, "get_session_token", **given).code == "AccessDenied"


def test_swallowed_response_was_performed() -> None:
    """The caller never hears of it."""
    with AwsServer() as aws:
        key = aws.world.user().access_key()
        client = make_iam_client(aws, key)
        aws.faults.next("swallow", action="UpdateAccessKey")
        ended: list[BaseException] = []

        def deactivate() -> None:
            try:
                client.update_access_key(AccessKeyId=key.id, Status="Inactive")
            except BotoCoreError as error:
                ended.append(error)

        caller = threading.Thread(target=deactivate)
        caller.start()
        assert wait_for_calls(aws.world, "UpdateAccessKey", 1)
        credential = aws.world.credential(key.id)
        assert (credential is not None and credential.active, caller.is_alive()) == (False, True)
    caller.join(10)
    assert len(ended) == 1


@pytest.mark.parametrize("kind", ["throttle", "error500", "drop", *ODD_ANSWERS])
def test_other_faults_leave_the_request_undone(aws: AwsServer, kind: str) -> None:
    """The code can still be used."""
    user = aws.world.user()
    device, key = user.mfa_device(), user.access_key()
    given = {"SerialNumber": device.serial, "TokenCode": device.next_code()}
    request = sign_request(aws, (key.id, key.secret, None), build_form("GetSessionToken", **given))
    aws.faults.next(kind)
    _send_ignoring_response(aws, request, [])
    assert send_request(aws, request).status == 200


@pytest.mark.parametrize("kind", ODD_ANSWERS)
def test_odd_answers_do_not_come_from_the_service(aws: AwsServer, kind: str) -> None:
    """Status, body and headers are those of the fault."""
    status, body, headers = ODD_ANSWERS[kind]
    aws.faults.next(kind)
    reply = send_request(aws, make_request(aws))
    assert (reply.status, reply.body) == (status, body)
    assert dict(headers).items() <= {name.title(): value for name, value in reply.headers.items()}.items()


@pytest.mark.parametrize(("kind", "least", "most"), [("drip", 2, 20), ("flood", 10 << 20, 2 << 30)])
def test_endless_answers_go_on_until_the_client_hangs_up(aws: AwsServer, kind: str, least: int, most: int) -> None:
    """They come slowly, or as fast as the client reads."""
    aws.faults.next(kind)
    request = make_request(aws)
    connection = http.client.HTTPConnection(aws.url.removeprefix("http://"), timeout=10)
    connection.request(request.method, request.target, request.body, request.headers)
    answer, end, got = connection.getresponse(), time.monotonic() + 1, 0
    while time.monotonic() < end:
        got += len(answer.read1(1 << 20))
    connection.close()
    assert (answer.status, least <= got <= most) == (200, True), got


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ENDLESS])
def test_fault_is_logged(aws: AwsServer, kind: str) -> None:
    """Along with the requested action; the next request succeeds."""
    aws.faults.next(kind)
    _send_ignoring_response(aws, make_request(aws, "GetSessionToken"), [])
    send_request(aws, make_request(aws))
    assert [(call.action, call.outcome) for call in aws.world.calls] == [
        ("GetSessionToken", f"fault:{kind}"),
        ("GetCallerIdentity", "ok"),
    ]
    assert aws.world.calls[0].access_key_id.startswith("AKIA")
    assert aws.world.calls[0].region == "eu-west-1"


def test_faults_occur_in_the_scheduled_order(aws: AwsServer) -> None:
    """As often as scheduled, then the permanent one, until cleared."""
    aws.faults.next("throttle", times=2)
    aws.faults.next("error500")
    aws.faults.next("throttle", times=None)
    request = make_request(aws)
    assert [send_request(aws, request).status for _ in range(5)] == [400, 400, 500, 400, 400]
    aws.faults.clear()
    assert send_request(aws, request).status == 200


def test_unknown_fault_is_an_error(aws: AwsServer) -> None:
    """A typo in a test must not result in a server without faults."""
    with pytest.raises(ValueError, match="throttle"):
        aws.faults.next("explode")


def test_latency_delays_every_response(aws: AwsServer) -> None:
    """A client times out if its limit is shorter, and succeeds otherwise."""
    client = make_sts_client(aws, aws.world.user().access_key(), config=CONFIG.merge(Config(read_timeout=0.2)))
    aws.faults.latency = 60
    with pytest.raises(ReadTimeoutError):
        client.get_caller_identity()
    aws.faults.latency = 0.01
    client.get_caller_identity()


@pytest.mark.parametrize("skew", [-3600, 3600])
def test_date_skew_affects_the_header_and_signatures(aws: AwsServer, skew: float) -> None:
    """As seen by a machine with a wrong clock; sessions and codes keep the world's time."""
    aws.faults.date_skew = skew
    reply = send_request(aws, make_request(aws))
    assert reply.code == "SignatureDoesNotMatch"
    ahead = parsedate_to_datetime(reply.headers["date"]).timestamp() - time.time()
    assert abs(ahead - skew) < 5
    aws.faults.clear()
    assert send_request(aws, make_request(aws)).status == 200


def _send_ignoring_response(aws: AwsServer, request: SignedRequest, errors: list[BaseException]) -> None:
    """Send a request whose response may be anything, and collect connection errors."""
    connection = http.client.HTTPConnection(aws.url.removeprefix("http://"), timeout=10)
    try:
        connection.request(request.method, request.target, request.body, request.headers)
        connection.getresponse().read()
    except (http.client.HTTPException, OSError) as error:
        errors.append(error)
    finally:
        connection.close()
