"""`add`: stores a key pair under a name, and gives the name a profile."""

from __future__ import annotations

from shellvault.argparser import COMMON, FORCE, Command, Option
from shellvault.awsconfig.config_place import find_writable_config
from shellvault.awsconfig.reader import Config
from shellvault.commands import VERBS
from shellvault.commands.add_key_pair import add_profile, check_key_pair, check_profile_name, store_key_pair
from shellvault.commands.add_questions import ask_key_pair, ask_region, confirm_replacement, refuse_replacement
from shellvault.core.chain.sts_parameters import require_mfa_serial, require_role_arn
from shellvault.core.errors import UsageError
from shellvault.core.text import last4, quote_word
from shellvault.request import Answer
from shellvault.shell.dialects import eval_line
from shellvault.shell.shell_detection import detect_shell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from shellvault.app import App
    from shellvault.argparser import Arguments
    from shellvault.core.model import KeyPair
    from shellvault.settings import Settings
    from shellvault.storage.index import IndexEntry
    from shellvault.ui.user_interface import Ui

COMMAND = Command(
    "add",
    VERBS["add"],
    positionals=("PROFILE",),
    options=(
        Option("--env", "take it from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"),
        Option("--mfa-serial", "write the MFA device's ARN into the profile", value="ARN"),
        Option("--no-config", "leave ~/.aws/config as it is"),
        FORCE.replace(help="replace another key pair, and store one that does not look like AWS's, without asking"),
        *COMMON,
    ),
    details="""\
Asks on the terminal for the access key id and the secret (not shown), and stores them in the vault. You can also paste
both at once: the lines of a credentials file, export lines, or a row of the console's CSV file. Adds
[profile PROFILE] to the AWS config file if it is missing, with the region that you name.

If PROFILE has another key pair, you are asked whether to replace it; --env does so only with --force. The sessions made
with the old one are forgotten.
""",
    offers=("KEYPAIR",),
)

_ID, _SECRET = "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"


def run(app: App, arguments: Arguments) -> Answer:
    """Store the key pair; report anything wrong with it before storing or unlocking anything."""
    name, storage, settings = check_profile_name(arguments.first), app.storage, app.settings
    has_config, force = not arguments.has("--no-config"), arguments.has("--force")
    config_file = find_writable_config(settings) if has_config else ""
    profile = _check_mfa_serial(arguments.get("--mfa-serial"))
    if has_config:
        _check_profile(name, settings)
    old = next((entry for entry in storage.key_pairs().entries() if entry.name == name), None)
    if arguments.has("--env"):
        pair = _read_environment(app.request.environ, force=force)
        if old and not force:
            refuse_replacement(old, pair, storage.key_pairs())
    else:
        if old and not force:
            confirm_replacement(old, app.ui)
        pair = ask_key_pair(app.ui, name, force=force)
        if has_config and not _has_region(name, settings):
            profile |= ask_region(app.ui, name)
    _describe_name(name, app.ui)
    forgotten = store_key_pair(storage, name, pair)
    done = f"{_describe(name, pair, old)} in the {storage.backend_name} vault.\n{forgotten}"
    if has_config:
        done += _write_profile(config_file, name, profile, app.ui)
        shell = detect_shell(app.request.terminal.caller_pid) or ""
        done += f"To use it: {eval_line(shell, f'shellvault env {quote_word(name)}')}\n"
    return Answer(stdout=done)


def _describe(name: str, pair: KeyPair, old: IndexEntry | None) -> str:
    new = last4(pair.access_key_id)
    if old and old.fingerprint != pair.fingerprint:
        return f"Replaced the key pair {last4(old.last4)} of '{name}' by {new}"
    return f"Stored the key pair {new} as '{name}'"


def _describe_name(name: str, ui: Ui) -> None:
    """Tell the user about a name that is easily mistaken for something else."""
    if (word := quote_word(name)) != name:
        ui.notice(f"write this name quoted in a shell: {word}")
    elif name.startswith(("/", "./", "../")) or name in (".", ".."):
        ui.notice(f"'{name}' is taken as a name; no file is meant by it")


def _check_mfa_serial(serial: str) -> dict[str, str]:
    """Return the profile's setting for an MFA device."""
    if serial:
        require_mfa_serial(serial, "--mfa-serial")
    return {"mfa_serial": serial} if serial else {}


def _check_profile(name: str, settings: Settings) -> None:
    """Refuse a profile that could not use the key pair: `env` would fail, for a reason that was there before."""
    found = Config.read(settings.config_file).section(f"profile {name}")
    for key, require in (("mfa_serial", require_mfa_serial), ("role_arn", require_role_arn)):
        if value := found.get(key):
            require(value, f"{key} of profile '{name}'")


def _has_region(name: str, settings: Settings) -> bool:
    """Return whether the profile or the environment names a region."""
    return bool(settings.default_region or Config.read(settings.config_file).section(f"profile {name}").get("region"))


def _write_profile(config_file: str, name: str, settings: Mapping[str, str], ui: Ui) -> str:
    written = add_profile(config_file, name, settings, ui.notice)
    serial = settings.get("mfa_serial")
    if serial and Config.read(config_file).section(f"profile {name}").get("mfa_serial") != serial:
        ui.notice(f"[profile {name}] in {config_file} already has another mfa_serial, which was kept")
    return written


def _read_environment(environ: Mapping[str, str], *, force: bool) -> KeyPair:
    if environ.get("AWS_SESSION_TOKEN"):
        raise UsageError("these are temporary credentials (AWS_SESSION_TOKEN is set)", "store a long-lived access key")
    for name in (_ID, _SECRET):
        if not environ.get(name):
            raise UsageError(f"--env: {name} is not set", "set it, or leave out --env to be asked")
    return check_key_pair(environ[_ID], environ[_SECRET], force=force)
