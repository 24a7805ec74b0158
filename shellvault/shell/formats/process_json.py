"""The JSON that the SDKs' "process credential provider" reads, without the import cost of the `json` module."""

from __future__ import annotations

from shellvault.core.record import Secret

try:  # the function behind json.dumps
    from _json import encode_basestring_ascii as _encode
except ImportError:  # pragma: no cover - CPython always has it
    from json import dumps as _encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.shell.formats.exported import Exported

_FIELDS = {
    "AWS_ACCESS_KEY_ID": "AccessKeyId",
    "AWS_SECRET_ACCESS_KEY": "SecretAccessKey",
    "AWS_SESSION_TOKEN": "SessionToken",
    "AWS_CREDENTIAL_EXPIRATION": "Expiration",
    "AWS_ACCOUNT_ID": "AccountId",
}


def quote(value: str) -> str:
    """Return a value as a JSON string of ASCII characters."""
    return _encode(value)


def render(exported: Exported) -> Secret:
    """Return one document of version 1."""
    given = {field: exported.variables.get(name) for name, field in _FIELDS.items()}
    lines = [f"  {quote(field)}: {quote(value)}" for field, value in given.items() if value is not None]
    return Secret(",\n".join(('{\n  "Version": 1', *lines)) + "\n}\n")
