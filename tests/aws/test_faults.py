"""Each fault looks on the wire as it would in life, ends when it should, and is in the log."""

from __future__ import annotations

import http.client
import threading
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import pytest
from botocore.config import Config
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError
from botocore.parsers import ResponseParserError

from tests.aws.by_hand import form, send, signed
from tests.aws.client import CONFIG, refused, sts
from tests.aws.faults import KINDS
from tests.aws.server import AwsServer, wait_for

if TYPE_CHECKING:
    from tests.aws.by_hand import Letter


def letter_of(aws: AwsServer, action: str = "GetCallerIdentity") -> Letter:
    """Return a good request of a user's key."""
    key = aws.world.user().access_key()
    return signed(aws, (key.id, key.secret, None), form(action))


def test_throttling_is_awss_own(aws: AwsServer) -> None:
    """Status 400 and the code that clients back off at."""
    aws.faults.next("throttle")
    client = sts(aws, aws.world.user().access_key())
    answer = refused(client, "get_caller_identity")
    assert (answer.code, answer.message, answer.status) == ("Throttling", "Rate exceeded", 400)
    client.get_caller_identity()


def test_an_error_500_is_the_receivers_fault(aws: AwsServer) -> None:
    """In XML, with status 500."""
    aws.faults.next("error500")
    reply = send(aws, letter_of(aws))
    assert (reply.status, reply.code) == (500, "InternalFailure")
    assert b"<Type>Receiver</Type>" in reply.body


def test_a_dropped_connection_has_no_answer(aws: AwsServer) -> None:
    """Not a byte of one."""
    aws.faults.next("drop")
    with pytest.raises(http.client.RemoteDisconnected):
        send(aws, letter_of(aws))
    aws.faults.next("drop")
    with pytest.raises(ConnectionClosedError):
        sts(aws, aws.world.user().access_key()).get_caller_identity()


def test_a_hanging_request_ends_when_the_server_stops() -> None:
    """The client's own time limit ends it sooner."""
    with AwsServer() as aws:
        aws.faults.next("hang", times=None)
        impatient = CONFIG.merge(Config(read_timeout=0.2))
        with pytest.raises(ReadTimeoutError):
            sts(aws, aws.world.user().access_key(), config=impatient).get_caller_identity()
        errors: list[BaseException] = []
        patient = threading.Thread(target=_send_and_keep_the_error, args=(aws, letter_of(aws), errors))
        patient.start()
        assert wait_for(aws.world, "GetCallerIdentity", 2)
        assert patient.is_alive()
    patient.join(5)
    assert [type(error) for error in errors] == [http.client.RemoteDisconnected]


def test_garbage_is_no_xml(aws: AwsServer) -> None:
    """Though its status is 200."""
    aws.faults.next("garbage")
    with pytest.raises(ResponseParserError):
        sts(aws, aws.world.user().access_key()).get_caller_identity()


def test_a_truncated_answer_was_performed(aws: AwsServer) -> None:
    """The code that it took is spent.

    botocore does not notice that the body is too short; its error quotes what came, half of the secrets included.
    """
    user = aws.world.user()
    device, client = user.mfa_device(), sts(aws, user.access_key())
    given = {"SerialNumber": device.serial, "TokenCode": device.next_code()}
    aws.faults.next("truncate")
    with pytest.raises(ResponseParserError, match="<SecretAccessKey>"):
        client.get_session_token(**given)
    assert refused(client, "get_session_token", **given).code == "AccessDenied"


@pytest.mark.parametrize("kind", ["throttle", "error500", "drop", "garbage"])
def test_other_faults_leave_the_request_undone(aws: AwsServer, kind: str) -> None:
    """The code can still be used."""
    user = aws.world.user()
    device, key = user.mfa_device(), user.access_key()
    given = {"SerialNumber": device.serial, "TokenCode": device.next_code()}
    letter = signed(aws, (key.id, key.secret, None), form("GetSessionToken", **given))
    aws.faults.next(kind)
    _send_and_keep_the_error(aws, letter, [])
    assert send(aws, letter).status == 200


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "hang"])
def test_a_fault_is_logged_as_one(aws: AwsServer, kind: str) -> None:
    """With what the request asked for; the next request is well."""
    aws.faults.next(kind)
    _send_and_keep_the_error(aws, letter_of(aws, "GetSessionToken"), [])
    send(aws, letter_of(aws))
    assert [(call.action, call.outcome) for call in aws.world.calls] == [
        ("GetSessionToken", f"fault:{kind}"),
        ("GetCallerIdentity", "ok"),
    ]
    assert aws.world.calls[0].access_key_id.startswith("AKIA")
    assert aws.world.calls[0].region == "eu-west-1"


def test_faults_come_in_the_order_asked_for(aws: AwsServer) -> None:
    """As often as asked for, then the standing one, until cleared."""
    aws.faults.next("throttle", times=2)
    aws.faults.next("error500")
    aws.faults.next("throttle", times=None)
    letter = letter_of(aws)
    assert [send(aws, letter).status for _ in range(5)] == [400, 400, 500, 400, 400]
    aws.faults.clear()
    assert send(aws, letter).status == 200


def test_an_unknown_fault_is_an_error_of_the_test(aws: AwsServer) -> None:
    """And not a server that works."""
    with pytest.raises(ValueError, match="throttle"):
        aws.faults.next("explode")


def test_latency_makes_every_answer_late(aws: AwsServer) -> None:
    """A client that waits less long gives up, and one that waits is answered."""
    client = sts(aws, aws.world.user().access_key(), config=CONFIG.merge(Config(read_timeout=0.2)))
    aws.faults.latency = 60
    with pytest.raises(ReadTimeoutError):
        client.get_caller_identity()
    aws.faults.latency = 0.01
    client.get_caller_identity()


@pytest.mark.parametrize("skew", [-3600, 3600])
def test_a_skewed_date_is_in_the_header_and_refuses_signatures(aws: AwsServer, skew: float) -> None:
    """As a machine with a wrong clock sees AWS; sessions and codes keep the world's time."""
    aws.faults.date_skew = skew
    reply = send(aws, letter_of(aws))
    assert reply.code == "SignatureDoesNotMatch"
    ahead = parsedate_to_datetime(reply.headers["date"]).timestamp() - time.time()
    assert abs(ahead - skew) < 5
    aws.faults.clear()
    assert send(aws, letter_of(aws)).status == 200


def _send_and_keep_the_error(aws: AwsServer, letter: Letter, errors: list[BaseException]) -> None:
    """Send a request whose answer may be anything."""
    connection = http.client.HTTPConnection(aws.url.removeprefix("http://"), timeout=10)
    try:
        connection.request(letter.method, letter.target, letter.body, letter.headers)
        connection.getresponse().read()
    except (http.client.HTTPException, OSError) as error:
        errors.append(error)
    finally:
        connection.close()
