"""IAM Identity Center's portal: who signed in there may list accounts and roles, and take a role's session."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from shellvault.aws import credential_parsing
from shellvault.aws.aws_errors import translate_failure, translate_refusal
from shellvault.aws.client import ATTEMPTS, NO_ANSWER, client
from shellvault.awsconfig.endpoints import is_loopback
from shellvault.core.errors import AwsUnreachableError
from shellvault.core.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from shellvault.core.chain.links import SsoRole
    from shellvault.core.model import Session


class Assignment(Record):
    """A role that a person may take in an account."""

    account_id: str
    account_name: str
    role_name: str


class SsoProvider:
    """Mints the sessions of roles, all of one portal.

    Args:
        notice: tells the person something that is not an error.
        ca_bundle: a file of certificates to trust in place of botocore's own, or the empty string.
        attempts: how often a call is sent at most.
    """

    def __init__(self, notice: Callable[[str], None], ca_bundle: str = "", attempts: int = ATTEMPTS) -> None:
        self._notice = notice
        self._ca_bundle = ca_bundle
        self._attempts = attempts
        self._portal: Any = None

    def __call__(self, link: SsoRole, token: Session) -> Session:
        """Return a new session.

        Raises:
            AwsRefusedError: the role is not assigned; SourceRefusedError where the access token is refused.
            AwsUnreachableError: AWS could not be reached, or asked to be left alone.
        """
        if is_loopback(link.endpoint):
            self._notice(f"the credentials come from {link.endpoint}, not from AWS")
        parameters = {"roleName": link.role_name, "accountId": link.account_id}
        answer = self._call(link, "get_role_credentials", token, parameters)
        found = answer.get("roleCredentials")
        milliseconds = found.get("expiration") if isinstance(found, dict) else None
        if not isinstance(milliseconds, int):
            raise AwsUnreachableError("AWS's answer could not be read", "run the command again")
        end = milliseconds // 1000
        return credential_parsing.require_complete(
            credential_parsing.parse_session(found, "accessKeyId", "secretAccessKey", "sessionToken", end)
        )

    def assignments(self, link: SsoRole, token: Session) -> Iterator[Assignment]:
        """Yield every role in every account; of the link only the portal matters."""
        for account in self._pages(link, "list_accounts", "accountList", token, {}):
            number, name = str(account.get("accountId", "")), str(account.get("accountName", ""))
            for role in self._pages(link, "list_account_roles", "roleList", token, {"accountId": number}):
                yield Assignment(number, name, str(role.get("roleName", "")))

    def _pages(
        self, link: SsoRole, call: str, key: str, token: Session, parameters: dict[str, str]
    ) -> Iterator[dict[str, Any]]:
        further: dict[str, str] = {}
        seen: set[str] = set()
        while True:
            answer = self._call(link, call, token, {**parameters, **further})
            found, following = answer.get(key), str(answer.get("nextToken") or "")
            if not isinstance(found, list) or not all(isinstance(each, dict) for each in found) or following in seen:
                raise AwsUnreachableError(f"AWS's answer to {call} could not be read", "run the command again")
            yield from found
            if not following:
                return
            seen.add(following)
            further = {"nextToken": following}

    def _call(self, link: SsoRole, call: str, token: Session, parameters: dict[str, str]) -> dict[str, Any]:
        if self._portal is None:
            self._portal = client("sso", link.region, link.endpoint, self._ca_bundle, None, attempts=self._attempts)
        try:
            answer: dict[str, Any] = getattr(self._portal, call)(accessToken=str(token.session_token), **parameters)
        except ClientError as error:
            raise translate_refusal(error.response, link, time.time()) from None
        except NO_ANSWER as error:
            raise translate_failure(error, link) from None
        return answer
