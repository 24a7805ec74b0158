"""The links of IAM Identity Center: the sign-in, and the role that it opens."""

from __future__ import annotations

from shellvault.core.chain.links import Link
from shellvault.core.model import is_account
from shellvault.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import ClassVar


class SignIn(Link, Record):
    """A sign-in to IAM Identity Center, which gives an access token; sections with the same portal share it.

    `start_url` is in its usual form, and `spelled_url` as the config file has it, if that differs.
    """

    kind: ClassVar[str] = "sso.SignIn"
    service: ClassVar[str] = "sso-oidc"
    needs_person: ClassVar[bool] = True
    profile: str
    sso_session: str
    start_url: str
    scopes: tuple[str, ...]
    region: str
    endpoint: str
    spelled_url: str = ""


class SsoRole(Link, Record):
    """One GetRoleCredentials call with an access token; IAM Identity Center decides how long its session lasts."""

    kind: ClassVar[str] = "sso.GetRoleCredentials"
    service: ClassVar[str] = "sso"
    operation: ClassVar[str] = "get_role_credentials"
    profile: str
    source: SignIn
    account_id: str
    role_name: str
    region: str
    endpoint: str

    @property
    def account(self) -> str:
        """See `Link`."""
        return self.account_id if is_account(self.account_id) else ""

    def request(self) -> dict[str, object]:
        """See `Link`."""
        return {"roleName": self.role_name, "accountId": self.account_id}
