"""Signature verification: every part must be valid, and errors have AWS's messages."""

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
from tests.aws.client import expect_refusal, make_sts_client
from tests.aws.errors import AwsError
from tests.aws.identities import Credential, Principal
from tests.aws.raw_requests import build_form, send_request, sign_request
from tests.aws.request import Request

if TYPE_CHECKING:
    from tests.aws.raw_requests import SignedRequest
    from tests.aws.server import AwsServer

SAMPLE = Credential(
    "AKIDEXAMPLE", Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), Principal("111122223333", "arn", "id", ())
)


def make_request(aws: AwsServer) -> SignedRequest:
    """Return a valid request signed with a user's key."""
    key = aws.world.user().access_key()
    return sign_request(aws, (key.id, key.secret, None), build_form())


def get_session(aws: AwsServer) -> tuple[str, str, str]:
    """Return the credentials of a session."""
    found = make_sts_client(aws, aws.world.user().access_key()).get_session_token()["Credentials"]
    return found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"]


def test_aws_example_verifies() -> None:
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
def test_anything_signed_by_botocore_verifies(
    query: list[tuple[str, str]], path: str, header: str, body: bytes
) -> None:
    """Two implementations agree on unusual paths, queries, headers and bodies."""
    target = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in query)
    sent = AWSRequest("POST", f"http://127.0.0.1:1/{path}?{target}", {"X-Amz-Odd": header}, body)
    SigV4Auth(Credentials(SAMPLE.access_key_id, SAMPLE.secret), "sts", "eu-west-1").add_auth(sent)
    arrived = Request("POST", f"/{path}", target, (("Host", "127.0.0.1:1"), *sent.headers.items()), body)
    assert sigv4.verify(arrived, sigv4.read_claim(arrived), SAMPLE, time.time(), ["sts"]) == SAMPLE
    for modified in (arrived.replace(body=body + b"x"), arrived.replace(query=target + "&z=1")):
        with pytest.raises(AwsError, match="SignatureDoesNotMatch"):
            sigv4.verify(modified, sigv4.read_claim(modified), SAMPLE, time.time(), ["sts"])


def test_valid_request_succeeds(aws: AwsServer) -> None:
    """The baseline for the modified requests below."""
    reply = send_request(aws, make_request(aws))
    assert (reply.status, reply.code) == (200, "")
    assert b"arn:aws:iam::111122223333:user/alice" in reply.body


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1", "us-gov-west-1", "cn-north-1", "ap-southeast-2"])
def test_any_region_is_accepted_and_recorded(aws: AwsServer, region: str) -> None:
    """The server acts as the region named in the signature."""
    make_sts_client(aws, aws.world.user().access_key(), region).get_caller_identity()
    assert aws.world.calls[-1].region == region


def test_modified_body_is_refused(aws: AwsServer) -> None:
    """The signature covers the form."""
    reply = send_request(aws, make_request(aws).replace(body=build_form("GetSessionToken")))
    assert (reply.status, reply.code) == (403, "SignatureDoesNotMatch")
    assert reply.message.startswith("The request signature we calculated does not match the signature you provided.")


def test_wrong_secret_is_refused(aws: AwsServer) -> None:
    """A known key ID with another secret."""
    key = aws.world.user().access_key()
    reply = send_request(aws, sign_request(aws, (key.id, "x" * 40, None), build_form()))
    assert (reply.status, reply.code) == (403, "SignatureDoesNotMatch")


def test_single_wrong_digit_in_the_signature_is_refused(aws: AwsServer) -> None:
    """The last one."""
    request = make_request(aws)
    last = request.headers["Authorization"][-1]
    modified = request.headers["Authorization"][:-1] + ("0" if last != "0" else "1")
    assert send_request(aws, request.with_header("Authorization", modified)).code == "SignatureDoesNotMatch"


def test_unknown_key_is_refused(aws: AwsServer) -> None:
    """With AWS's message."""
    reply = send_request(aws, sign_request(aws, ("AKIAUNKNOWNUNKNOWN22", "x" * 40, None), build_form()))
    assert (reply.status, reply.code) == (403, "InvalidClientTokenId")
    assert reply.message == "The security token included in the request is invalid."


def test_request_without_authorization_is_refused(aws: AwsServer) -> None:
    """There are no anonymous requests."""
    reply = send_request(aws, make_request(aws).without_header("Authorization"))
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
def test_incomplete_authorization_is_refused(aws: AwsServer, old: str, new: str, message: str) -> None:
    """The error names what is missing."""
    reply = send_request(aws, make_request(aws).with_authorization(old, new))
    assert (reply.status, reply.code) == (400, "IncompleteSignature")
    assert message in reply.message


