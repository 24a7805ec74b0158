"""The console's sign-in endpoint: accepted sessions, durations, and one-time tokens."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.aws.client import make_sts_client
from tests.aws.sso_client import BrowserPage, open_page

if TYPE_CHECKING:
    from tests.aws.server import AwsServer

CONSOLE = "https://console.aws.amazon.com/"


def request_token(aws: AwsServer, credentials: dict[str, Any], **more: str) -> BrowserPage:
    """Request a sign-in token with the Credentials of a response."""
    session = {
        "sessionId": credentials["AccessKeyId"],
        "sessionKey": credentials["SecretAccessKey"],
        "sessionToken": credentials["SessionToken"],
    }
    return open_page(aws, "/federation", Action="getSigninToken", Session=json.dumps(session), **more)


def create_role_session(aws: AwsServer, partition: str = "aws") -> dict[str, Any]:
    """Return a session of a role, obtained with a user's own key."""
    role, key = aws.world.role("admin", partition=partition), aws.world.user(partition=partition).access_key()
    credentials: dict[str, Any] = make_sts_client(aws, key).assume_role(RoleArn=role.arn, RoleSessionName="me")[
        "Credentials"
    ]
    return credentials


def test_role_session_opens_the_console_once(aws: AwsServer) -> None:
    """A second use of the token is refused."""
    page = request_token(aws, create_role_session(aws), SessionDuration="43200", SessionType="json")
    token = json.loads(page.body)["SigninToken"]
    login = {"Action": "login", "Issuer": "me", "Destination": CONSOLE + "s3?a=b", "SigninToken": token}
    assert open_page(aws, "/federation", **login) == BrowserPage(302, CONSOLE + "s3?a=b", "")
    assert open_page(aws, "/federation", **login).status == 400
    assert (aws.world.count("getSigninToken", "ok"), aws.world.count("login", "ok")) == (1, 1)
    assert token in aws.world.secrets()
    assert not [secret for secret in aws.world.secrets() if secret in repr(aws.world.calls)]


def test_token_expires_after_15_minutes(aws: AwsServer) -> None:
    """By the server's clock."""
    token = json.loads(request_token(aws, create_role_session(aws)).body)["SigninToken"]
    aws.world.clock_skew = 901
    assert open_page(aws, "/federation", Action="login", Destination=CONSOLE, SigninToken=token).status == 400


@pytest.mark.parametrize("seconds", ["899", "43201", "", "soon", "-1000"])
def test_duration_out_of_range_is_refused(aws: AwsServer, seconds: str) -> None:
    """The range is 15 minutes to 12 hours."""
    assert request_token(aws, create_role_session(aws), SessionDuration=seconds).status == 400


def test_duration_is_refused_for_sessions_of_fixed_length(aws: AwsServer) -> None:
    """Those of federated users and chained roles, which are accepted without one."""
    first, second = create_role_session(aws), aws.world.role("second")
    chained = make_sts_client(aws, first).assume_role(RoleArn=second.arn, RoleSessionName="me")["Credentials"]
    federated = make_sts_client(aws, aws.world.user().access_key()).get_federation_token(Name="alice")["Credentials"]
    for credentials in (chained, federated):
        assert request_token(aws, credentials, SessionDuration="3600").status == 400
        assert request_token(aws, credentials).status == 200


def test_session_of_a_user_is_refused(aws: AwsServer) -> None:
    """Sessions of GetSessionToken cannot open the console, nor can long-lived keys."""
    key = aws.world.user().access_key()
    assert request_token(aws, make_sts_client(aws, key).get_session_token()["Credentials"]).status == 400
    bare = {"AccessKeyId": key.id, "SecretAccessKey": str(key.secret), "SessionToken": "x"}
    assert request_token(aws, bare).status == 400


def test_invalid_session_is_refused(aws: AwsServer) -> None:
    """A wrong secret, a wrong token, a revoked and an expired session."""
    credentials = create_role_session(aws)
    for field in ("SecretAccessKey", "SessionToken"):
        assert request_token(aws, credentials | {field: "wrong"}).status == 400
    other = create_role_session(aws)
    aws.world.revoke(other["AccessKeyId"])
    aws.world.expire(credentials["AccessKeyId"])
    assert "unknown" in request_token(aws, other).body
    assert "expired" in request_token(aws, credentials).body


def test_unknown_input_is_refused(aws: AwsServer) -> None:
    """An extra parameter, a missing one, an unknown action, and a malformed session."""
    assert "TestServerUnknownParameter" in request_token(aws, create_role_session(aws), Colour="blue").body
    assert open_page(aws, "/federation", Action="getSigninToken").status == 400
    assert open_page(aws, "/federation", Action="getSigninToken", Session="{").status == 400
    assert open_page(aws, "/federation", Action="getSigninToken", Session='{"sessionId": "x"}').status == 400
    assert open_page(aws, "/federation", Action="other").status == 404


@pytest.mark.parametrize(
    ("partition", "console"),
    [
        ("aws", CONSOLE),
        ("aws", "https://eu-west-1.console.aws.amazon.com/s3"),
        ("aws-cn", "https://console.amazonaws.cn/"),
        ("aws-us-gov", "https://console.amazonaws-us-gov.com/"),
        ("aws-eusc", "https://console.amazonaws-eusc.eu/"),
    ],
)
def test_destination_must_be_the_console_of_the_partition(aws: AwsServer, partition: str, console: str) -> None:
    """Look-alikes, plain HTTP, and other partitions are refused."""

    def login(place: str) -> int:
        token = json.loads(request_token(aws, create_role_session(aws, partition)).body)["SigninToken"]
        return open_page(aws, "/federation", Action="login", Destination=place, SigninToken=token).status

    assert login(console) == 302
    wrong = (console.replace("https", "http"), console.replace("console.", "console-"), "https://example.com/", "/s3")
    assert {login(place) for place in wrong} == {400}


def test_logout_redirects_to_the_next_page(aws: AwsServer) -> None:
    """It ends the browser's previous session first."""
    assert open_page(aws, "/oauth", Action="logout", redirect_uri=CONSOLE) == BrowserPage(302, CONSOLE, "")


def test_fault_may_apply_to_a_single_action(aws: AwsServer) -> None:
    """Calls of other actions succeed."""
    aws.faults.next("error500", action="getSigninToken")
    credentials = create_role_session(aws)
    assert [request_token(aws, credentials).status for _ in range(2)] == [500, 200]
