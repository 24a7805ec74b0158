"""A chain whose last link is narrowed by a scope, or the reason why AWS cannot narrow it. Pure."""

from __future__ import annotations

from shellvault.core.chain.federation import federate
from shellvault.core.errors import UsageError
from shellvault.core.partitions import partition_of_arn, partition_of_region

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.core.chain.links import Chain
    from shellvault.core.model import Profile, ProfileLookup
    from shellvault.core.scope import Scope

_CANNOT_CALL = "AWS lets a narrowed session of a key pair call neither IAM nor STS; a role has no such limit"
_SOURCES = {"sso.GetRoleCredentials": "IAM Identity Center", "process": "a credential_process"}
_READ_ONLY = "session_policy_arns = arn:aws:iam::aws:policy/ReadOnlyAccess"
_MISSPELT = {
    **dict.fromkeys(
        ("session_policy_arn", "session_policies", "policy_arn", "policy_arns"), "session_policy_arns = ARN"
    ),
    **dict.fromkeys(("read_only", "readonly"), _READ_ONLY),
    "session_policy_file": "session_policy = FILE",
}
"""Settings that somebody might write for those that narrow a session -> what to write instead."""
_WITHOUT_MFA = "it is obtained without an MFA code, so actions that require MFA are denied"


def narrow(
    chain: Chain, scope: Scope, profile: Profile, lookup: ProfileLookup, requested: int
) -> tuple[Chain, list[str]]:
    """Return a chain with its last link narrowed, and notices; `requested` is its duration in seconds, 0 for none.

    Raises:
        UsageError: AWS cannot narrow such a session, or a setting that should do it is misspelt.
    """
    if wrong := next((key for key in _MISSPELT if key in profile.settings), ""):
        raise UsageError(f"{wrong} of profile '{profile.name}' narrows nothing", f"write {_MISSPELT[wrong]}")
    notices: list[str] = []
    if chain.stored_key:
        raise UsageError("a key pair itself cannot be narrowed, only sessions", "leave out --no-session")
    if key := chain.own_key:
        notices = [f"{_CANNOT_CALL}; {_WITHOUT_MFA}" if chain.mfa_serial else _CANNOT_CALL]
        chain = federate(key, profile, lookup, requested, "a narrowed session")
    elif not chain.takes_policy:
        source = _SOURCES.get(chain.kind, chain.kind)
        hint = f"use a role over it: --role-arn ARN, or a profile with role_arn and source_profile = {profile.name}"
        if not lookup.section(f"profile {profile.name}"):
            hint = "write a profile for it, and use a role over that: PROFILE --role-arn ARN"
        raise UsageError(f"AWS cannot narrow the session of '{profile.name}', which comes from {source}", hint)
    partition = partition_of_arn(chain.role_arn) if chain.role_arn else partition_of_region(chain.region)
    return chain.narrowed(scope.policy, scope.list_arns(partition or "aws"), scope.label), notices
