"""Which links of a chain give credentials that may deny older sessions of the role or user at its end. Pure."""

from __future__ import annotations

from shellvault.core.chain.links import root_of
from shellvault.core.errors import AwsRefusedError, UsageError
from shellvault.core.partitions import partition_of_region
from shellvault.core.revocation.principals import (
    Principal,
    find_identity_center,
    is_identity_center,
    is_protected,
    read_principal,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.core.chain.links import Chain, StoredKey


def find_role(name: str, chain: Chain, source: str) -> Principal | None:
    """Return the role at the end of a profile's chain; None if there is a user's key pair, or a session of it.

    `source` is where the profile's credentials come from, in people's words.

    Raises:
        AwsRefusedError: AWS protects the role.
        UsageError: nobody can tell whose sessions these are.
    """
    if chain.role_name or is_protected(chain.role_arn):
        raise refuse_protected(name, chain)
    if chain.role_arn:
        return read_principal(chain.role_arn)
    if find_key(chain):
        return None
    raise UsageError(
        f"the session of '{name}' comes from {source}, so shellvault cannot revoke it",
        "end it at its source; sessions of roles assumed from it can be revoked",
    )


def refuse_protected(name: str, chain: Chain) -> AwsRefusedError:
    """Return the error for a profile whose role only AWS may modify."""
    if chain.role_name or is_identity_center(chain.role_arn):
        return AwsRefusedError(
            f"the role of '{name}' belongs to IAM Identity Center, and AWS does not let anyone attach a policy to it",
            explain_identity_center(chain.region if chain.role_name else ""),
        )
    return AwsRefusedError(f"the role of '{name}' is a service-linked role, which only that AWS service can change")


def explain_identity_center(region: str) -> str:
    """Return where the sessions of IAM Identity Center in this region, if known, are ended."""
    page = find_identity_center(partition_of_region(region), region)
    place = f"IAM Identity Center ({page})" if page else "IAM Identity Center"
    return (
        f"an administrator ends the sign-in in {place}: Users, the user, Active sessions; sessions of the role end "
        "early only by a deny in its permission set or in a service control policy"
    )


def find_key(chain: Chain) -> StoredKey | None:
    """Return the key pair whose user's sessions end a chain; None if a role's do."""
    return None if chain.role_arn or chain.role_name else root_of(chain).stored_key


def widen(chain: Chain) -> Chain:
    """Return a role's link without the policies that narrow its session: they might not let it change the role."""
    return chain.narrowed("", (), "") if chain.takes_policy and chain.role_arn else chain


def list_below(chain: Chain) -> list[Chain]:
    """Return the links below a role whose credentials may be in its account, and which IAM accepts.

    IAM accepts no session of a key pair without MFA; below a role of IAM Identity Center there is only a sign-in.
    """
    found = []
    link = chain.source
    while link is not None:
        is_accepted = not link.own_key or link.stored_key or link.mfa_serial
        if is_accepted and link.account in ("", chain.account):
            found.append(link)
        link = None if link.role_name else link.source
    return found
