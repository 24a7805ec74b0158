"""AWS's partitions, with botocore's own data as the oracle."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import botocore
import pytest

from shellvault.core.partitions import PARTITIONS, home_region, partition_of_arn, partition_of_region

DATA = Path(botocore.__file__).parent / "data"


def load_partitions(name: str) -> list[dict[str, Any]]:
    """Return the partitions in one of botocore's data files."""
    partitions: list[dict[str, Any]] = json.loads((DATA / name).read_text())["partitions"]
    return partitions


BOTOCORE = {each["id"]: each for each in load_partitions("partitions.json")}
REGIONS = [(region, each["partition"]) for each in load_partitions("endpoints.json") for region in each["regions"]]


@pytest.mark.parametrize(("region", "partition"), REGIONS)
def test_every_region_is_in_its_partition(region: str, partition: str) -> None:
    """A region that AWS adds to a known partition needs no change here."""
    assert partition_of_region(region) == partition


@pytest.mark.parametrize("region", ["", "aws-global", "eu-north-9", "no-such-region"])
def test_other_regions_are_in_the_partition_aws(region: str) -> None:
    """Most new regions are."""
    assert partition_of_region(region) == "aws"


def test_every_partition_of_botocore_is_known() -> None:
    """A partition that AWS adds must be added here."""
    assert PARTITIONS.keys() == BOTOCORE.keys()


@pytest.mark.parametrize("name", PARTITIONS)
def test_home_region_is_a_region_of_the_partition(name: str) -> None:
    """Except in China, it is the one that botocore uses for global services."""
    region = home_region(name)
    assert region in BOTOCORE[name]["regions"]
    assert partition_of_region(region) == name
    if name != "aws-cn":
        assert region == BOTOCORE[name]["outputs"]["implicitGlobalRegion"]


def test_home_region_of_an_unknown_partition_is_that_of_aws() -> None:
    """An ARN may come from a partition that is newer than this release."""
    assert home_region("aws-new") == home_region("aws") == "us-east-1"


@pytest.mark.parametrize("name", [name for name, partition in PARTITIONS.items() if partition.domains])
def test_domains_are_those_of_botocore(name: str) -> None:
    """Credentials are sent to hosts in these domains, so a wrong one would be a leak."""
    outputs = BOTOCORE[name]["outputs"]
    known = {f".{outputs['dnsSuffix']}", f".{outputs['dualStackDnsSuffix']}"}
    assert set(PARTITIONS[name].domains) <= known
    assert f".{outputs['dnsSuffix']}" in PARTITIONS[name].domains


@pytest.mark.parametrize("name", PARTITIONS)
def test_console_is_known_completely_or_not_at_all(name: str) -> None:
    """The sign-in page is in the partition's own sign-in domain."""
    partition = PARTITIONS[name]
    assert bool(partition.console) == bool(partition.sign_in)
    assert partition.sign_in_domain.startswith(".")
    if partition.console:
        assert partition.sign_in.startswith("https://")
        assert partition.sign_in.endswith(partition.sign_in_domain)


@pytest.mark.parametrize(
    ("arn", "partition"),
    [
        *((f"arn:{name}:iam::111122223333:role/admin", name) for name in PARTITIONS),
        ("arn:aws-new:iam::1:role/x", "aws-new"),
        ("arn:", ""),
        ("", "aws"),
        ("not-an-arn", "aws"),
        ("GAHT12345678", "aws"),
    ],
)
def test_partition_of_an_arn_is_its_second_part(arn: str, partition: str) -> None:
    """A serial number that is no ARN, such as that of a hardware MFA device, is in `aws`."""
    assert partition_of_arn(arn) == partition
