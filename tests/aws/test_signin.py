"""The console's sign-in endpoint: which sessions it takes, for how long, and a token that opens once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.aws.client import sts
from tests.aws.people import Page, get

if TYPE_CHECKING:
    from tests.aws.server import AwsServer

CONSOLE = "https://console.aws.amazon.com/"


def token_for(aws: AwsServer, credentials: dict[str, Any], **more: str) -> Page:
    """Ask for a sign-in token with the Credentials of an answer."""
    session = {
        "sessionId": credentials["AccessKeyId"],
        "sessionKey": credentials["SecretAccessKey"],
        "sessionToken": credentials["SessionToken"],
    }
    return get(aws, "/federation", Action="getSigninToken", Session=json.dumps(session), **more)


def role_session(aws: AwsServer, partition: str = "aws") -> dict[str, Any]:
    """Return a session of a role, got with a user's own key."""
    role, key = aws.world.role("admin", partition=partition), aws.world.user(partition=partition).access_key()
    credentials: dict[str, Any] = sts(aws, key).assume_role(RoleArn=role.arn, RoleSessionName="me")["Credentials"]
    return credentials


def test_a_roles_session_opens_the_console_once(aws: AwsServer) -> None:
    """The second use of the token is refused."""
    page = token_for(aws, role_session(aws), SessionDuration="43200", SessionType="json")
    token = json.loads(page.body)["SigninToken"]
    login = {"Action": "login", "Issuer": "me", "Destination": CONSOLE + "s3?a=b", "SigninToken": token}
    assert get(aws, "/federation", **login) == Page(302, CONSOLE + "s3?a=b", "")
    assert get(aws, "/federation", **login).status == 400
    assert (aws.world.count("getSigninToken", "ok"), aws.world.count("login", "ok")) == (1, 1)
    assert token in aws.world.secrets()
    assert not [secret for secret in aws.world.secrets() if secret in repr(aws.world.calls)]


def test_a_token_lives_a_quarter_of_an_hour(aws: AwsServer) -> None:
    """By the server's clock."""
    token = json.loads(token_for(aws, role_session(aws)).body)["SigninToken"]
    aws.world.clock_skew = 901
    assert get(aws, "/federation", Action="login", Destination=CONSOLE, SigninToken=token).status == 400


@pytest.mark.parametrize("seconds", ["899", "43201", "", "soon", "-1000"])
def test_a_duration_out_of_range_is_refused(aws: AwsServer, seconds: str) -> None:
    """15 minutes to 12 hours."""
    assert token_for(aws, role_session(aws), SessionDuration=seconds).status == 400


def test_a_duration_is_refused_where_it_is_settled_already(aws: AwsServer) -> None:
    """For a federated user and for a chained role, which are fine without one."""
    first, second = role_session(aws), aws.world.role("second")
    chained = sts(aws, first).assume_role(RoleArn=second.arn, RoleSessionName="me")["Credentials"]
    federated = sts(aws, aws.world.user().access_key()).get_federation_token(Name="alice")["Credentials"]
    for credentials in (chained, federated):
        assert token_for(aws, credentials, SessionDuration="3600").status == 400
        assert token_for(aws, credentials).status == 200


def test_a_users_own_session_is_refused(aws: AwsServer) -> None:
    """GetSessionToken is not for the console; nor is a long-lived key."""
    key = aws.world.user().access_key()
    assert token_for(aws, sts(aws, key).get_session_token()["Credentials"]).status == 400
    bare = {"AccessKeyId": key.id, "SecretAccessKey": str(key.secret), "SessionToken": "x"}
    assert token_for(aws, bare).status == 400


def test_a_session_that_does_not_hold_is_refused(aws: AwsServer) -> None:
    """A changed secret, a changed token, a revoked and an expired one."""
    credentials = role_session(aws)
    for field in ("SecretAccessKey", "SessionToken"):
        assert token_for(aws, credentials | {field: "wrong"}).status == 400
    other = role_session(aws)
    aws.world.revoke(other["AccessKeyId"])
    aws.world.expire(credentials["AccessKeyId"])
    assert "unknown" in token_for(aws, other).body
    assert "expired" in token_for(aws, credentials).body


def test_what_is_not_known_is_refused_loudly(aws: AwsServer) -> None:
    """A parameter more, none at all, another action, a session that is no JSON."""
    assert "TestServerUnknownParameter" in token_for(aws, role_session(aws), Colour="blue").body
    assert get(aws, "/federation", Action="getSigninToken").status == 400
    assert get(aws, "/federation", Action="getSigninToken", Session="{").status == 400
    assert get(aws, "/federation", Action="getSigninToken", Session='{"sessionId": "x"}').status == 400
    assert get(aws, "/federation", Action="other").status == 404


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
def test_the_console_is_that_of_the_partition(aws: AwsServer, partition: str, console: str) -> None:
    """Anywhere else is refused: a look-alike, plain http, another partition."""

    def login(place: str) -> int:
        token = json.loads(token_for(aws, role_session(aws, partition)).body)["SigninToken"]
        return get(aws, "/federation", Action="login", Destination=place, SigninToken=token).status

    assert login(console) == 302
    wrong = (console.replace("https", "http"), console.replace("console.", "console-"), "https://example.com/", "/s3")
    assert {login(place) for place in wrong} == {400}


def test_a_person_is_signed_out_on_the_way(aws: AwsServer) -> None:
    """The page that ends the browser's old session first."""
    assert get(aws, "/oauth", Action="logout", redirect_uri=CONSOLE) == Page(302, CONSOLE, "")


def test_a_fault_can_be_kept_for_one_action(aws: AwsServer) -> None:
    """The calls before it go through."""
    aws.faults.next("error500", action="getSigninToken")
    credentials = role_session(aws)
    assert [token_for(aws, credentials).status for _ in range(2)] == [500, 200]
