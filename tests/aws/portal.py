"""The portal of IAM Identity Center: the user's accounts, roles and role sessions, for a bearer token.

Source: the IAM Identity Center Portal API reference.
"""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any

from tests.aws.errors import AwsError
from tests.aws.oauth import ACCESS
from tests.aws.request_context import HttpResponse
from tests.aws.rest import Field, Fields, Route
from tests.aws.sso import PERSON

if TYPE_CHECKING:
    from tests.aws.request_context import RequestContext

MOST_RESULTS = 100


class PortalErrorFormat:
    """JSON errors, with AWS's error code in a header."""

    service = "awsssoportal"

    def render_error(self, error: AwsError, request_id: str) -> HttpResponse:
        """Render an error."""
        body = {"message": error.message, "__type": f"com.amazonaws.switchboard.portal#{error.code}"}
        headers = (("x-amzn-ErrorType", error.code),)
        return HttpResponse(error.status, json.dumps(body).encode(), request_id, "application/json", headers)

    def fault(self, kind: str) -> AwsError:
        """Return the error of an injected fault."""
        return {
            "throttle": AwsError("TooManyRequestsException", "HTTP 429 Unknown Code", 429),
            "error500": AwsError("InternalServerException", "Something went wrong", 500),
        }[kind]

    def invalid_field(self, message: str) -> AwsError:
        """Return the error for an invalid field."""
        return AwsError("InvalidRequestException", message)


def get_role_credentials(context: RequestContext, fields: Fields) -> dict[str, Any]:
    """Issue a session of a role assigned to the user, with its expiry in milliseconds."""
    _check_token(context, fields)
    world, account = context.world, _parse_account(fields)
    assignment = world.sso.assigned().get((account, fields["role_name"]))
    if assignment is None:
        raise _make_forbidden_error()
    credential = world.issue_session(assignment.role.session(PERSON), world.sso.role_life, kind="role")
    if credential.session is None:
        raise TypeError("a long-lived key has no session")
    return {
        "roleCredentials": {
            "accessKeyId": credential.access_key_id,
            "secretAccessKey": credential.secret,
            "sessionToken": credential.session.token,
            "expiration": credential.session.expires_at * 1000,
        }
    }


def list_accounts(context: RequestContext, fields: Fields) -> dict[str, Any]:
    """List the accounts in which the user has a role."""
    _check_token(context, fields)
    accounts = {
        account: {"accountId": account, "accountName": each.account_name, "emailAddress": each.email}
        for (account, _), each in context.world.sso.assigned().items()
    }
    return _paginate(context, fields, "accountList", [accounts[account] for account in sorted(accounts)])


def list_account_roles(context: RequestContext, fields: Fields) -> dict[str, Any]:
    """List the user's roles in an account."""
    _check_token(context, fields)
    account = _parse_account(fields)
    names = sorted(role for known, role in context.world.sso.assigned() if known == account)
    if not names:
        raise AwsError("ResourceNotFoundException", "The account is not one of the person's", 404)
    return _paginate(context, fields, "roleList", [{"roleName": name, "accountId": account} for name in names])


def logout(context: RequestContext, fields: Fields) -> HttpResponse:
    """End the sign-in; role sessions stay valid."""
    _check_token(context, fields)
    context.world.sso.tokens.sign_out(fields["accessToken"])
    return HttpResponse(200, b"", context.request_id, "application/json")


def _check_token(context: RequestContext, fields: Fields) -> None:
    """Refuse invalid tokens; those of clients registered without scopes are legacy tokens with full access."""
    sign_in = context.world.sso.tokens.find_valid(fields.get("accessToken", ""))
    if sign_in is None:
        raise AwsError("UnauthorizedException", "Session token not found or invalid", 401)
    if sign_in.scopes and ACCESS not in sign_in.scopes:
        raise _make_forbidden_error()
    context.principal = PERSON


def _parse_account(fields: Fields) -> str:
    account = str(fields["account_id"])
    if not re.fullmatch(r"\d{12}", account, re.ASCII):
        raise AwsError("InvalidRequestException", "The account id must have twelve digits")
    return account


def _make_forbidden_error() -> AwsError:
    return AwsError("ForbiddenException", "No access", 403)


def _paginate(context: RequestContext, fields: Fields, name: str, whole: list[dict[str, str]]) -> dict[str, Any]:
    """Return a page and the token of the next one."""
    size, start = fields.get("max_result", str(context.world.sso.page_size)), _parse_start(fields)
    if not size.isdecimal() or not 1 <= int(size) <= MOST_RESULTS:
        raise AwsError("InvalidRequestException", f"max_result must be from 1 to {MOST_RESULTS}")
    end = start + int(size)
    token = base64.b64encode(f"from {end}".encode()).decode() if end < len(whole) else None
    return {name: whole[start:end], "nextToken": token}


def _parse_start(fields: Fields) -> int:
    if "next_token" not in fields:
        return 0
    try:
        position = base64.b64decode(fields["next_token"], validate=True).decode("ascii")
    except ValueError:
        position = ""
    if not re.fullmatch(r"from \d{1,6}", position, re.ASCII):
        raise AwsError("InvalidRequestException", "Invalid next_token")
    return int(position.removeprefix("from "))


_ERROR_FORMAT = PortalErrorFormat()
_TOKEN = Field("accessToken", "x-amz-sso_bearer_token", secret=True)
_ACCOUNT = Field("account_id", "query", required=True)
_PAGED = (_TOKEN, Field("max_result", "query"), Field("next_token", "query"))

ROUTES = {
    "GET /federation/credentials": Route(
        "GetRoleCredentials",
        get_role_credentials,
        _ERROR_FORMAT,
        (_TOKEN, _ACCOUNT, Field("role_name", "query", required=True)),
    ),
    "GET /assignment/accounts": Route("ListAccounts", list_accounts, _ERROR_FORMAT, _PAGED),
    "GET /assignment/roles": Route("ListAccountRoles", list_account_roles, _ERROR_FORMAT, (*_PAGED, _ACCOUNT)),
    "POST /logout": Route("Logout", logout, _ERROR_FORMAT, (_TOKEN,)),
}
"""The actions of the service; a missing token is refused like an invalid one."""
