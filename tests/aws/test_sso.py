"""The portal of IAM Identity Center: what a person may use, and sessions that STS knows."""

from __future__ import annotations

import hashlib
import json
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.aws.client import Refused, refused, sts
from tests.aws.people import Program, get
from tests.aws.sso import START_URL
from tests.sandbox import aws_cli
from tests.shells.real_shells import clean_env

if TYPE_CHECKING:
    from pathlib import Path

    from tests.aws.server import AwsServer

ACCOUNT = "111122223333"
UNAUTHORISED = Refused("UnauthorizedException", "Session token not found or invalid", 401)


def credentials(program: Program, token: Any, role: str = "reader") -> Any:
    """Return the credentials of a role, named as STS names them."""
    answer = program.portal.get_role_credentials(roleName=role, accountId=ACCOUNT, accessToken=token["accessToken"])
    given = answer["roleCredentials"]
    names = {"AccessKeyId": "accessKeyId", "SecretAccessKey": "secretAccessKey", "SessionToken": "sessionToken"}
    return {name: given[key] for name, key in names.items()} | {"expiration": given["expiration"]}


def test_a_role_is_handed_out_and_sts_knows_it(aws: AwsServer) -> None:
    """Its end in milliseconds, its name as AWS gives it, and a role beyond it as a chained one."""
    role = aws.world.sso.assign("reader")
    program = Program(aws)
    given = credentials(program, program.sign_in())
    assert abs(given["expiration"] / 1000 - time.time() - 3600) < 5
    arn = sts(aws, given).get_caller_identity()["Arn"]
    assert arn.startswith(f"arn:aws:sts::{ACCOUNT}:assumed-role/AWSReservedSSO_reader_")
    assert arn.endswith("/alice@example.com")
    second = aws.world.role("second", trusts=[role.arn], max_duration=7200)
    wanted = {"RoleArn": second.arn, "RoleSessionName": "me"}
    assert sts(aws, given).assume_role(**wanted)["AssumedRoleUser"]["Arn"].endswith("/second/me")
    assert "role chaining" in refused(sts(aws, given), "assume_role", **wanted, DurationSeconds=7200).message


def test_a_role_that_is_not_assigned_is_refused(aws: AwsServer) -> None:
    """Another role, another account, and one taken away again."""
    aws.world.sso.assign("reader")
    program = Program(aws)
    token = program.sign_in()["accessToken"]
    for role, account in (("admin", ACCOUNT), ("reader", "444455556666")):
        wanted = {"roleName": role, "accountId": account, "accessToken": token}
        assert refused(program.portal, "get_role_credentials", **wanted) == Refused(
            "ForbiddenException", "No access", 403
        )
    aws.world.sso.unassign("reader")
    wanted = {"roleName": "reader", "accountId": ACCOUNT, "accessToken": token}
    assert refused(program.portal, "get_role_credentials", **wanted).code == "ForbiddenException"
    wanted["accountId"] = "12"
    assert refused(program.portal, "get_role_credentials", **wanted).code == "InvalidRequestException"


def test_accounts_and_roles_come_in_pages(aws: AwsServer) -> None:
    """The paginators of botocore bring them all."""
    accounts = [f"{number:012}" for number in range(1, 6)]
    for account in accounts:
        for role in ("reader", "admin", "auditor"):
            aws.world.sso.assign(role, account, account_name=f"team {account[-1]}")
    aws.world.sso.page_size = 2
    program = Program(aws)
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
def test_a_page_that_is_not_there_is_refused(aws: AwsServer, method: str, more: dict[str, Any], code: str) -> None:
    """Sizes, tokens and accounts."""
    aws.world.sso.assign("reader")
    program = Program(aws)
    token = program.sign_in()["accessToken"]
    assert refused(program.portal, method, accessToken=token, **more).code == code


