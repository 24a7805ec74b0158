"""Calls IAM Identity Center's portal with an access token: for the session of a role, and for the list of all roles."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from shellvault.aws import credential_parsing
from shellvault.aws.aws_errors import RETRY, call
from shellvault.aws.client import ATTEMPTS, client
from shellvault.core.errors import AwsUnreachableError
from shellvault.core.model import Session
from shellvault.core.record import Record
from shellvault.system.ordered_map import map_in_order

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from shellvault.core.chain.sso_links import SsoRole
    from shellvault.core.model import KeyPair
    from shellvault.providers.provider_context import ProviderContext

    Fetch = Callable[..., dict[str, Any]]

_QUIET = 2.0  # seconds between two notices about the progress of a long list
_AT_ONCE = 4  # calls; the portal allows about 20 a second, and an answer takes about 0.2 s
_ATTEMPTS_FOR_LISTS = 5  # many accounts mean many calls, which the portal soon throttles


class Assignment(Record):
    """A role that the user may take in an account."""

    account_id: str
    account_name: str
    role_name: str


class SsoProvider:
    """Obtains the sessions of roles."""

    def __init__(self, context: ProviderContext) -> None:
        self._context = context

    def __call__(self, link: SsoRole, source: KeyPair | Session | None) -> Session:
        """Return a new session; `source` is the access token.

        Raises:
            AwsRefusedError: the role is not assigned; SourceRefusedError where the access token is refused.
            AwsUnreachableError: AWS could not be reached, or asked for a pause.
        """
        return _parse_credentials(self._connect(link, source, ATTEMPTS)(link.operation, **link.request()))

    def assignments(self, link: SsoRole, source: KeyPair | Session | None) -> Iterator[Assignment]:
        """Yield every role in every account; of the link only the portal counts."""
        fetch = self._connect(link, source, _ATTEMPTS_FOR_LISTS, paced=True)
        accounts, told_at = list(_fetch_pages(fetch, "list_accounts", "accountList")), time.monotonic()
        lists = map_in_order(lambda account: _list_roles(fetch, account), accounts, _AT_ONCE)
        for number, roles in enumerate(lists, 1):
            yield from roles
            if time.monotonic() - told_at > _QUIET and number < len(accounts):
                self._context.ui.progress(f"read the roles of {number} of {len(accounts)} accounts")
                told_at = time.monotonic()

    def _connect(self, link: SsoRole, source: KeyPair | Session | None, attempts: int, *, paced: bool = False) -> Fetch:
        """Return a function that calls an operation of the portal; it may be called from several threads."""
        if not isinstance(source, Session):
            raise TypeError("the portal takes the token of a sign-in")
        token = str(source.session_token)
        network = self._context.network
        portal = client(link.service, link.region, link.endpoint, network, None, attempts=attempts, paced=paced)
        return lambda operation, **parameters: call(portal, operation, {"accessToken": token, **parameters}, link)


def _parse_credentials(answer: dict[str, Any]) -> Session:
    found = answer.get("roleCredentials")
    milliseconds = found.get("expiration") if isinstance(found, dict) else None
    if not isinstance(milliseconds, int):
        raise AwsUnreachableError("AWS's response could not be parsed", RETRY)
    return credential_parsing.require_complete(
        credential_parsing.parse_session(found, "accessKeyId", "secretAccessKey", "sessionToken", milliseconds // 1000)
    )


def _list_roles(fetch: Fetch, account: Mapping[str, Any]) -> list[Assignment]:
    """Return the user's roles in an account."""
    account_id, name = str(account.get("accountId", "")), str(account.get("accountName", ""))
    roles = _fetch_pages(fetch, "list_account_roles", "roleList", accountId=account_id)
    return [Assignment(account_id, name, str(role.get("roleName", ""))) for role in roles]


def _fetch_pages(fetch: Fetch, operation: str, key: str, **parameters: str) -> Iterator[dict[str, Any]]:
    """Yield what is listed under `key` on all pages of an answer."""
    token = ""
    seen: set[str] = set()
    while True:
        answer = fetch(operation, **parameters, **({"nextToken": token} if token else {}))
        found, token = answer.get(key), str(answer.get("nextToken") or "")
        if not isinstance(found, list) or not all(isinstance(each, dict) for each in found) or token in seen:
            raise AwsUnreachableError(f"AWS's response to {operation} could not be parsed", RETRY)
        yield from found
        if not token:
            return
        seen.add(token)