@pytest.mark.parametrize("date", ["", "yesterday", "20260231T250000Z"])
def test_request_without_a_valid_date_is_refused(aws: AwsServer, date: str) -> None:
    """Missing, not a date, and a date that does not exist."""
    request = make_request(aws)
    today = request.headers["X-Amz-Date"][:8]
    request = request.with_header("X-Amz-Date", date).with_authorization(today, date[:8] or today)
    assert send_request(aws, request).code == "IncompleteSignature"


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
def test_wrong_scope_or_header_list_is_refused(aws: AwsServer, old: str, new: str, message: str) -> None:
    """Before the signature itself is verified."""
    reply = send_request(aws, make_request(aws).with_authorization(old, new))
    assert (reply.status, reply.code) == (403, "SignatureDoesNotMatch")
    assert message in reply.message


def test_scope_of_another_day_is_refused(aws: AwsServer) -> None:
    """Its date must be that of X-Amz-Date."""
    request = make_request(aws)
    reply = send_request(aws, request.with_authorization(request.headers["X-Amz-Date"][:8], "20200101"))
    assert reply.code == "SignatureDoesNotMatch"
    assert "Date in Credential scope does not match" in reply.message


def test_scope_of_another_region_invalidates_the_signature(aws: AwsServer) -> None:
    """The signing key is derived from the region."""
    reply = send_request(aws, make_request(aws).with_authorization("eu-west-1", "eu-west-2"))
    assert reply.code == "SignatureDoesNotMatch"


def test_wrong_payload_hash_is_refused(aws: AwsServer) -> None:
    """A hash in the headers must match the body."""
    key = aws.world.user().access_key()
    request = sign_request(aws, (key.id, key.secret, None), build_form(), more={"X-Amz-Content-SHA256": "0" * 64})
    reply = send_request(aws, request)
    assert reply.code == "SignatureDoesNotMatch"
    assert "'x-amz-content-sha256' header does not match" in reply.message


@pytest.mark.parametrize(
    ("skew", "message"),
    [(301, "Signature expired: "), (3600, "is now earlier than"), (-303, "Signature not yet current: ")],
)
def test_clock_skew_of_more_than_five_minutes_is_refused(aws: AwsServer, skew: float, message: str) -> None:
    """AWS's message contains both times."""
    aws.world.clock_skew = skew
    answer = expect_refusal(make_sts_client(aws, aws.world.user().access_key()), "get_caller_identity")
    assert (answer.code, answer.status) == ("SignatureDoesNotMatch", 403)
    assert message in answer.message
    assert " 5 min.)" in answer.message


@pytest.mark.parametrize("skew", [-290, 290])
def test_clock_skew_of_less_than_five_minutes_is_accepted(aws: AwsServer, skew: float) -> None:
    """In either direction."""
    aws.world.clock_skew = skew
    make_sts_client(aws, aws.world.user().access_key()).get_caller_identity()


def test_session_signs_with_its_token(aws: AwsServer) -> None:
    """The baseline for the next three tests."""
    assert send_request(aws, sign_request(aws, get_session(aws), build_form())).status == 200


@pytest.mark.parametrize("token", [None, "", "wrong"])
def test_session_without_its_token_is_refused(aws: AwsServer, token: str | None) -> None:
    """None, an empty one, and a wrong one."""
    key, secret, _ = get_session(aws)
    reply = send_request(aws, sign_request(aws, (key, secret, token), build_form()))
    assert (reply.status, reply.code) == (403, "InvalidClientTokenId")


def test_unsigned_session_token_is_refused(aws: AwsServer) -> None:
    """The right token, added after signing."""
    key, secret, token = get_session(aws)
    request = sign_request(aws, (key, secret, None), build_form()).with_header("X-Amz-Security-Token", token)
    assert send_request(aws, request).code == "InvalidClientTokenId"


def test_long_lived_key_with_a_token_is_refused(aws: AwsServer) -> None:
    """A token left in the environment next to a long-lived key is an error at AWS, too."""
    _, _, token = get_session(aws)
    key = aws.world.user().access_key()
    assert (
        send_request(aws, sign_request(aws, (key.id, key.secret, token), build_form())).code == "InvalidClientTokenId"
    )


def test_expired_session_is_refused(aws: AwsServer) -> None:
    """After its duration, by the server's clock."""
    aws.world.session_life = 1
    client = make_sts_client(
        aws, make_sts_client(aws, aws.world.user().access_key()).get_session_token()["Credentials"]
    )
    client.get_caller_identity()
    time.sleep(2.05)
    answer = expect_refusal(client, "get_caller_identity")
    assert (answer.code, answer.status) == ("ExpiredToken", 403)
    assert answer.message == "The security token included in the request is expired"
