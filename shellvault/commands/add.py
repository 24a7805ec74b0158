"""`add`: stores a key pair under a name, and gives the name a profile."""

from __future__ import annotations

from shellvault.argparser import EVERYWHERE, Command, Option
from shellvault.awsconfig import reader
from shellvault.commands import Answer
from shellvault.commands.add_key_pair import (
    add_profile,
    check_key_id,
    check_key_pair,
    check_profile_name,
    store_key_pair,
)
from shellvault.core.errors import UsageError
from shellvault.core.text import last4

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.app import App
    from shellvault.argparser import Arguments
    from shellvault.core.model import KeyPair

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


def run(app: App, arguments: Arguments) -> Answer:
    """Store the pair."""
    name, vault = (
        check_profile_name(arguments.first),
        app.backend_name,
    )  # what is wrong is told before anything is asked for
    pair = _from_environment(app) if arguments.has("--env") else _asked(app, name)
    forgotten = store_key_pair(app, name, pair)
    written = "" if arguments.has("--no-config") else _profile(app, name, arguments.get("--mfa-serial"))
    return Answer(
        f"Stored the key pair {last4(pair.access_key_id)} as '{name}' in the {vault} vault.\n" + forgotten + written
    )


def _profile(app: App, name: str, mfa_serial: str) -> str:
    written = add_profile(app, name, {"mfa_serial": mfa_serial} if mfa_serial else {})
    if mfa_serial and app.config.section(f"profile {name}").get("mfa_serial") != mfa_serial:
        app.notice(f"[profile {name}] in {reader.path(app.environ)} names another mfa_serial, which was kept")
    return written


def _from_environment(app: App) -> KeyPair:
    if app.environ.get("AWS_SESSION_TOKEN"):
        raise UsageError("these are temporary credentials (AWS_SESSION_TOKEN is set)", "store a long-lived access key")
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    for name in names:
        if not app.environ.get(name):
            raise UsageError(f"--env: {name} is not set", "set it, or leave out --env to be asked")
    return check_key_pair(app.environ[names[0]], app.environ[names[1]])


def _asked(app: App, name: str) -> KeyPair:
    key_id = check_key_id(app.ask(f"Access key ID for {name}: ").strip())  # before the secret is asked for
    return check_key_pair(key_id, app.ask("Secret access key (not shown): ", hidden=True).strip())
