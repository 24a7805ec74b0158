"""Asks AWS STS what time it is: a call without credentials, which is refused with the time on it."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from shellvault.aws.client import NO_ANSWER, client
from shellvault.core.errors import AwsUnreachableError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


def seconds_ahead(region: str, endpoint: str, ca_bundle: str) -> float:
    """Return by how many seconds this machine's clock is ahead of AWS's.

    Raises:
        AwsUnreachableError: there was no answer, or none with a time on it.
    """
    where = endpoint or f"STS in {region}"
    started = time.time()
    try:
        answer = _answer(region, endpoint, ca_bundle)
    except NO_ANSWER as error:
        raise AwsUnreachableError(
            f"{where} could not be reached ({type(error).__name__})", "check the network, and AWS_CA_BUNDLE"
        ) from None
    try:
        theirs = parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"]).timestamp()
    except (KeyError, TypeError, ValueError):
        raise AwsUnreachableError(f"{where} does not say what time it is", "check the network") from None
    return (started + time.time()) / 2 - theirs


def _answer(region: str, endpoint: str, ca_bundle: str) -> Mapping[str, Any]:
    try:
        answer: Mapping[str, Any] = client("sts", region, endpoint, ca_bundle, None, attempts=1).get_caller_identity()
    except ClientError as error:
        return error.response
    return answer
