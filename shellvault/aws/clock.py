"""Asks AWS STS what time it is, by a call without credentials, which is refused with the time on it."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from shellvault.aws.aws_errors import reach
from shellvault.aws.client import client
from shellvault.core.errors import AwsUnreachableError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from shellvault.aws.network import Network


def seconds_ahead(region: str, endpoint: str, network: Network) -> float:
    """Return by how many seconds this machine's clock is ahead of AWS's.

    Raises:
        AwsUnreachableError: there was no answer, or none with a time on it.
    """
    where = endpoint or f"STS in {region}"
    started = time.time()
    answer = _fetch_answer(where, region, endpoint, network)
    return (started + time.time()) / 2 - read_date(answer, where)


def read_date(answer: Mapping[str, Any], where: str) -> float:
    """Return when AWS gave an answer, in epoch seconds by its own clock; `where` is what answered.

    Raises:
        AwsUnreachableError: there is no time on it.
    """
    try:
        return parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"]).timestamp()
    except (KeyError, TypeError, ValueError):
        raise AwsUnreachableError(f"{where} sent no Date header", "check the network") from None


def _fetch_answer(where: str, region: str, endpoint: str, network: Network) -> Mapping[str, Any]:
    with reach(where):
        try:
            sts = client("sts", region, endpoint, network, None, attempts=1)
            answer: Mapping[str, Any] = sts.get_caller_identity()
        except ClientError as error:
            return error.response
    return answer
