"""The portal of IAM Identity Center: role assignments, and sessions accepted by STS."""

from __future__ import annotations

import hashlib
import json
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.aws.client import Refusal, expect_refusal, make_sts_client
from tests.aws.sso import START_URL
from tests.aws.sso_client import OidcClient, open_page
from tests.sandbox import aws_cli
from tests.shells.real_shells import clean_env

if TYPE_CHECKING:
    from pathlib import Path

    from tests.aws.server import AwsServer

ACCOUNT = "111122223333"
UNAUTHORISED = Refusal("UnauthorizedException", "Session token not found or invalid", 401)


def get_credentials(program: OidcClient, token: Any, role: str = "reader") -> Any:
    """Return the credentials of a role, with the field names of STS."""
    answer = program.portal.get_role_credentials(roleName=role, accountId=ACCOUNT, accessToken=token["accessToken"])
    given = answer["roleCredentials"]
    names = {"AccessKeyId": "accessKeyId", "SecretAccessKey": "secretAccessKey", "SessionToken": "sessionToken"}
    return {name: given[key] for name, key in names.items()} | {"expiration": given["expiration"]}


def test_role_session_is_issued_and_accepted_by_sts(aws: AwsServer) -> None:
    """With its expiry in milliseconds, AWS's role name, and role chaining for further roles."""
    role = aws.world.sso.assign("reader")
    program = OidcClient(aws)
    given = get_credentials(program, program.sign_in())
    assert abs(given["expiration"] / 1000 - time.time() - 3600) < 5
    arn = make_sts_client(aws, given).get_caller_identity()["Arn"]
    assert arn.startswith(f"arn:aws:sts::{ACCOUNT}:assumed-role/AWSReservedSSO_reader_")
    assert arn.endswith("/alice@example.com")
    second = aws.world.role("second", trusts=[role.arn], max_duration=7200)
    wanted = {"RoleArn": second.arn, "RoleSessionName": "me"}
    assert make_sts_client(aws, given).assume_role(**wanted)["AssumedRoleUser"]["Arn"].endswith("/second/me")
    assert (
        "role chaining"
        in expect_refusal(make_sts_client(aws, given), "assume_role", **wanted, DurationSeconds=7200).message
    )


def test_unassigned_role_is_refused(aws: AwsServer) -> None:
    """Another role, another account, and an assignment that was removed."""
    aws.world.sso.assign("reader")
    program = OidcClient(aws)
    token = program.sign_in()["accessToken"]
    for role, account in (("admin", ACCOUNT), ("reader", "444455556666")):
        wanted = {"roleName": role, "accountId": account, "accessToken": token}
        assert expect_refusal(program.portal, "get_role_credentials", **wanted) == Refusal(
            "ForbiddenException", "No access", 403
        )
    aws.world.sso.unassign("reader")
    wanted = {"roleName": "reader", "accountId": ACCOUNT, "accessToken": token}
    assert expect_refusal(program.portal, "get_role_credentials", **wanted).code == "ForbiddenException"
    wanted["accountId"] = "12"
    assert expect_refusal(program.portal, "get_role_credentials", **wanted).code == "InvalidRequestException"


def test_accounts_and_roles_are_paginated(aws: AwsServer) -> None:
    """The paginators of botocore return all of them."""
    accounts = [f"{number:012}" for number in range(1, 6)]
    for account in accounts:
        for role in ("reader", "admin", "auditor"):
            aws.world.sso.assign(role, account, account_name=f"team {account[-1]}")
    aws.world.sso.page_size = 2
    program = OidcClient(aws)
    token = program.sign_in()["accessToken"]
    pages = list(program.portal.get_paginator("list_accounts").paginate(accessToken=token))
    assert [len(page["accountList"]) for page in pages] == [2, 2, 1]
    listed = [account for page in pages for account in page["accountList"]]
    assert [account["accountId"] for account in listed] == accounts
    assert listed[4]["accountName"] == "team 5"
    paginate = program.portal.get_paginator("list_account_roles").paginate
    roles = [
        role["roleName"] for page in paginate(accessToken=token, accountId=accounts[0]) for role in page["roleList"]
    ]
    assert roles == ["admin", "auditor", "reader"]
    assert len(program.portal.list_accounts(accessToken=token, maxResults=100)["accountList"]) == 5


@pytest.mark.parametrize(
    ("method", "more", "code"),
    [
        ("list_accounts", {"maxResults": 101}, "InvalidRequestException"),
        ("list_accounts", {"maxResults": 0}, "InvalidRequestException"),
        ("list_accounts", {"nextToken": "x"}, "InvalidRequestException"),
        ("list_account_roles", {"accountId": "444455556666"}, "ResourceNotFoundException"),
        ("list_account_roles", {"accountId": "1"}, "InvalidRequestException"),
    ],
)
def test_invalid_page_is_refused(aws: AwsServer, method: str, more: dict[str, Any], code: str) -> None:
    """Invalid sizes, tokens and accounts."""
    aws.world.sso.assign("reader")
    program = OidcClient(aws)
    token = program.sign_in()["accessToken"]
    assert expect_refusal(program.portal, method, accessToken=token, **more).code == code


