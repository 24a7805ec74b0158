"""Temporary credentials, as rendered by every STS action."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.aws.identities import Credential
    from tests.aws.query import Tree


def render_credentials(credential: Credential) -> Tree:
    """Return the Credentials element of a response."""
    session = credential.session
    if session is None:
        raise TypeError("a long-lived key has no session")
    return {
        "AccessKeyId": credential.access_key_id,
        "SecretAccessKey": credential.secret,
        "SessionToken": session.token,
        "Expiration": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(session.expires_at)),
    }
