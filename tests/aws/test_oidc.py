"""Sign-in at IAM Identity Center: device code, authorization code and refresh, and how AWS refuses each."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.aws.client import expect_refusal
from tests.aws.grants import CODE, REFRESH, compute_challenge
from tests.aws.sso_client import VERIFIER, OidcClient, open_page

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

    from tests.aws.server import AwsServer

PKCE = [CODE, REFRESH]


def get_error_code(program: OidcClient, parameters: dict[str, Any]) -> str:
    """Return the error code of a refused token request."""
    return expect_refusal(program.oidc, "create_token", **parameters).code


def test_device_waits_for_approval(aws: AwsServer) -> None:
    """Pending at first, then tokens, which are issued only once."""
    program = OidcClient(aws)
    aws.world.sso.interval = 0
    device = program.start_device()
    assert aws.world.sso.waiting() == [device["userCode"]]
    assert get_error_code(program, program.make_device_grant(device)) == "AuthorizationPendingException"
    aws.world.sso.approve(device["userCode"])
    token = program.oidc.create_token(**program.make_device_grant(device))
    assert (token["tokenType"], token["expiresIn"]) == ("Bearer", 3600)
    assert get_error_code(program, program.make_device_grant(device)) == "InvalidGrantException"


def test_early_poll_is_too_fast(aws: AwsServer) -> None:
    """Measured from the previous poll."""
    program = OidcClient(aws)
    device = program.start_device()
    assert device["interval"] == 1
    assert get_error_code(program, program.make_device_grant(device)) == "AuthorizationPendingException"
    assert get_error_code(program, program.make_device_grant(device)) == "SlowDownException"
    time.sleep(1)
    assert get_error_code(program, program.make_device_grant(device)) == "AuthorizationPendingException"


def test_device_authorization_ends_when_denied_or_expired(aws: AwsServer) -> None:
    """Each with its own error."""
    program = OidcClient(aws)
    aws.world.sso.interval = 0
    device = program.start_device()
    aws.world.sso.deny(device["userCode"])
    assert get_error_code(program, program.make_device_grant(device)) == "AccessDeniedException"
    late = program.start_device()
    aws.world.clock_skew = 601
    assert get_error_code(program, program.make_device_grant(late)) == "ExpiredTokenException"


@pytest.mark.parametrize(
    ("does", "body", "code"),
    [
        ("approve", "approved", ""),
        ("deny", "denied", "AccessDeniedException"),
        ("wait", "Compare", "AuthorizationPendingException"),
    ],
)
def test_device_page_follows_the_test(aws: AwsServer, does: str, body: str, code: str) -> None:
    """Opening it is enough, as in a browser that is signed in."""
    program = OidcClient(aws)
    aws.world.sso.browser = does
    device = program.start_device()
    page = open_page(aws, device["verificationUriComplete"].removeprefix(aws.url))
    assert (page.status, body in page.body) == (200, True)
    if code:
        assert get_error_code(program, program.make_device_grant(device)) == code
    else:
        assert program.oidc.create_token(**program.make_device_grant(device))["accessToken"]
    assert open_page(aws, "/device", user_code="XXXX-XXXX").status == 400


def test_modelled_exception_has_oauth_fields(aws: AwsServer) -> None:
    """As botocore parses them."""
    program = OidcClient(aws)
    with pytest.raises(program.oidc.exceptions.AuthorizationPendingException) as caught:
        program.oidc.create_token(**program.make_device_grant(program.start_device()))
    error: ClientError = caught.value
    answer: Any = error.response
    assert (answer["error"], answer["ResponseMetadata"]["HTTPStatusCode"]) == ("authorization_pending", 400)


def test_refresh_token_works_once(aws: AwsServer) -> None:
    """And yields the next one."""
    program = OidcClient(aws)
    first = program.sign_in()
    second = program.oidc.create_token(**program.make_refresh_grant(first))
    assert get_error_code(program, program.make_refresh_grant(first)) == "InvalidGrantException"
    third = program.oidc.create_token(**program.make_refresh_grant(second))
    assert third["refreshToken"] not in (first["refreshToken"], second["refreshToken"])
    assert (
        get_error_code(program, program.make_refresh_grant(third) | OidcClient(aws).identity) == "InvalidGrantException"
    )
    assert program.oidc.create_token(**program.make_refresh_grant(third))["accessToken"]


def test_session_ends_regardless_of_refreshes(aws: AwsServer) -> None:
    """No token outlives it."""
    program = OidcClient(aws)
    aws.world.sso.session_life = 100
    token = program.sign_in()
    assert token["expiresIn"] == 100
    aws.world.clock_skew = 60
    token = program.oidc.create_token(**program.make_refresh_grant(token))
    assert 39 <= token["expiresIn"] <= 40
    aws.world.clock_skew = 101
    assert get_error_code(program, program.make_refresh_grant(token)) == "InvalidGrantException"


def test_refresh_token_requires_its_scope(aws: AwsServer) -> None:
    """A client registered without scopes gets none, as with legacy configuration."""
    assert "refreshToken" not in OidcClient(aws, scopes=None).sign_in()
    assert "refreshToken" not in OidcClient(aws, scopes=["openid"]).sign_in()


def test_code_is_delivered_to_the_loopback_and_redeemed_with_its_verifier(aws: AwsServer) -> None:
    """The port may differ from the registered one, and the code works once."""
    program = OidcClient(aws, grants=PKCE)
    page = program.authorize()
    assert (page.status, page.location.partition("?")[0], page.query["state"]) == (302, program.callback, "st")
    assert program.oidc.create_token(**program.make_code_grant(page))["refreshToken"]
    assert get_error_code(program, program.make_code_grant(page)) == "InvalidGrantException"


@pytest.mark.parametrize(
    "changed",
    [{"codeVerifier": "w" * 43}, {"codeVerifier": "v"}, {"redirectUri": "http://127.0.0.1:1/oauth/callback"}],
)
def test_code_for_another_verifier_or_redirect_is_refused(aws: AwsServer, changed: dict[str, str]) -> None:
    """So is an expired one."""
    program = OidcClient(aws, grants=PKCE)
    assert get_error_code(program, program.make_code_grant(program.authorize()) | changed) == "InvalidGrantException"
    page = program.authorize()
    aws.world.clock_skew = 61
    assert get_error_code(program, program.make_code_grant(page)) == "InvalidGrantException"


def test_verifier_has_at_least_43_characters(aws: AwsServer) -> None:
    """A shorter one is refused although its challenge matches."""
    program = OidcClient(aws, grants=PKCE)
    page = program.authorize(code_challenge=compute_challenge("short"))
    assert get_error_code(program, program.make_code_grant(page) | {"codeVerifier": "short"}) == "InvalidGrantException"


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": VERIFIER[:-1]}, "invalid_request"),
        ({"scopes": "sso:account:access more:than:asked"}, "invalid_scope"),
    ],
)
def test_invalid_request_is_reported_to_the_client(aws: AwsServer, changed: dict[str, str], error: str) -> None:
    """At its redirect URI, with its state."""
    assert OidcClient(aws, grants=PKCE).authorize(**changed).query == {"error": error, "state": "st"}


@pytest.mark.parametrize(
    "changed",
    [
        {"client_id": "X"},
        {"redirect_uri": "http://127.0.0.1:1/elsewhere"},
        {"redirect_uri": "http://localhost:1/oauth/callback"},
        {"redirect_uri": "http://example.com/oauth/callback"},
        {"prompt": "none"},
    ],
)
def test_unregistered_redirect_uri_is_not_used(aws: AwsServer, changed: dict[str, str]) -> None:
    """The user sees the error instead."""
    page = OidcClient(aws, grants=PKCE).authorize(**changed)
    assert (page.status, page.location) == (400, "")


def test_user_may_deny_or_ignore_the_page(aws: AwsServer) -> None:
    """The client gets access_denied, or nothing."""
    program = OidcClient(aws, grants=PKCE)
    aws.world.sso.browser = "deny"
    assert program.authorize().query == {"error": "access_denied", "state": "st"}
    aws.world.sso.browser = "wait"
    assert program.authorize().status == 200
