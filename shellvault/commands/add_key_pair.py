"""Stores a key pair under a name, for `add` and `import`: checks it, and adds the profile that goes with it."""

from __future__ import annotations

from shellvault.core.errors import ShellvaultError, UsageError
from shellvault.core.model import KeyPair
from shellvault.core.record import Secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from shellvault.storage.opener import Storage

ID_LENGTH, SECRET_LENGTH = 20, 40  # characters in AWS's own
_LONGEST_ID = 128  # AWS, IAM API reference: AccessKey.AccessKeyId
_ANYWAY = "--force stores it all the same"
_NOT_IN_NAMES = "[]'\"\\"
_NAME_HINT = "choose a word, such as dev"


def store_key_pair(storage: Storage, name: str, pair: KeyPair) -> str:
    """Store a key pair, forget the sessions of the previous one, and return a sentence about those, if any."""
    storage.key_pairs().store(name, pair)
    forgotten = storage.forget_sessions(lambda note: note.key_name == name)
    return f"Forgot {forgotten} made with the previous key pair.\n" if forgotten else ""


def add_profile(
    config_file: str, name: str, settings: Mapping[str, str], notice: Callable[[str], None] | None = None
) -> str:
    """Add [profile NAME], or the settings that it lacks, and return a sentence about it; empty if nothing was missing.

    `notice` tells the user what we are waiting for.

    Raises:
        ShellvaultError: the file could not be written; the message says that the key pair is stored anyway.
    """
    from shellvault.awsconfig.config_editor import put_profile
    from shellvault.awsconfig.document import profile_header

    try:
        written = put_profile(config_file, name, settings, notice)
    except ShellvaultError as error:
        raise type(error)(f"the key pair is stored as '{name}', but {error.message}", error.hint) from error
    return f"Wrote {profile_header(name)} to {config_file}.\n" if written else ""


def check_key_id(key_id: str, *, force: bool = False) -> str:
    """Return an access key id; `force` also allows one that does not look like AWS's, such as LocalStack's `test`.

    Raises:
        UsageError: it is not an access key id, or it belongs to temporary credentials.
    """
    if key_id.startswith("ASIA"):
        raise UsageError("that is the ID of temporary credentials (ASIA…)", "store a long-lived access key (AKIA…)")
    if not key_id.isascii() or not key_id.replace("_", "").isalnum() or len(key_id) > _LONGEST_ID:
        raise UsageError("that is not an access key ID", f"those begin with AKIA and have {ID_LENGTH} characters")
    if not force and (fault := _find_fault(key_id)):
        raise UsageError(f"that is not an AWS access key ID: {fault}", f"copy it again, or {_ANYWAY}")
    return key_id


def _find_fault(key_id: str) -> str:
    """Describe how an id differs from AWS's own."""
    if not key_id.upper().startswith("AKIA"):
        return "those begin with AKIA"
    if len(key_id) != ID_LENGTH:
        return f"it has {len(key_id)} characters instead of {ID_LENGTH}"
    return "" if key_id.isupper() and "_" not in key_id else "those have only capital letters and digits"


def is_secret(text: str) -> bool:
    """Return whether a text looks like one of AWS's secrets."""
    return len(text) == SECRET_LENGTH and text.isascii() and text.isprintable() and " " not in text


def check_key_pair(key_id: str, secret: str, *, force: bool = False) -> KeyPair:
    """Return a key pair; for `force` see `check_key_id`.

    Raises:
        UsageError: the id or the secret is malformed.
    """
    check_key_id(key_id, force=force)
    if not secret.isascii() or not secret.isprintable() or not secret or " " in secret:
        raise UsageError("that is not a secret access key", f"those have {SECRET_LENGTH} characters and no spaces")
    if not force and secret == key_id:
        raise UsageError("that is not a secret access key: it is the ID again", f"copy the secret, or {_ANYWAY}")
    if not force and not is_secret(secret):
        fault = f"it has {len(secret)} characters instead of {SECRET_LENGTH}"
        raise UsageError(f"that is not an AWS secret access key: {fault}", f"copy it again, or {_ANYWAY}")
    return KeyPair(key_id, Secret(secret))


def check_profile_name(name: str) -> str:
    """Return a name that a profile may have.

    Raises:
        UsageError: it could not be typed, or other tools could not read it in a config file.
    """
    if not name.strip() or name != name.strip() or not name.isprintable() or name.startswith("-"):
        raise UsageError(f"{name!r} cannot be a profile name", _NAME_HINT)
    if any(character in _NOT_IN_NAMES for character in name):
        raise UsageError(f"a profile name cannot contain any of {_NOT_IN_NAMES}", _NAME_HINT)
    return name