def test_invalid_token_is_unauthorized(aws: AwsServer) -> None:
    """Unknown, expired, revoked and signed out; only an expired one can be refreshed."""
    aws.world.sso.assign("reader")
    program, portal = OidcClient(aws), OidcClient(aws).portal
    assert expect_refusal(portal, "list_accounts", accessToken="x") == UNAUTHORISED
    token = program.sign_in()
    aws.world.sso.expire_tokens()
    assert expect_refusal(portal, "list_accounts", accessToken=token["accessToken"]) == UNAUTHORISED
    token = program.oidc.create_token(**program.make_refresh_grant(token))
    portal.list_accounts(accessToken=token["accessToken"])
    aws.world.sso.revoke_tokens()
    assert expect_refusal(portal, "list_accounts", accessToken=token["accessToken"]) == UNAUTHORISED
    assert (
        expect_refusal(program.oidc, "create_token", **program.make_refresh_grant(token)).code
        == "InvalidGrantException"
    )
    token = program.sign_in()
    portal.logout(accessToken=token["accessToken"])
    assert expect_refusal(portal, "logout", accessToken=token["accessToken"]) == UNAUTHORISED
    assert (
        expect_refusal(program.oidc, "create_token", **program.make_refresh_grant(token)).code
        == "InvalidGrantException"
    )


def test_token_expires(aws: AwsServer) -> None:
    """After a lifetime short enough for tests."""
    aws.world.sso.token_life = 1
    program = OidcClient(aws)
    token = program.sign_in()
    program.portal.list_accounts(accessToken=token["accessToken"])
    time.sleep(1.05)
    assert expect_refusal(program.portal, "list_accounts", accessToken=token["accessToken"]) == UNAUTHORISED


def test_token_without_the_scope_has_no_access(aws: AwsServer) -> None:
    """Unless its client was registered without scopes."""
    other, old = OidcClient(aws, scopes=["openid"]), OidcClient(aws, scopes=None)
    answer = expect_refusal(other.portal, "list_accounts", accessToken=other.sign_in()["accessToken"])
    assert answer.code == "ForbiddenException"
    assert old.portal.list_accounts(accessToken=old.sign_in()["accessToken"])["accountList"] == []


def test_faults_have_the_form_of_each_service(aws: AwsServer) -> None:
    """Too many requests, and an internal error."""
    program = OidcClient(aws)
    aws.faults.next("throttle", times=2)
    assert expect_refusal(program.portal, "list_accounts", accessToken="x").code == "TooManyRequestsException"
    assert (
        expect_refusal(program.oidc, "register_client", clientName="me", clientType="public").code
        == "SlowDownException"
    )
    aws.faults.next("error500", times=2)
    assert expect_refusal(program.portal, "list_accounts", accessToken="x").status == 500
    assert expect_refusal(program.oidc, "register_client", clientName="me", clientType="public").status == 500
    aws.faults.next("throttle", action="getSigninToken")
    assert open_page(aws, "/federation", Action="getSigninToken").status == 429


def test_log_contains_calls_but_no_secrets(aws: AwsServer) -> None:
    """No codes, tokens or keys, all of which are recorded as secrets."""
    aws.world.sso.assign("reader")
    program = OidcClient(aws)
    token = program.sign_in()
    given = get_credentials(program, token)
    program.oidc.create_token(**program.make_refresh_grant(token))
    program.portal.logout(accessToken=token["accessToken"])
    names = ["RegisterClient", "StartDeviceAuthorization", "CreateToken", "GetRoleCredentials", "CreateToken", "Logout"]
    assert [call.action for call in aws.world.calls] == names
    known = aws.world.secrets()
    hidden = [token["accessToken"], token["refreshToken"], program.identity["clientSecret"], given["SessionToken"]]
    assert known.issuperset(hidden)
    assert not [secret for secret in known if secret in repr(aws.world.calls)]


def test_aws_cli_refreshes_its_token_and_uses_a_role(aws: AwsServer, tmp_path: Path) -> None:
    """An independent client, with the cache file that current versions write at sign-in."""
    aws.world.sso.assign("reader")
    config = tmp_path / "config"
    config.write_text(
        f"[profile dev]\nsso_session = corp\nsso_account_id = {ACCOUNT}\nsso_role_name = reader\nregion = eu-west-1\n"
        f"[sso-session corp]\nsso_start_url = {START_URL}\nsso_region = eu-west-1\n"
    )
    program = OidcClient(aws)
    token = program.sign_in()
    cache = tmp_path / ".aws" / "sso" / "cache" / f"{hashlib.sha1(b'corp', usedforsecurity=False).hexdigest()}.json"
    cache.parent.mkdir(parents=True)
    names = {"accessToken": token["accessToken"], "refreshToken": token["refreshToken"], "region": "eu-west-1"}
    times = {"expiresAt": "2020-01-01T00:00:00Z", "registrationExpiresAt": "2099-01-01T00:00:00Z"}
    cache.write_text(json.dumps(names | times | program.identity))
    aws.world.sso.expire_tokens()
    env = clean_env(tmp_path, AWS_ENDPOINT_URL=aws.url, AWS_CONFIG_FILE=str(config), NO_PROXY="*")
    argv = [aws_cli(), "sts", "get-caller-identity", "--profile", "dev"]
    shown = subprocess.run(argv, env=env, capture_output=True, text=True, check=True, timeout=60).stdout
    assert "AWSReservedSSO_reader_" in shown
    assert [call.action for call in aws.world.calls][-3:] == ["CreateToken", "GetRoleCredentials", "GetCallerIdentity"]
    assert get_refresh_error(program, token) == "InvalidGrantException"


def get_refresh_error(program: OidcClient, token: Any) -> str:
    """Return the error code of a refresh with a used token."""
    return expect_refusal(program.oidc, "create_token", **program.make_refresh_grant(token)).code
