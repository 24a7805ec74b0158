"""`add`: stores a key pair under a name, and gives the name a profile."""

from __future__ import annotations

from shellvault.argparser import COMMON, Command, Option
from shellvault.awsconfig.reader import Config
from shellvault.commands.add_key_pair import (
    add_profile,
    check_key_pair,
    check_profile_name,
    store_key_pair,
)
from shellvault.core.errors import UsageError
from shellvault.core.text import last4
from shellvault.request import Answer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from shellvault.app import App
    from shellvault.argparser import Arguments
    from shellvault.core.model import KeyPair
    from shellvault.ui.user_interface import Ui

COMMAND = Command(
    "add",
    "store a key pair under a name",
    positionals=("PROFILE",),
    options=(
        Option("--env", "take it from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"),
        Option("--mfa-serial", "write the MFA device's ARN into the profile", value="ARN"),
        Option("--no-config", "leave ~/.aws/config as it is"),
        *COMMON,
    ),
    details="""\
Asks on the terminal for the access key id and the secret (not shown), and stores them in the vault. You can also paste
both at once: the lines of a credentials file, export lines, or a row of the console's CSV file. Adds
[profile PROFILE] to the AWS config file if it is missing. A key pair with the same name is replaced, and the sessions
made with it are forgotten.
""",
)

_ID, _SECRET = "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"


def run(app: App, arguments: Arguments) -> Answer:
    """Store the key pair."""
    name = check_profile_name(arguments.first)
    vault = app.storage.backend_name  # a wrong name or vault is reported before anything is asked
    if not arguments.has("--no-config"):
        Config.read(app.settings.config_file)  # so is a broken file
    pair = _read_environment(app.request.environ) if arguments.has("--env") else _ask(app.ui, name)
    forgotten = store_key_pair(app.storage, name, pair)
    written = ""
    if not arguments.has("--no-config"):
        written = _write_profile(app.settings.config_file, name, arguments.get("--mfa-serial"), app.ui)
    stored = f"Stored the key pair {last4(pair.access_key_id)} as '{name}' in the {vault} vault.\n"
    return Answer(stdout=stored + forgotten + written)


def _write_profile(config_file: str, name: str, mfa_serial: str, ui: Ui) -> str:
    written = add_profile(config_file, name, {"mfa_serial": mfa_serial} if mfa_serial else {})
    if mfa_serial and Config.read(config_file).section(f"profile {name}").get("mfa_serial") != mfa_serial:
        ui.notice(f"[profile {name}] in {config_file} already has another mfa_serial, which was kept")
    return written


def _read_environment(environ: Mapping[str, str]) -> KeyPair:
    if environ.get("AWS_SESSION_TOKEN"):
        raise UsageError("these are temporary credentials (AWS_SESSION_TOKEN is set)", "store a long-lived access key")
    for name in (_ID, _SECRET):
        if not environ.get(name):
            raise UsageError(f"--env: {name} is not set", "set it, or leave out --env to be asked")
    return check_key_pair(environ[_ID], environ[_SECRET])


def _ask(ui: Ui, name: str) -> KeyPair:
    from shellvault.commands.add_pasted import read_key_pair

    return ui.converse_hidden(lambda ask: read_key_pair(ask, name))
