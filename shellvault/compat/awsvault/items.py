"""What aws-vault keeps under one name, whichever store it lies in: JSON with more JSON in base64 in it."""

from __future__ import annotations

import base64
import json
import re

from shellvault.core.model import KeyPair
from shellvault.core.record import Record, Secret
from shellvault.import_sources.import_types import FoundKeyPair

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_NO_KEY_PAIR = re.compile(r"oidc:|session:|.*,.*,[0-9]+\Z|.+ session \([0-9]+\)\Z", re.DOTALL)
"""Names of cached sessions and sign-in tokens, of all its versions."""


class AwsVaultUser(Record):
    """Whose stores are read.

    Args:
        environ: the environment, which may say where the stores are.
        profiles: returns the names of their profiles.
        ask: asks a question whose answer is not shown; None where nobody may be asked.
        notice: tells something that is not an error.
    """

    environ: Mapping[str, str]
    profiles: Callable[[], list[str]]
    ask: Callable[[str], Secret] | None
    notice: Callable[[str], None]


def may_be_key_pair(name: str) -> bool:
    """Say whether an entry of this name is neither a cached session nor a sign-in token."""
    return not _NO_KEY_PAIR.match(name)


def parse_item(raw: bytes | str, name: str, place: str) -> FoundKeyPair | None:
    """Return the key pair in an entry, or None when it holds none; an entry may say its own name."""
    try:
        item = json.loads(raw)
        kept = json.loads(base64.b64decode(item["Data"], validate=True)) if "Data" in item else item
        name = item.get("Key") or name
        pair = KeyPair(kept["AccessKeyID"], Secret(kept["SecretAccessKey"]))
        is_whole = all((isinstance(name, str), pair.access_key_id, pair.secret_access_key))
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    return FoundKeyPair(name, pair, place) if is_whole and not kept.get("SessionToken") else None
