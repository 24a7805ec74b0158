"""Registering a client at IAM Identity Center, and what a client may not do that is not registered for it."""

from __future__ import annotations

import http.client
from typing import TYPE_CHECKING, Any

import pytest

from tests.aws.client import refused, unsigned
from tests.aws.grants import CODE, DEVICE, REFRESH
from tests.aws.people import CALLBACK, Program
from tests.aws.sso import START_URL

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
def test_what_does_not_fit_is_not_registered(aws: AwsServer, changed: dict[str, Any], code: str) -> None:
    """Types, scopes, grants and addresses."""
    wanted = {"clientName": "me", "clientType": "public", "scopes": ["sso:account:access"]} | changed
    assert refused(unsigned(aws, "sso-oidc"), "register_client", **wanted).code == code


def test_a_service_may_not_offer_codes(aws: AwsServer) -> None:
    """An older one, where a client has to fall back to a device's."""
    aws.world.sso.offers_code = False
    answer = refused(unsigned(aws, "sso-oidc"), "register_client", clientName="me", clientType="public", **PKCE)
    assert (answer.code, answer.status) == ("UnsupportedGrantTypeException", 400)
    assert Program(aws).sign_in()["accessToken"]


def test_a_client_is_known_by_its_secret_while_its_registration_lives(aws: AwsServer) -> None:
    """Another secret, another id, and after ninety days."""
    program = Program(aws)
    for wrong in ({"clientSecret": "x"}, {"clientId": "x"}):
        parameters = program.identity | {"startUrl": START_URL} | wrong
        answer = refused(program.oidc, "start_device_authorization", **parameters)
        assert (answer.code, answer.status) == ("InvalidClientException", 401)
    program.start()
    aws.world.sso.forget_clients()
    answer = refused(program.oidc, "start_device_authorization", **program.identity, startUrl=START_URL)
    assert answer.code == "InvalidClientException"
    program = Program(aws)
    aws.world.clock_skew = 91 * 86400
    answer = refused(program.oidc, "start_device_authorization", **program.identity, startUrl=START_URL)
    assert answer.code == "InvalidClientException"


def test_a_client_keeps_to_its_grants(aws: AwsServer) -> None:
    """One for codes gets no device, one for devices no code."""
    with_codes, with_devices = Program(aws, grants=[CODE, REFRESH]), Program(aws)
    answer = refused(with_codes.oidc, "start_device_authorization", **with_codes.identity, startUrl=START_URL)
    assert answer.code == "UnauthorizedClientException"
    assert with_devices.authorize().status == 400
    for grant, code in ((CODE, "UnauthorizedClientException"), ("password", "UnsupportedGrantTypeException")):
        assert refused(with_devices.oidc, "create_token", **with_devices.identity, grantType=grant).code == code
    only_codes = Program(aws, grants=[CODE])
    assert "refreshToken" not in only_codes.oidc.create_token(**only_codes.by_code(only_codes.authorize()))


@pytest.mark.parametrize("written", [START_URL, START_URL + "/", START_URL + "#/", START_URL + "/#/"])
def test_a_start_url_is_known_in_the_ways_people_write_it(aws: AwsServer, written: str) -> None:
    """And no other."""
    program = Program(aws)
    assert program.start(written)["userCode"]
    wrong = program.identity | {"startUrl": "https://other.awsapps.com/start"}
    assert refused(program.oidc, "start_device_authorization", **wrong).code == "InvalidRequestException"


def test_a_devices_code_belongs_to_its_client(aws: AwsServer) -> None:
    """Nobody else gets its tokens."""
    mine, other = Program(aws), Program(aws)
    parameters = mine.by_device(mine.start()) | other.identity
    assert refused(other.oidc, "create_token", **parameters).code == "InvalidGrantException"
    unknown = mine.identity | {"grantType": DEVICE, "deviceCode": "x"}
    assert refused(mine.oidc, "create_token", **unknown).code == "InvalidGrantException"


@pytest.mark.parametrize("body", ["{", "[]", '"x"'])
def test_a_body_that_is_no_object_is_refused(aws: AwsServer, body: str) -> None:
    """And so is a signature: keys have no business here."""

    def post(**headers: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection(aws.url.removeprefix("http://"), timeout=10)
        connection.request("POST", "/token", body, headers)
        answer = connection.getresponse()
        told = answer.status, answer.headers.get("x-amzn-ErrorType", "")
        connection.close()
        return told

    assert post() == (400, "InvalidRequestException")
    assert post(Authorization="AWS4-HMAC-SHA256 x") == (400, "TestServerSigned")
