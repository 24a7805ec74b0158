"""Exports for these tests: realistic AWS credentials, and values that could break a format."""

from __future__ import annotations

import os
import string
from typing import TYPE_CHECKING

from shellvault.shell.formats.exported import Exported

if TYPE_CHECKING:
    from collections.abc import Sequence

KEY = "ASIAIOSFODNN7EXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
TOKEN = "IQoJb3JpZ2luX2VjEAIaCWV1LXdlc3QtMSJHMEUC+/" * 20 + "=="
EXPIRY = "2030-01-02T03:04:05Z"
ACCOUNT = "111122223333"
PLAIN = string.ascii_letters + string.digits + "+/=-_.:"


def make_export(profile: str = "dev", secret: str = SECRET, token: str | None = TOKEN) -> Exported:
    """Return credentials, without an expiry if there is no token."""
    variables = {
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": secret,
        "AWS_SESSION_TOKEN": token,
        "AWS_CREDENTIAL_EXPIRATION": EXPIRY if token else None,
        "AWS_ACCOUNT_ID": ACCOUNT if token else None,
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
    }
    return Exported(profile, variables)


def number_values(values: Sequence[bytes]) -> Exported:
    """Return variables V0, V1, … that hold these bytes."""
    return Exported("dev", {f"V{number}": os.fsdecode(value) for number, value in enumerate(values)})


def extract_values(environ: dict[bytes, bytes]) -> list[bytes]:
    """Return the values of V0, V1, … in an environment."""
    return [environ[name] for number in range(len(environ)) if (name := b"V%d" % number) in environ]
