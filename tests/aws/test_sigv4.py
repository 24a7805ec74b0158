"""The server believes a signature only when all of it holds, and says what AWS says when it does not."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given, settings
from hypothesis import strategies as st

from shellvault.core.record import Secret
from tests.aws import sigv4
from tests.aws.by_hand import form, send, signed
from tests.aws.client import refused, sts
from tests.aws.errors import AwsError
from tests.aws.identities import Credential, Principal
from tests.aws.request import Request

if TYPE_CHECKING:
    from tests.aws.by_hand import Letter
    from tests.aws.server import AwsServer

SAMPLE = Credential(
    "AKIDEXAMPLE", Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), Principal("111122223333", "arn", "id", ())
)


def letter_of(aws: AwsServer) -> Letter:
    """Return a good request of a user's key."""
    key = aws.world.user().access_key()
    return signed(aws, (key.id, key.secret, None), form())


def session_of(aws: AwsServer) -> tuple[str, str, str]:
    """Return the parts of a session."""
    found = sts(aws, aws.world.user().access_key()).get_session_token()["Credentials"]
    return found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"]


def test_awss_own_example_verifies() -> None:
    """The "get-vanilla" request of AWS's published Signature V4 test suite."""
    authorization = (
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
        "SignedHeaders=host;x-amz-date, "
        "Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
    )
    headers = (
        ("Host", "example.amazonaws.com"),
        ("X-Amz-Date", "20150830T123600Z"),
        ("Authorization", authorization),
    )
    request = Request("GET", "/", "", headers, b"")
    assert sigv4.verify(request, sigv4.read_claim(request), SAMPLE, 1440938160, ["service"]) == SAMPLE


@settings(max_examples=60, deadline=None)
@given(
    query=st.lists(st.tuples(st.text("ab~ &=%+/é", min_size=1), st.text("ab~ &=%+/é")), max_size=4),
    path=st.text("ab~ %+é").map(quote),
    header=st.text("ab,;  =", min_size=1).map(str.strip),
    body=st.binary(max_size=40),
)
def test_whatever_botocore_signs_verifies(query: list[tuple[str, str]], path: str, header: str, body: bytes) -> None:
    """Two writings of the specification agree on odd paths, queries, headers and bodies."""
    target = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in query)
    sent = AWSRequest("POST", f"http://127.0.0.1:1/{path}?{target}", {"X-Amz-Odd": header}, body)
    SigV4Auth(Credentials(SAMPLE.access_key_id, SAMPLE.secret), "sts", "eu-west-1").add_auth(sent)
    arrived = Request("POST", f"/{path}", target, (("Host", "127.0.0.1:1"), *sent.headers.items()), body)
    assert sigv4.verify(arrived, sigv4.read_claim(arrived), SAMPLE, time.time(), ["sts"]) == SAMPLE
    for spoilt in (arrived.replace(body=body + b"x"), arrived.replace(query=target + "&z=1")):
        with pytest.raises(AwsError, match="SignatureDoesNotMatch"):
            sigv4.verify(spoilt, sigv4.read_claim(spoilt), SAMPLE, time.time(), ["sts"])


def test_a_good_request_by_hand_is_answered(aws: AwsServer) -> None:
    """What the spoilt requests below are compared with."""
    reply = send(aws, letter_of(aws))
    assert (reply.status, reply.code) == (200, "")
    assert b"arn:aws:iam::111122223333:user/alice" in reply.body


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1", "us-gov-west-1", "cn-north-1", "ap-southeast-2"])
def test_any_region_is_accepted_and_noted(aws: AwsServer, region: str) -> None:
    """The server is in the region that the signature names."""
    sts(aws, aws.world.user().access_key(), region).get_caller_identity()
    assert aws.world.calls[-1].region == region


def test_a_changed_body_is_refused(aws: AwsServer) -> None:
    """The signature covers the form."""
    reply = send(aws, letter_of(aws).replace(body=form("GetSessionToken")))
    assert (reply.status, reply.code) == (403, "SignatureDoesNotMatch")
    assert reply.message.startswith("The request signature we calculated does not match the signature you provided.")


def test_a_wrong_secret_is_refused(aws: AwsServer) -> None:
    """A known key id with another secret."""
    key = aws.world.user().access_key()
    reply = send(aws, signed(aws, (key.id, "x" * 40, None), form()))
    assert (reply.status, reply.code) == (403, "SignatureDoesNotMatch")


def test_one_flipped_digit_of_the_signature_is_refused(aws: AwsServer) -> None:
    """The last one."""
    letter = letter_of(aws)
    last = letter.headers["Authorization"][-1]
    spoilt = letter.headers["Authorization"][:-1] + ("0" if last != "0" else "1")
    assert send(aws, letter.with_header("Authorization", spoilt)).code == "SignatureDoesNotMatch"


def test_an_unknown_key_is_refused(aws: AwsServer) -> None:
    """As AWS words it."""
    reply = send(aws, signed(aws, ("AKIAUNKNOWNUNKNOWN22", "x" * 40, None), form()))
    assert (reply.status, reply.code) == (403, "InvalidClientTokenId")
    assert reply.message == "The security token included in the request is invalid."


def test_a_request_without_authorization_is_refused(aws: AwsServer) -> None:
    """Nobody is nobody."""
    reply = send(aws, letter_of(aws).without_header("Authorization"))
    assert (reply.status, reply.code) == (403, "MissingAuthenticationToken")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("Credential=", "Credentials=", "requires 'Credential' parameter"),
        ("Signature=", "Sign=", "requires 'Signature' parameter"),
        ("SignedHeaders=", "Headers=", "requires 'SignedHeaders' parameter"),
        ("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1", "AWS4-HMAC-SHA1"),
        ("/aws4_request", "", "5 slash-delimited elements"),
    ],
)
def test_an_incomplete_authorization_is_refused(aws: AwsServer, old: str, new: str, message: str) -> None:
    """The answer says what is missing."""
    reply = send(aws, letter_of(aws).with_authorization(old, new))
    assert (reply.status, reply.code) == (400, "IncompleteSignature")
    assert message in reply.message


