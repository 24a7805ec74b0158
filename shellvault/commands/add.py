"""`add`: stores a key pair under a name, and gives the name a profile."""

from __future__ import annotations

from shellvault.commands import Result
from shellvault.errors import ShellvaultError, UsageError
from shellvault.grammar import EVERYWHERE, Command, Option
from shellvault.model import KeyPair
from shellvault.record import Secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.app import App
    from shellvault.grammar import Arguments

COMMAND = Command(
    "add",
    "store a key pair under a name",
    positionals=("PROFILE",),
    options=(
        Option("--env", "take it from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"),
        Option("--mfa-serial", "write the MFA device's ARN into the profile", value="ARN"),
        Option("--no-config", "leave ~/.aws/config as it is"),
        *EVERYWHERE,
    ),
    details="""\
Asks for the access key id and the secret (not shown) on the terminal, and keeps them in the vault. Adds
[profile PROFILE] to the AWS config file where it is missing. A key pair of the same name is replaced, and the
sessions made from it are forgotten.
""",
)

_ID_LENGTHS = range(16, 129)  # AWS, IAM API reference: AccessKey.AccessKeyId
_NOT_IN_NAMES = "[]'\"\\"


def run(app: App, arguments: Arguments) -> Result:
    """Store the pair."""
    name = _checked_name(arguments.first)
    pair = _from_environment(app) if arguments.has("--env") else _asked(app, name)
    app.keypairs().store(name, pair)
    forgotten = app.forget_sessions(lambda note: note.key_name == name)
    written = "" if arguments.has("--no-config") else _profile(app, name, arguments.get("--mfa-serial"))
    text = f"Stored the key pair …{pair.access_key_id[-4:]} as '{name}' in the {app.backend_name} vault.\n"
    if forgotten:
        text += f"Forgot {forgotten} made from the one before.\n"
    return Result(text + written)


def _profile(app: App, name: str, mfa_serial: str) -> str:
    from shellvault import config
    from shellvault.stores.configwriter import put_profile

    path = config.path(app.environ)
    try:
        written = put_profile(path, name, {"mfa_serial": mfa_serial} if mfa_serial else {})
    except ShellvaultError as error:
        raise type(error)(f"the key pair is stored as '{name}', but {error.message}", error.hint) from error
    if mfa_serial and app.config.section(f"profile {name}").get("mfa_serial") != mfa_serial:
        app.notice(f"[profile {name}] in {path} names another mfa_serial, which was kept")
    return f"Wrote [profile {name}] to {path}.\n" if written else ""


def _from_environment(app: App) -> KeyPair:
    if app.environ.get("AWS_SESSION_TOKEN"):
        raise UsageError("these are temporary credentials (AWS_SESSION_TOKEN is set)", "store a long-lived access key")
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    for name in names:
        if not app.environ.get(name):
            raise UsageError(f"--env: {name} is not set", "set it, or leave out --env to be asked")
    return _checked(app.environ[names[0]], app.environ[names[1]])


def _asked(app: App, name: str) -> KeyPair:
    key_id = _checked_id(app.ask(f"Access key ID for {name}: ").strip())  # before the secret is asked for
    return _checked(key_id, app.ask("Secret access key (not shown): ", hidden=True).strip())


def _checked_id(key_id: str) -> str:
    if key_id.startswith("ASIA"):
        raise UsageError("that is the id of temporary credentials (ASIA…)", "store a long-lived access key (AKIA…)")
    if len(key_id) not in _ID_LENGTHS or not key_id.isascii() or not key_id.replace("_", "").isalnum():
        raise UsageError("that is not an access key id", "it is the one that begins with AKIA, 20 characters long")
    return key_id


def _checked(key_id: str, secret: str) -> KeyPair:
    if not secret or not secret.isascii() or not secret.isprintable() or " " in secret:
        raise UsageError("that is not a secret access key", "it is 40 characters long, without spaces")
    return KeyPair(_checked_id(key_id), Secret(secret))


def _checked_name(name: str) -> str:
    if not name.strip() or name != name.strip() or not name.isprintable() or name.startswith("-"):
        raise UsageError(f"{name!r} is not a name for a profile", "choose a word, such as dev")
    if any(character in _NOT_IN_NAMES for character in name):
        raise UsageError(f"a profile's name holds none of {_NOT_IN_NAMES}", "choose a word, such as dev")
    return name
