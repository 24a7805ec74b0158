"""Client registration at IAM Identity Center, and the limits of each registration."""

from __future__ import annotations

import http.client
from typing import TYPE_CHECKING, Any

import pytest

from tests.aws.client import expect_refusal, make_unsigned_client
from tests.aws.grants import CODE, DEVICE, REFRESH
from tests.aws.sso import START_URL
from tests.aws.sso_client import CALLBACK, OidcClient

if TYPE_CHECKING:
    from tests.aws.server import AwsServer

PKCE = {"grantTypes": [CODE, REFRESH], "redirectUris": [CALLBACK], "issuerUrl": START_URL}


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"clientType": "confidential"}, "InvalidClientMetadataException"),
        ({"clientName": ""}, "InvalidRequestException"),
        ({"scopes": ["Not A Scope"]}, "InvalidScopeException"),
        ({"grantTypes": ["password"]}, "UnsupportedGrantTypeException"),
        (PKCE | {"redirectUris": ["http://example.com/oauth/callback"]}, "InvalidRedirectUriException"),
        (PKCE | {"redirectUris": []}, "InvalidRedirectUriException"),
        (PKCE | {"issuerUrl": "https://example.com/start"}, "InvalidRequestException"),
        ({"entitledApplicationArn": "arn:aws:sso::1:x"}, "TestServerUnknownParameter"),
    ],
)
def test_invalid_registration_is_refused(aws: AwsServer, changed: dict[str, Any], code: str) -> None:
    """Wrong types, scopes, grants and redirect URIs."""
    wanted = {"clientName": "me", "clientType": "public", "scopes": ["sso:account:access"]} | changed
    assert expect_refusal(make_unsigned_client(aws, "sso-oidc"), "register_client", **wanted).code == code


def test_service_may_not_offer_authorization_codes(aws: AwsServer) -> None:
    """As in older services, where clients must use device codes."""
    aws.world.sso.offers_code = False
    answer = expect_refusal(
        make_unsigned_client(aws, "sso-oidc"), "register_client", clientName="me", clientType="public", **PKCE
    )
    assert (answer.code, answer.status) == ("UnsupportedGrantTypeException", 400)
    assert OidcClient(aws).sign_in()["accessToken"]


def test_client_needs_its_secret_and_a_valid_registration(aws: AwsServer) -> None:
    """A wrong secret, an unknown ID, and an expired registration are refused."""
    program = OidcClient(aws)
    for wrong in ({"clientSecret": "x"}, {"clientId": "x"}):
        parameters = program.identity | {"startUrl": START_URL} | wrong
        answer = expect_refusal(program.oidc, "start_device_authorization", **parameters)
        assert (answer.code, answer.status) == ("InvalidClientException", 401)
    program.start_device()
    aws.world.sso.forget_clients()
    answer = expect_refusal(program.oidc, "start_device_authorization", **program.identity, startUrl=START_URL)
    assert answer.code == "InvalidClientException"
    program = OidcClient(aws)
    aws.world.clock_skew = 91 * 86400
    answer = expect_refusal(program.oidc, "start_device_authorization", **program.identity, startUrl=START_URL)
    assert answer.code == "InvalidClientException"


def test_client_is_limited_to_its_grants(aws: AwsServer) -> None:
    """A client for codes gets no device code, and vice versa."""
    with_codes, with_devices = OidcClient(aws, grants=[CODE, REFRESH]), OidcClient(aws)
    answer = expect_refusal(with_codes.oidc, "start_device_authorization", **with_codes.identity, startUrl=START_URL)
    assert answer.code == "UnauthorizedClientException"
    assert with_devices.authorize().status == 400
    for grant, code in ((CODE, "UnauthorizedClientException"), ("password", "UnsupportedGrantTypeException")):
        assert expect_refusal(with_devices.oidc, "create_token", **with_devices.identity, grantType=grant).code == code
    only_codes = OidcClient(aws, grants=[CODE])
    assert "refreshToken" not in only_codes.oidc.create_token(**only_codes.make_code_grant(only_codes.authorize()))


@pytest.mark.parametrize("written", [START_URL, START_URL + "/", START_URL + "#/", START_URL + "/#/"])
def test_start_url_is_accepted_in_common_spellings(aws: AwsServer, written: str) -> None:
    """But no other URL."""
    program = OidcClient(aws)
    assert program.start_device(written)["userCode"]
    wrong = program.identity | {"startUrl": "https://other.awsapps.com/start"}
    assert expect_refusal(program.oidc, "start_device_authorization", **wrong).code == "InvalidRequestException"


def test_device_code_belongs_to_its_client(aws: AwsServer) -> None:
    """No other client can redeem it."""
    mine, other = OidcClient(aws), OidcClient(aws)
    parameters = mine.make_device_grant(mine.start_device()) | other.identity
    assert expect_refusal(other.oidc, "create_token", **parameters).code == "InvalidGrantException"
    unknown = mine.identity | {"grantType": DEVICE, "deviceCode": "x"}
    assert expect_refusal(mine.oidc, "create_token", **unknown).code == "InvalidGrantException"


@pytest.mark.parametrize("body", ["{", "[]", '"x"'])
def test_body_that_is_not_an_object_is_refused(aws: AwsServer, body: str) -> None:
    """So is a signature, as keys must not be used here."""

    def post(**headers: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection(aws.url.removeprefix("http://"), timeout=10)
        connection.request("POST", "/token", body, headers)
        answer = connection.getresponse()
        result = answer.status, answer.headers.get("x-amzn-ErrorType", "")
        connection.close()
        return result

    assert post() == (400, "InvalidRequestException")
    assert post(Authorization="AWS4-HMAC-SHA256 x") == (400, "TestServerSigned")