def test_a_token_that_does_not_live_is_unauthorised(aws: AwsServer) -> None:
    """Unknown, expired, revoked, signed out; a refresh heals the expired one only."""
    aws.world.sso.assign("reader")
    program, portal = Program(aws), Program(aws).portal
    assert refused(portal, "list_accounts", accessToken="x") == UNAUTHORISED
    token = program.sign_in()
    aws.world.sso.expire_tokens()
    assert refused(portal, "list_accounts", accessToken=token["accessToken"]) == UNAUTHORISED
    token = program.oidc.create_token(**program.by_refresh(token))
    portal.list_accounts(accessToken=token["accessToken"])
    aws.world.sso.revoke_tokens()
    assert refused(portal, "list_accounts", accessToken=token["accessToken"]) == UNAUTHORISED
    assert refused(program.oidc, "create_token", **program.by_refresh(token)).code == "InvalidGrantException"
    token = program.sign_in()
    portal.logout(accessToken=token["accessToken"])
    assert refused(portal, "logout", accessToken=token["accessToken"]) == UNAUTHORISED
    assert refused(program.oidc, "create_token", **program.by_refresh(token)).code == "InvalidGrantException"


def test_a_token_lives_for_its_seconds(aws: AwsServer) -> None:
    """Of a length that a test can wait for."""
    aws.world.sso.token_life = 1
    program = Program(aws)
    token = program.sign_in()
    program.portal.list_accounts(accessToken=token["accessToken"])
    time.sleep(1.05)
    assert refused(program.portal, "list_accounts", accessToken=token["accessToken"]) == UNAUTHORISED


def test_a_token_without_the_scope_has_no_access(aws: AwsServer) -> None:
    """One of a client without any scope has."""
    other, old = Program(aws, scopes=["openid"]), Program(aws, scopes=None)
    answer = refused(other.portal, "list_accounts", accessToken=other.sign_in()["accessToken"])
    assert answer.code == "ForbiddenException"
    assert old.portal.list_accounts(accessToken=old.sign_in()["accessToken"])["accountList"] == []


def test_faults_speak_each_services_language(aws: AwsServer) -> None:
    """Too many requests, and a failure inside."""
    program = Program(aws)
    aws.faults.next("throttle", times=2)
    assert refused(program.portal, "list_accounts", accessToken="x").code == "TooManyRequestsException"
    assert refused(program.oidc, "register_client", clientName="me", clientType="public").code == "SlowDownException"
    aws.faults.next("error500", times=2)
    assert refused(program.portal, "list_accounts", accessToken="x").status == 500
    assert refused(program.oidc, "register_client", clientName="me", clientType="public").status == 500
    aws.faults.next("throttle", action="getSigninToken")
    assert get(aws, "/federation", Action="getSigninToken").status == 429


def test_the_log_names_the_calls_and_shows_no_secret(aws: AwsServer) -> None:
    """Neither codes nor tokens nor keys, all of which are known as secrets."""
    aws.world.sso.assign("reader")
    program = Program(aws)
    token = program.sign_in()
    given = credentials(program, token)
    program.oidc.create_token(**program.by_refresh(token))
    program.portal.logout(accessToken=token["accessToken"])
    names = ["RegisterClient", "StartDeviceAuthorization", "CreateToken", "GetRoleCredentials", "CreateToken", "Logout"]
    assert [call.action for call in aws.world.calls] == names
    known = aws.world.secrets()
    hidden = [token["accessToken"], token["refreshToken"], program.identity["clientSecret"], given["SessionToken"]]
    assert known.issuperset(hidden)
    assert not [secret for secret in known if secret in repr(aws.world.calls)]


def test_the_aws_cli_refreshes_its_token_and_uses_a_role(aws: AwsServer, tmp_path: Path) -> None:
    """A client that is not ours, with the cache file that its newer version writes at sign-in."""
    aws.world.sso.assign("reader")
    config = tmp_path / "config"
    config.write_text(
        f"[profile dev]\nsso_session = corp\nsso_account_id = {ACCOUNT}\nsso_role_name = reader\nregion = eu-west-1\n"
        f"[sso-session corp]\nsso_start_url = {START_URL}\nsso_region = eu-west-1\n"
    )
    program = Program(aws)
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
    assert code_after(program, token) == "InvalidGrantException"


def code_after(program: Program, token: Any) -> str:
    """Return how a refresh with a token that was spent is refused."""
    return refused(program.oidc, "create_token", **program.by_refresh(token)).code
