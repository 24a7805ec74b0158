"""Signing in to IAM Identity Center: device, code and refresh, and each way in which AWS refuses them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.aws.client import refused
from tests.aws.grants import CODE, REFRESH, challenge
from tests.aws.people import VERIFIER, Program, get

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

    from tests.aws.server import AwsServer

PKCE = [CODE, REFRESH]


def code_of(program: Program, parameters: dict[str, Any]) -> str:
    """Return the error code of a refused request for tokens."""
    return refused(program.oidc, "create_token", **parameters).code


def test_a_device_waits_until_the_person_approves(aws: AwsServer) -> None:
    """Pending first, tokens then, and only once."""
    program = Program(aws)
    aws.world.sso.interval = 0
    device = program.start()
    assert aws.world.sso.waiting() == [device["userCode"]]
    assert code_of(program, program.by_device(device)) == "AuthorizationPendingException"
    aws.world.sso.approve(device["userCode"])
    token = program.oidc.create_token(**program.by_device(device))
    assert (token["tokenType"], token["expiresIn"]) == ("Bearer", 3600)
    assert code_of(program, program.by_device(device)) == "InvalidGrantException"


def test_a_poll_before_its_time_is_too_fast(aws: AwsServer) -> None:
    """By the second poll, which AWS times from the one before."""
    program = Program(aws)
    device = program.start()
    assert device["interval"] == 1
    assert code_of(program, program.by_device(device)) == "AuthorizationPendingException"
    assert code_of(program, program.by_device(device)) == "SlowDownException"
    time.sleep(1)
    assert code_of(program, program.by_device(device)) == "AuthorizationPendingException"


def test_a_device_ends_by_a_no_or_by_its_time(aws: AwsServer) -> None:
    """Each in its own words."""
    program = Program(aws)
    aws.world.sso.interval = 0
    device = program.start()
    aws.world.sso.deny(device["userCode"])
    assert code_of(program, program.by_device(device)) == "AccessDeniedException"
    late = program.start()
    aws.world.clock_skew = 601
    assert code_of(program, program.by_device(late)) == "ExpiredTokenException"


@pytest.mark.parametrize(
    ("does", "body", "code"),
    [
        ("approve", "approved", ""),
        ("deny", "denied", "AccessDeniedException"),
        ("wait", "Compare", "AuthorizationPendingException"),
    ],
)
def test_the_persons_page_does_what_a_test_says(aws: AwsServer, does: str, body: str, code: str) -> None:
    """Opening it is enough, as with a browser that is signed in."""
    program = Program(aws)
    aws.world.sso.browser = does
    device = program.start()
    page = get(aws, device["verificationUriComplete"].removeprefix(aws.url))
    assert (page.status, body in page.body) == (200, True)
    if code:
        assert code_of(program, program.by_device(device)) == code
    else:
        assert program.oidc.create_token(**program.by_device(device))["accessToken"]
    assert get(aws, "/device", user_code="XXXX-XXXX").status == 400


def test_a_modelled_exception_has_oauths_words(aws: AwsServer) -> None:
    """As botocore parses them."""
    program = Program(aws)
    with pytest.raises(program.oidc.exceptions.AuthorizationPendingException) as caught:
        program.oidc.create_token(**program.by_device(program.start()))
    error: ClientError = caught.value
    answer: Any = error.response
    assert (answer["error"], answer["ResponseMetadata"]["HTTPStatusCode"]) == ("authorization_pending", 400)


def test_a_refresh_token_works_once(aws: AwsServer) -> None:
    """And brings the next one."""
    program = Program(aws)
    first = program.sign_in()
    second = program.oidc.create_token(**program.by_refresh(first))
    assert code_of(program, program.by_refresh(first)) == "InvalidGrantException"
    third = program.oidc.create_token(**program.by_refresh(second))
    assert third["refreshToken"] not in (first["refreshToken"], second["refreshToken"])
    assert code_of(program, program.by_refresh(third) | Program(aws).identity) == "InvalidGrantException"
    assert program.oidc.create_token(**program.by_refresh(third))["accessToken"]


def test_a_session_ends_however_often_it_is_refreshed(aws: AwsServer) -> None:
    """Its tokens live no longer than it does."""
    program = Program(aws)
    aws.world.sso.session_life = 100
    token = program.sign_in()
    assert token["expiresIn"] == 100
    aws.world.clock_skew = 60
    token = program.oidc.create_token(**program.by_refresh(token))
    assert 39 <= token["expiresIn"] <= 40
    aws.world.clock_skew = 101
    assert code_of(program, program.by_refresh(token)) == "InvalidGrantException"


def test_a_refresh_token_needs_its_scope(aws: AwsServer) -> None:
    """A client registered without scopes gets none, as with the old configuration."""
    assert "refreshToken" not in Program(aws, scopes=None).sign_in()
    assert "refreshToken" not in Program(aws, scopes=["openid"]).sign_in()


def test_a_code_goes_to_the_loopback_and_comes_back_with_its_verifier(aws: AwsServer) -> None:
    """At another port than registered; the code works once."""
    program = Program(aws, grants=PKCE)
    page = program.authorize()
    assert (page.status, page.place.partition("?")[0], page.query["state"]) == (302, program.callback, "st")
    assert program.oidc.create_token(**program.by_code(page))["refreshToken"]
    assert code_of(program, program.by_code(page)) == "InvalidGrantException"


@pytest.mark.parametrize(
    "changed",
    [{"codeVerifier": "w" * 43}, {"codeVerifier": "v"}, {"redirectUri": "http://127.0.0.1:1/oauth/callback"}],
)
def test_a_code_for_another_verifier_or_address_is_refused(aws: AwsServer, changed: dict[str, str]) -> None:
    """So is one that is too old."""
    program = Program(aws, grants=PKCE)
    assert code_of(program, program.by_code(program.authorize()) | changed) == "InvalidGrantException"
    page = program.authorize()
    aws.world.clock_skew = 61
    assert code_of(program, program.by_code(page)) == "InvalidGrantException"


def test_a_verifier_has_43_characters_at_least(aws: AwsServer) -> None:
    """A short one is refused though its challenge fits."""
    program = Program(aws, grants=PKCE)
    page = program.authorize(code_challenge=challenge("short"))
    assert code_of(program, program.by_code(page) | {"codeVerifier": "short"}) == "InvalidGrantException"


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": VERIFIER[:-1]}, "invalid_request"),
        ({"scopes": "sso:account:access more:than:asked"}, "invalid_scope"),
    ],
)
def test_a_mistake_is_told_to_the_program(aws: AwsServer, changed: dict[str, str], error: str) -> None:
    """At its address, with its state."""
    assert Program(aws, grants=PKCE).authorize(**changed).query == {"error": error, "state": "st"}


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
def test_nobody_is_sent_to_an_address_that_is_not_registered(aws: AwsServer, changed: dict[str, str]) -> None:
    """The person sees the error."""
    page = Program(aws, grants=PKCE).authorize(**changed)
    assert (page.status, page.place) == (400, "")


def test_the_person_may_refuse_or_close_the_page(aws: AwsServer) -> None:
    """access_denied, or nothing at all."""
    program = Program(aws, grants=PKCE)
    aws.world.sso.browser = "deny"
    assert program.authorize().query == {"error": "access_denied", "state": "st"}
    aws.world.sso.browser = "wait"
    assert program.authorize().status == 200
