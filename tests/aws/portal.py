"""The portal of IAM Identity Center: the person's accounts and roles, and sessions of those, for a bearer's token.

Source: the IAM Identity Center Portal API reference.
"""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any

from tests.aws.errors import AwsError
from tests.aws.oauth import ACCESS
from tests.aws.rest import Field, Fields, Route
from tests.aws.sso import PERSON
from tests.aws.visit import Answer

if TYPE_CHECKING:
    from tests.aws.visit import Visit

MOST_RESULTS = 100


class PortalForm:
    """Errors as JSON, with AWS's name in a header."""

    service = "awsssoportal"

    def refuse(self, error: AwsError, request_id: str) -> Answer:
        """Return an error."""
        body = {"message": error.message, "__type": f"com.amazonaws.switchboard.portal#{error.code}"}
        headers = (("x-amzn-ErrorType", error.code),)
        return Answer(error.status, json.dumps(body).encode(), request_id, "application/json", headers)

    def fault(self, kind: str) -> AwsError:
        """Return a fault."""
        return {
            "throttle": AwsError("TooManyRequestsException", "HTTP 429 Unknown Code", 429),
            "error500": AwsError("InternalServerException", "Something went wrong", 500),
        }[kind]

    def wrong(self, message: str) -> AwsError:
        """Return the refusal of a field."""
        return AwsError("InvalidRequestException", message)


def get_role_credentials(visit: Visit, fields: Fields) -> dict[str, Any]:
    """Mint a session of a role that is assigned to the person; its end is in milliseconds."""
    _check_token(visit, fields)
    world, account = visit.world, _account(fields)
    assignment = world.sso.assigned().get((account, fields["role_name"]))
    if assignment is None:
        raise _no_access()
    minted = world.mint(assignment.role.session(PERSON), world.sso.role_life, kind="role")
    if minted.session is None:
        raise TypeError("only sessions are handed out")
    return {
        "roleCredentials": {
            "accessKeyId": minted.access_key_id,
            "secretAccessKey": minted.secret,
            "sessionToken": minted.session.token,
            "expiration": minted.session.expires_at * 1000,
        }
    }


def list_accounts(visit: Visit, fields: Fields) -> dict[str, Any]:
    """List the accounts in which the person has a role."""
    _check_token(visit, fields)
    accounts = {
        account: {"accountId": account, "accountName": each.account_name, "emailAddress": each.email}
        for (account, _), each in visit.world.sso.assigned().items()
    }
    return _page(visit, fields, "accountList", [accounts[account] for account in sorted(accounts)])


def list_account_roles(visit: Visit, fields: Fields) -> dict[str, Any]:
    """List the person's roles in an account."""
    _check_token(visit, fields)
    account = _account(fields)
    names = sorted(role for known, role in visit.world.sso.assigned() if known == account)
    if not names:
        raise AwsError("ResourceNotFoundException", "The account is not one of the person's", 404)
    return _page(visit, fields, "roleList", [{"roleName": name, "accountId": account} for name in names])


def logout(visit: Visit, fields: Fields) -> Answer:
    """End the sign-in; sessions of roles live on."""
    _check_token(visit, fields)
    visit.world.sso.tokens.sign_out(fields["accessToken"])
    return Answer(200, b"", visit.request_id, "application/json")


def _check_token(visit: Visit, fields: Fields) -> None:
    """Refuse a token that does not live; one of a client without scopes is of the old kind, which may."""
    signed_in = visit.world.sso.tokens.valid(fields.get("accessToken", ""))
    if signed_in is None:
        raise AwsError("UnauthorizedException", "Session token not found or invalid", 401)
    if signed_in.scopes and ACCESS not in signed_in.scopes:
        raise _no_access()
    visit.principal = PERSON


def _account(fields: Fields) -> str:
    account = str(fields["account_id"])
    if not re.fullmatch(r"\d{12}", account, re.ASCII):
        raise AwsError("InvalidRequestException", "The account id must have twelve digits")
    return account


def _no_access() -> AwsError:
    return AwsError("ForbiddenException", "No access", 403)


def _page(visit: Visit, fields: Fields, name: str, whole: list[dict[str, str]]) -> dict[str, Any]:
    """Return one page and the token of the next; `max_result` may only make a page smaller or larger, up to 100."""
    size, start = fields.get("max_result", str(visit.world.sso.page_size)), _start(fields)
    if not size.isdecimal() or not 1 <= int(size) <= MOST_RESULTS:
        raise AwsError("InvalidRequestException", f"max_result must be from 1 to {MOST_RESULTS}")
    end = start + int(size)
    token = base64.b64encode(f"from {end}".encode()).decode() if end < len(whole) else None
    return {name: whole[start:end], "nextToken": token}


def _start(fields: Fields) -> int:
    if "next_token" not in fields:
        return 0
    try:
        told = base64.b64decode(fields["next_token"], validate=True).decode("ascii")
    except ValueError:
        told = ""
    if not re.fullmatch(r"from \d{1,6}", told, re.ASCII):
        raise AwsError("InvalidRequestException", "Invalid next_token")
    return int(told.removeprefix("from "))


_FORM = PortalForm()
_TOKEN = Field("accessToken", "x-amz-sso_bearer_token", secret=True)
_ACCOUNT = Field("account_id", "query", required=True)
_PAGED = (_TOKEN, Field("max_result", "query"), Field("next_token", "query"))

ROUTES = {
    "GET /federation/credentials": Route(
        "GetRoleCredentials",
        get_role_credentials,
        _FORM,
        (_TOKEN, _ACCOUNT, Field("role_name", "query", required=True)),
    ),
    "GET /assignment/accounts": Route("ListAccounts", list_accounts, _FORM, _PAGED),
    "GET /assignment/roles": Route("ListAccountRoles", list_account_roles, _FORM, (*_PAGED, _ACCOUNT)),
    "POST /logout": Route("Logout", logout, _FORM, (_TOKEN,)),
}
"""The service's actions; a missing token is refused as a wrong one is."""
