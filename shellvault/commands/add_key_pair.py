"""Keeps a key pair under a name, for `add` and `import`: what passes for one, and the profile that goes with it."""

from __future__ import annotations

from shellvault.core.errors import ShellvaultError, UsageError
from shellvault.core.model import KeyPair
from shellvault.core.record import Secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from shellvault.app import App

_ID_LENGTHS = range(16, 129)  # AWS, IAM API reference: AccessKey.AccessKeyId
_NOT_IN_NAMES = "[]'\"\\"


def store_key_pair(app: App, name: str, pair: KeyPair) -> str:
    """Store a key pair, forget the sessions of the one before it, and return what to tell of that."""
    app.keypairs().store(name, pair)
    forgotten = app.forget_sessions(lambda note: note.key_name == name)
    return f"Forgot {forgotten} made from the one before.\n" if forgotten else ""


def add_profile(app: App, name: str, settings: Mapping[str, str]) -> str:
    """Add [profile NAME], or the settings that it lacks, to the config file, and return what to tell of that.

    Raises:
        ShellvaultError: the file could not be written; it says that the key pair is stored all the same.
    """
    from shellvault.awsconfig import reader
    from shellvault.awsconfig.document import profile_header, put_profile

    path = reader.path(app.environ)
    try:
        written = put_profile(path, name, settings)
    except ShellvaultError as error:
        raise type(error)(f"the key pair is stored as '{name}', but {error.message}", error.hint) from error
    return f"Wrote {profile_header(name)} to {path}.\n" if written else ""


def check_key_id(key_id: str) -> str:
    """Return an access key id, or refuse it."""
    if key_id.startswith("ASIA"):
        raise UsageError("that is the id of temporary credentials (ASIA…)", "store a long-lived access key (AKIA…)")
    if len(key_id) not in _ID_LENGTHS or not key_id.isascii() or not key_id.replace("_", "").isalnum():
        raise UsageError("that is not an access key id", "it is the one that begins with AKIA, 20 characters long")
    return key_id


def check_key_pair(key_id: str, secret: str) -> KeyPair:
    """Return a key pair, or refuse it."""
    if not secret or not secret.isascii() or not secret.isprintable() or " " in secret:
        raise UsageError("that is not a secret access key", "it is 40 characters long, without spaces")
    return KeyPair(check_key_id(key_id), Secret(secret))


def check_profile_name(name: str) -> str:
    """Return a name that a profile may have, or refuse it."""
    if not name.strip() or name != name.strip() or not name.isprintable() or name.startswith("-"):
        raise UsageError(f"{name!r} is not a name for a profile", "choose a word, such as dev")
    if any(character in _NOT_IN_NAMES for character in name):
        raise UsageError(f"a profile's name holds none of {_NOT_IN_NAMES}", "choose a word, such as dev")
    return name