@pytest.mark.parametrize("date", ["", "yesterday", "20260231T250000Z"])
def test_a_request_without_a_readable_date_is_refused(aws: AwsServer, date: str) -> None:
    """Missing, no date at all, and a date that does not exist."""
    letter = letter_of(aws)
    today = letter.headers["X-Amz-Date"][:8]
    letter = letter.with_header("X-Amz-Date", date).with_authorization(today, date[:8] or today)
    assert send(aws, letter).code == "IncompleteSignature"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("/sts/", "/s3/", "correct service: 'sts'"),
        ("/eu-west-1/", "/Mars/", "valid region"),
        ("/aws4_request", "/aws5_request", "'aws4_request'"),
        ("host;", "", "'host' must be a 'SignedHeader'"),
        ("content-type;", "accept-encoding;content-type;x-none;", "sorted"),
        ("content-type;", "content-type;content-width;", "absent: ['content-width']"),
        ("host;x-amz-date", "host", "'x-amz-date' must be a 'SignedHeader'"),
    ],
)
def test_a_wrong_scope_or_header_list_is_refused(aws: AwsServer, old: str, new: str, message: str) -> None:
    """Before the signature itself is looked at."""
    reply = send(aws, letter_of(aws).with_authorization(old, new))
    assert (reply.status, reply.code) == (403, "SignatureDoesNotMatch")
    assert message in reply.message


def test_a_scope_of_another_day_is_refused(aws: AwsServer) -> None:
    """The date of the scope is the date of X-Amz-Date."""
    letter = letter_of(aws)
    reply = send(aws, letter.with_authorization(letter.headers["X-Amz-Date"][:8], "20200101"))
    assert reply.code == "SignatureDoesNotMatch"
    assert "Date in Credential scope does not match" in reply.message


def test_another_regions_scope_breaks_the_signature(aws: AwsServer) -> None:
    """The signing key is made from the region."""
    reply = send(aws, letter_of(aws).with_authorization("eu-west-1", "eu-west-2"))
    assert reply.code == "SignatureDoesNotMatch"


def test_a_wrong_payload_hash_is_refused(aws: AwsServer) -> None:
    """A stated and signed hash has to be the body's."""
    key = aws.world.user().access_key()
    letter = signed(aws, (key.id, key.secret, None), form(), more={"X-Amz-Content-SHA256": "0" * 64})
    reply = send(aws, letter)
    assert reply.code == "SignatureDoesNotMatch"
    assert "'x-amz-content-sha256' header does not match" in reply.message


@pytest.mark.parametrize(
    ("skew", "message"),
    [(301, "Signature expired: "), (3600, "is now earlier than"), (-303, "Signature not yet current: ")],
)
def test_a_clock_more_than_five_minutes_off_is_refused(aws: AwsServer, skew: float, message: str) -> None:
    """In AWS's words, which name both times."""
    aws.world.clock_skew = skew
    answer = refused(sts(aws, aws.world.user().access_key()), "get_caller_identity")
    assert (answer.code, answer.status) == ("SignatureDoesNotMatch", 403)
    assert message in answer.message
    assert " 5 min.)" in answer.message


@pytest.mark.parametrize("skew", [-290, 290])
def test_a_clock_less_than_five_minutes_off_is_accepted(aws: AwsServer, skew: float) -> None:
    """On either side."""
    aws.world.clock_skew = skew
    sts(aws, aws.world.user().access_key()).get_caller_identity()


def test_a_session_signs_with_its_token(aws: AwsServer) -> None:
    """The good case of the next three."""
    assert send(aws, signed(aws, session_of(aws), form())).status == 200


@pytest.mark.parametrize("token", [None, "", "wrong"])
def test_a_session_without_its_own_token_is_refused(aws: AwsServer, token: str | None) -> None:
    """None, empty, and another one."""
    key, secret, _ = session_of(aws)
    reply = send(aws, signed(aws, (key, secret, token), form()))
    assert (reply.status, reply.code) == (403, "InvalidClientTokenId")


def test_a_session_token_that_is_not_signed_is_refused(aws: AwsServer) -> None:
    """The right token, added after signing."""
    key, secret, token = session_of(aws)
    letter = signed(aws, (key, secret, None), form()).with_header("X-Amz-Security-Token", token)
    assert send(aws, letter).code == "InvalidClientTokenId"


def test_a_users_own_key_with_a_token_is_refused(aws: AwsServer) -> None:
    """A token left in the environment beside a long-lived key is an error at AWS, too."""
    _, _, token = session_of(aws)
    key = aws.world.user().access_key()
    assert send(aws, signed(aws, (key.id, key.secret, token), form())).code == "InvalidClientTokenId"


def test_an_expired_session_is_refused(aws: AwsServer) -> None:
    """After its own seconds, by the server's clock."""
    aws.world.min_duration = 1
    client = sts(aws, sts(aws, aws.world.user().access_key()).get_session_token(DurationSeconds=1)["Credentials"])
    client.get_caller_identity()
    time.sleep(2.05)
    answer = refused(client, "get_caller_identity")
    assert (answer.code, answer.status) == ("ExpiredToken", 403)
    assert answer.message == "The security token included in the request is expired"
