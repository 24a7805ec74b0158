"""What aws-vault stores under one name, in any of its backends: JSON, with more JSON in base64 inside."""

from __future__ import annotations

import base64
import json
import re

from shellvault.core.model import KeyPair
from shellvault.core.record import Record, Secret
from shellvault.import_sources.import_types import FoundKeyPair
from shellvault.system.paths import expand

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_NO_KEY_PAIR = re.compile(r"oidc:|session:|.*,.*,[0-9]+\Z|.+ session \([0-9]+\)\Z", re.DOTALL)
"""Names of cached sessions and sign-in tokens, of all its versions."""


class AwsVaultUser(Record):
    """Whose stores are read.

    Attributes:
        environ: the environment, which may say where the stores are.
        cwd: the folder that relative paths start from.
        has_display: whether a window can be shown.
        profiles: returns the names of the user's profiles.
        ask: asks a question whose answer is not shown; None where nobody may be asked.
        notice: tells the user something that is not an error.
    """

    environ: Mapping[str, str]
    cwd: str
    has_display: bool
    profiles: Callable[[], list[str]]
    ask: Callable[[str], Secret] | None
    notice: Callable[[str], None]

    def path(self, variable: str, default: str) -> str:
        """Return the path that a variable names, or the default, as an absolute one."""
        return expand(self.environ.get(variable) or default, self.environ, self.cwd)


def may_be_key_pair(name: str) -> bool:
    """Return whether an entry with this name is neither a cached session nor a sign-in token."""
    return not _NO_KEY_PAIR.match(name)


def parse_item(raw: bytes | str, name: str, place: str) -> FoundKeyPair | None:
    """Return the key pair in an entry, or None where there is none; an entry may contain its own name."""
    try:
        item = json.loads(raw)
        data = json.loads(base64.b64decode(item["Data"], validate=True)) if "Data" in item else item
        name = item.get("Key") or name
        pair = KeyPair(data["AccessKeyID"], Secret(data["SecretAccessKey"]))
        is_complete = all((isinstance(name, str), pair.access_key_id, pair.secret_access_key))
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    return FoundKeyPair(name, pair, place) if is_complete and not data.get("SessionToken") else None
