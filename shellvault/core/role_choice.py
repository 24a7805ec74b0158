"""A role that is used without a profile of its own: over another profile's session, or by a sign-in. Pure."""

from __future__ import annotations

from shellvault.core.chain.sts_parameters import is_iam_arn
from shellvault.core.errors import NoSuchProfileError, UsageError
from shellvault.core.model import Profile, is_account
from shellvault.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from shellvault.core.errors import ShellvaultError
    from shellvault.core.model import ProfileLookup

ROLE_FIELDS = _ROLE_ARN, _BASE, _SSO, _ACCOUNT, _ROLE = "role-arn", "profile", "sso", "account", "role"
_LONGEST_ROLE_NAME = 64  # AWS, IAM; and the characters of such a name
_PUNCTUATION = frozenset("_+=,.@-")
_SIGN_IN = ("sso_session", "sso_start_url", "sso_region", "sso_registration_scopes")
_INHERITED = (
    *("region", "sts_regional_endpoints", "endpoint_url", "services", "ca_bundle"),
    *("use_fips_endpoint", "use_dualstack_endpoint", "ignore_configured_endpoint_urls"),
    *("session_policy", "session_policy_arns"),
)
"""Settings that say where a profile's AWS is, and what narrows its sessions."""
SSO_OPTIONS = "--sso SESSION --account ID --role NAME"


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
        session = {} if self.role_arn else lookup.section(f"sso-session {self.base}")
        found = None if session or self.base == self.name else lookup.profile(self.base)
        if found is None and not session:
            raise self._explain_unknown(lookup)
        settings = session or (found.settings if found else {})
        own = {key: settings[key] for key in _INHERITED if key in settings}
        if session and "region" not in own and (region := lookup.section("profile default").get("region")):
            own["region"] = region
        if self.role_arn:
            own |= {"role_arn": self.role_arn, "source_profile": self.base}
            return Profile(self.name, (self.name,), own, takes_session=True)
        sign_in = {key: settings[key] for key in _SIGN_IN if key in settings}
        if not session and not sign_in:
            raise UsageError(f"profile '{self.base}' does not sign in to IAM Identity Center", SSO_OPTIONS)
        own |= {"sso_session": self.base} if session else sign_in
        own |= {"sso_account_id": self.account_id, "sso_role_name": self.role_name}
        return Profile(self.name, (self.name,), own)

    def _explain_unknown(self, lookup: ProfileLookup) -> ShellvaultError:
        from shellvault.core.chain.misread_names import explain_unknown, find_near

        if self.role_arn:
            return explain_unknown(self.base, lookup.names(), lookup.headers(), "")
        kind = "sso-session "
        sessions = [each.removeprefix(kind) for each in lookup.headers() if each.startswith(kind)]
        near = find_near(self.base, sessions) or " or ".join(sessions)
        hint = f"did you mean {near}?" if near else "add [sso-session NAME] to the config file"
        return NoSuchProfileError(f"no sso-session or profile is named '{self.base}'", hint)


def name_role(arn: str) -> str:
    """Return what a role is called where it has no profile: the account, a slash, and its name without a path."""
    account, resource = arn.split(":", 5)[4:]
    return f"{account}/{resource.rpartition('/')[2]}"


def read_role(fields: Mapping[str, str], *, is_given: bool) -> RoleChoice | None:
    """Read what `RoleChoice.fields` returned, which anybody may have forged; None if it is no role."""
    arn, account, role = (fields.get(key, "") for key in (_ROLE_ARN, _ACCOUNT, _ROLE))
    base = fields.get(_BASE if arn else _SSO, "")
    if base and (is_iam_arn(arn, "role/") if arn else is_account(account) and is_role_name(role)):
        return RoleChoice(base, arn, account, role, is_given)
    return None


def is_role_name(text: str) -> bool:
    """Return whether a text can be the name of a role in AWS."""
    is_plain = all(each.isascii() and (each.isalnum() or each in _PUNCTUATION) for each in text)
    return 0 < len(text) <= _LONGEST_ROLE_NAME and is_plain
