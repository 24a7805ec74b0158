"""The AWS CLI's cached sign-in to IAM Identity Center: its access token is used while it lasts; nothing is written."""

from __future__ import annotations

import hashlib
import json
import os
import time
from typing import TYPE_CHECKING

from botocore.utils import parse_timestamp

from shellvault.aws import credential_parsing
from shellvault.core.chain.identity_center import portal_url
from shellvault.core.errors import AwsUnreachableError
from shellvault.core.model import MARGIN, Session
from shellvault.system.atomic_file import read_bytes

if TYPE_CHECKING:
    from shellvault.core.chain.sso_links import SignIn

_LARGEST = 1 << 20  # bytes


def read_access_token(link: SignIn, home: str) -> Session | None:
    """Return the AWS CLI's access token for the same sign-in, if it is valid for longer than the margin.

    `home` is the user's home folder, under which the AWS CLI keeps it in plaintext.
    """
    key = link.sso_session or link.spelled_url or link.start_url
    name = hashlib.sha1(key.encode(), usedforsecurity=False).hexdigest()
    path = os.path.join(home, ".aws", "sso", "cache", f"{name}.json")
    try:
        cached = json.loads(read_bytes(path, limit=_LARGEST))
        if (portal_url(cached["startUrl"]), cached["region"].lower()) != (link.start_url, link.region):
            return None
        end = int(parse_timestamp(cached["expiresAt"]).timestamp())
        session = credential_parsing.parse_session(cached, "", "", "accessToken", end)
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        OverflowError,
        RecursionError,
        AwsUnreachableError,
    ):
        return None
    return session if session.session_token and end - time.time() > MARGIN else None
