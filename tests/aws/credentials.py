"""Temporary credentials as every action of STS hands them out."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.aws.identities import Credential
    from tests.aws.query import Tree


def for_answer(minted: Credential) -> Tree:
    """Return a session as an answer's Credentials."""
    session = minted.session
    if session is None:
        raise TypeError("only sessions are handed out")
    return {
        "AccessKeyId": minted.access_key_id,
        "SecretAccessKey": minted.secret,
        "SessionToken": session.token,
        "Expiration": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(session.expires_at)),
    }
