"""AWS's partitions, in one table: regions, hosts of its services, and the console. Pure.

Sources: botocore's `partitions.json`, and for the console "Enable custom identity broker access to the AWS console" in
the IAM User Guide and each partition's page of endpoints.
"""

from __future__ import annotations

from shellvault.core.record import Record


class Partition(Record):
    """One partition. `home_region` is where its global services are; `prefixes` are what its regions begin with.

    `domains` are the parents of its services' hosts, and `sign_in_domain` that of hosts where one signs in to the
    console. `sign_in` is the URL where one does so, and `console` the domain of the console's pages; both are empty
    where they are not known.
    """

    home_region: str
    prefixes: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    sign_in: str = ""
    sign_in_domain: str = ""
    console: str = ""


PARTITIONS = {
    "aws": Partition(
        "us-east-1",
        (),
        (".amazonaws.com", ".api.aws"),
        "https://signin.aws.amazon.com",
        ".aws.amazon.com",
        "console.aws.amazon.com",
    ),
    "aws-cn": Partition(
        "cn-north-1",
        ("cn-",),
        (".amazonaws.com.cn", ".api.amazonwebservices.com.cn"),
        "https://signin.amazonaws.cn",
        ".amazonaws.cn",
        "console.amazonaws.cn",
    ),
    "aws-us-gov": Partition(
        "us-gov-west-1",
        ("us-gov-",),
        (".amazonaws.com", ".api.aws"),
        "https://signin.amazonaws-us-gov.com",
        ".amazonaws-us-gov.com",
        "console.amazonaws-us-gov.com",
    ),
    "aws-eusc": Partition(
        "eusc-de-east-1",
        ("eusc-",),
        (".amazonaws.eu", ".api.amazonwebservices.eu"),
        "https://eusc-de-east-1.signin.amazonaws-eusc.eu",
        ".amazonaws-eusc.eu",
        "console.amazonaws-eusc.eu",
    ),
    "aws-iso": Partition(
        "us-iso-east-1",
        ("us-iso-",),
        (".c2s.ic.gov", ".api.aws.ic.gov"),
        sign_in_domain=".c2shome.ic.gov",
    ),
    "aws-iso-b": Partition(
        "us-isob-east-1",
        ("us-isob-",),
        (".sc2s.sgov.gov", ".api.aws.scloud"),
        sign_in_domain=".sc2shome.sgov.gov",
    ),
    "aws-iso-e": Partition(
        "eu-isoe-west-1",
        ("eu-isoe-",),
        (".cloud.adc-e.uk", ".api.cloud-aws.adc-e.uk"),
        sign_in_domain=".csphome.adc-e.uk",
    ),
    "aws-iso-f": Partition(
        "us-isof-south-1",
        ("us-isof-",),
        (".csp.hci.ic.gov", ".api.aws.hci.ic.gov"),
        sign_in_domain=".csphome.hci.ic.gov",
    ),
}
"""Name -> partition."""


def partition_of_region(region: str) -> str:
    """Return the name of the partition that a region is in."""
    return next((name for name, each in PARTITIONS.items() if region.startswith(each.prefixes)), "aws")


def partition_of_arn(arn: str) -> str:
    """Return the name of the partition in an ARN; `aws` where there is none."""
    return arn.split(":")[1] if arn.startswith("arn:") else "aws"


def home_region(partition: str) -> str:
    """Return the region of a partition's global services; that of `aws` for an unknown partition."""
    return PARTITIONS.get(partition, PARTITIONS["aws"]).home_region
