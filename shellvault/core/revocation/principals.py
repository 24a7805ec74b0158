"""Roles and users of IAM, and the pages of AWS's console where a person revokes their sessions. Pure."""

from __future__ import annotations

from urllib.parse import quote

from shellvault.core.console_urls import destination_url
from shellvault.core.model import role_in
from shellvault.core.partitions import PARTITIONS
from shellvault.core.record import Record
from shellvault.core.text import quote_word, sanitize

ROLE, USER, ROOT = "role", "user", "root"
"""The kinds of principals; the last one is an account's root user."""
_SERVICE_PATH, _RESERVED_PATH, _RESERVED_NAME = ":role/aws-service-role/", ":role/aws-reserved/", "AWSReservedSSO_"
_ARN_PARTS = 6  # arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE
_PLAIN = "+=,.@-_"  # in names, and in a URL's fragment
_PAGES = {ROLE: "#/roles/details/{}?section=revoke_sessions", USER: "#/users/details/{}", ROOT: ""}
_KEYS = {USER: "#/users/details/{}?section=security_credentials", ROOT: "#/security_credentials"}
_SSO = "singlesignon/home"
_TOO_LONG = "LimitExceeded"  # all inline policies together


class Principal(Record):
    """A role or user; `name` has no path."""

    kind: str
    name: str
    account: str
    partition: str

    @property
    def title(self) -> str:
        """What messages call it."""
        if self.kind == ROOT:
            return f"the root user of {self.account}"
        return f"{self.kind} {sanitize(self.name)} in {self.account}"

    @property
    def is_user(self) -> bool:
        """Whether it is a user of IAM, whose sessions can be denied."""
        return self.kind == USER

    @property
    def key(self) -> str:
        """What tells it from all others."""
        return f"{self.partition}:{self.account}:{self.kind}/{self.name}"

    @property
    def place(self) -> str:
        """The name of a role that has no profile: `account/role`."""
        return f"{self.account}/{self.name}"

    @property
    def arn(self) -> str:
        """The ARN of a role or user, without its path."""
        return f"arn:{self.partition}:iam::{self.account}:{self.kind}/{self.name}"

    @property
    def page(self) -> str:
        """The page of the console where its sessions can be revoked; empty where no console is known."""
        return find_page(self.partition, f"iam/home{_PAGES[self.kind]}".format(quote(self.name, safe=_PLAIN)))

    @property
    def keys_page(self) -> str:
        """The page of the console with a user's access keys; empty where no console is known."""
        return find_page(self.partition, f"iam/home{_KEYS[self.kind]}".format(quote(self.name, safe=_PLAIN)))


def read_principal(arn: str) -> Principal | None:
    """Return the role or user that an ARN is of, or whose session; None for anything else."""
    parts = arn.split(":", _ARN_PARTS - 1)
    if len(parts) != _ARN_PARTS:
        return None
    partition, account, resource = parts[1], parts[4], parts[5]
    kind, _, path = resource.partition("/")
    if name := role_in(arn):
        return Principal(ROLE, name, account, partition)
    if kind == USER and path:
        return Principal(USER, path.rpartition("/")[2], account, partition)
    return Principal(ROOT, ROOT, account, partition) if resource == ROOT else None


def explain_console(principal: Principal) -> str:
    """Return how somebody with more permissions revokes a role's or user's sessions."""
    page = principal.page or "the IAM console"
    if principal.kind == ROLE:
        return f"ask someone who may put a policy on the role to open {page} and choose Revoke active sessions"
    policy = "denies * on * where aws:TokenIssueTime is earlier than now (DateLessThan)"
    return f"ask someone who may put a policy on the user to add an inline one that {policy}: {page}"


def explain_refusal(principal: Principal, message: str) -> str:
    """Return what a person can do about a role's or user's sessions after AWS refused with this message."""
    if _TOO_LONG not in message:
        return explain_console(principal)
    page = principal.page or "the IAM console"
    policy = "denies * on * where aws:TokenIssueTime is earlier than now (DateLessThan)"
    return (
        f"delete an inline policy of the {principal.kind} that is not needed, and run it again; or ask someone to "
        f"attach a managed policy that {policy}: {page}"
    )


def explain_keys(user: Principal | None, key_id: str) -> str:
    """Return how somebody with more permissions deactivates an access key; `key_id` may be only its end."""
    if user is None or not user.is_user:
        page = user.keys_page if user else ""
        return f"deactivate {key_id} in the console: {page or 'IAM, the user with this key, Security credentials'}"
    who, which = quote_word(user.name), quote_word(key_id)
    command = f"aws iam update-access-key --user-name {who} --access-key-id {which} --status Inactive"
    page = user.keys_page or "IAM, Users"
    return f"ask someone with iam:UpdateAccessKey for the user to run {command}, or to deactivate it there: {page}"


def is_protected(arn: str) -> bool:
    """Return whether only AWS may modify a role: one of IAM Identity Center, or one that is linked to a service."""
    return _SERVICE_PATH in arn or is_identity_center(arn)


def is_identity_center(arn: str) -> bool:
    """Return whether a role is one of IAM Identity Center."""
    return _RESERVED_PATH in arn or is_reserved(role_in(arn))


def is_reserved(role: str) -> bool:
    """Return whether a role is one of IAM Identity Center by its name."""
    return role.startswith(_RESERVED_NAME)


def find_page(partition: str, path: str, region: str = "") -> str:
    """Return the URL of a page of the console; empty where no console is known."""
    found = PARTITIONS.get(partition)
    return destination_url(found, path, region or found.home_region) if found and found.console else ""


def find_identity_center(partition: str, region: str) -> str:
    """Return the page of IAM Identity Center in a region, where its sessions are ended; see `find_page`."""
    return find_page(partition, _SSO, region)
