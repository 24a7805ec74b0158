"""A role that is used without a profile of its own: over another profile's session, or by a sign-in. Pure."""

from __future__ import annotations

from shellvault.core.chain.sign_in_choice import choose_sign_in
from shellvault.core.chain.source_profiles import require_profile
from shellvault.core.chain.sts_parameters import is_iam_arn
from shellvault.core.model import Profile, is_account, is_role_name, role_in
from shellvault.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from shellvault.core.model import ProfileLookup

ROLE_FIELDS = _ROLE_ARN, _BASE, _SSO, _ACCOUNT, _ROLE = "role-arn", "profile", "sso", "account", "role"
_SIGN_IN = ("sso_session", "sso_start_url", "sso_region", "sso_registration_scopes")
_INHERITED = (
    *("region", "sts_regional_endpoints", "endpoint_url", "services", "ca_bundle"),
    *("use_fips_endpoint", "use_dualstack_endpoint", "ignore_configured_endpoint_urls"),
    *("session_policy", "session_policy_arns"),
)
"""Settings that say where a profile's AWS is, and what narrows its sessions."""


class RoleChoice(Record):
    """A role, and what it is obtained with.

    Attributes:
        base: the profile over whose session the role is assumed; or the sso-session, or a profile with a sign-in.
        role_arn: the role over a profile's session; empty for a role of IAM Identity Center.
        account_id: the account of a role of IAM Identity Center.
        role_name: the name of such a role.
        is_given: whether this command line means it, not only the shell that the command runs in.
    """

    base: str
    role_arn: str
    account_id: str
    role_name: str
    is_given: bool = True

    @property
    def name(self) -> str:
        """What stands in place of a profile's name: `account/role`."""
        if not self.role_arn:
            return f"{self.account_id}/{self.role_name}"
        return name_role(self.role_arn)

    @property
    def fields(self) -> list[tuple[str, str]]:
        """What a shell remembers of it; see `describe_choice`."""
        if self.role_arn:
            return [(_ROLE_ARN, self.role_arn), (_BASE, self.base)]
        return [(_SSO, self.base), (_ACCOUNT, self.account_id), (_ROLE, self.role_name)]

    def compose(self, lookup: ProfileLookup) -> Profile:
        """Return the profile that the config file does not have.

        Raises:
            NoSuchProfileError: there is no such base.
            UsageError: the base does not sign in to IAM Identity Center.
        """
        if self.role_arn:
            own = _select(require_profile(self.base, lookup).settings, _INHERITED)
            own |= {"role_arn": self.role_arn, "source_profile": self.base}
            return Profile(self.name, (self.name,), own, takes_session=True)
        base = choose_sign_in(self.base, lookup)
        default = _select(lookup.section("profile default"), ("region",))  # as `sso profiles` writes it
        session = _select(lookup.section(f"sso-session {self.base}"), _INHERITED)
        own = {**default, **session, **_select(base.settings, (*_INHERITED, *_SIGN_IN))}
        own |= {"sso_account_id": self.account_id, "sso_role_name": self.role_name}
        return Profile(self.name, (self.name,), own)


def _select(settings: Mapping[str, str], keys: Iterable[str]) -> dict[str, str]:
    return {key: settings[key] for key in keys if key in settings}


def name_role(arn: str) -> str:
    """Return what a role is called where it has no profile: the account, a slash, and its name without a path."""
    return f"{arn.split(':')[4]}/{role_in(arn)}"


def read_role(fields: Mapping[str, str], *, is_given: bool) -> RoleChoice | None:
    """Read what `RoleChoice.fields` returned, which anybody may have forged; None if it is no role."""
    arn, account, role = (fields.get(key, "") for key in (_ROLE_ARN, _ACCOUNT, _ROLE))
    base = fields.get(_BASE if arn else _SSO, "")
    if base and (is_iam_arn(arn, "role/") if arn else is_account(account) and is_role_name(role)):
        return RoleChoice(base, arn, account, role, is_given)
    return None
