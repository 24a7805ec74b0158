"""Where IAM and STS are called for a profile: in its partition, at its own endpoints if it has some."""

from __future__ import annotations

from shellvault.core.chain.sts_parameters import sts_region
from shellvault.core.partitions import PARTITIONS, partition_of_region
from shellvault.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.aws.network import Network
    from shellvault.awsconfig.profiles import Profiles
    from shellvault.core.model import Profile


class IamEndpoints(Record):
    """Where IAM and STS are called, each with its own endpoint or the empty string for AWS's, and how."""

    iam_region: str
    iam_endpoint: str
    sts_region: str
    sts_endpoint: str
    network: Network


def find_iam_endpoints(profile: Profile, profiles: Profiles, network: Network, arn: str = "") -> IamEndpoints:
    """Return where IAM and STS are called for a profile; a role's `arn` names the partition if it has no region."""
    endpoint, sts_endpoint = profiles.endpoint(profile, "iam"), profiles.endpoint(profile)
    region = sts_region(profile, arn, sts_endpoint)
    partition = PARTITIONS[partition_of_region(region)]
    return IamEndpoints(
        iam_region=partition.home_region if partition.console else region,  # else its home region is a guess
        iam_endpoint=endpoint,
        sts_region=region,
        sts_endpoint=sts_endpoint,
        network=network,
    )
