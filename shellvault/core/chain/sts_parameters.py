"""What AWS is asked with where a profile leaves it open: the region and the session's name. Pure."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.core.model import Profile

_HOME_REGIONS = {"aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1", "aws-eusc": "eusc-de-east-1"}


def sts_region(profile: Profile, arn: str, endpoint: str) -> str:
    """Return the region whose STS is asked; `aws-global` is botocore's name for the legacy one's endpoint."""
    partition = arn.split(":")[1] if arn.startswith("arn:") else "aws"
    if profile.get("sts_regional_endpoints") == "legacy" and partition == "aws" and not endpoint:
        return "aws-global"
    return profile.get("region") or _HOME_REGIONS.get(partition, "us-east-1")


def role_session_name(profile: Profile) -> str:
    """Return what CloudTrail will show; AWS allows 2 to 64 of these characters."""
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "+=,.@-_") else "-" for c in profile.name)
    return profile.get("role_session_name") or f"shellvault-{safe}"[:64]
