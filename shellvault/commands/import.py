"""`import`: brings in key pairs from other places, and removes the plaintext once the vault has them."""  # noqa: N999 - a verb's module bears its name, and is never imported by a statement

from __future__ import annotations

import os

from shellvault.argparser import COMMON, FORCE, Command, Option
from shellvault.awsconfig.config_place import find_writable_config
from shellvault.awsconfig.reader import Config
from shellvault.commands import VERBS
from shellvault.commands.import_key_pairs import KeyPairImporter, import_key_pairs
from shellvault.core.errors import UsageError
from shellvault.core.text import quote_word
from shellvault.request import Answer
from shellvault.system.paths import expand

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.app import App
    from shellvault.argparser import Arguments
    from shellvault.import_sources.import_types import ImportSource
    from shellvault.settings import Settings
    from shellvault.ui.user_interface import Ui

_SOURCES = ("credentials", "csv", "aws-vault")
COMMAND = Command(
    "import",
    VERBS["import"],
    positionals=("[NAME …]",),
    options=(
        Option(
            "--from",
            "credentials (the default), csv FILE, or aws-vault",
            value="SOURCE",
            further=("csv", "FILE"),
            offers="|".join(_SOURCES),
        ),
        Option("--scrub", "then remove the plaintext: the lines with the secrets, or the CSV file"),
        FORCE.replace(help="replace other key pairs with the same name, and remove plaintext without asking"),
        *COMMON,
    ),
    details="""\
  shellvault import                        every key pair in ~/.aws/credentials and ~/.aws/config
  shellvault import dev ops --scrub        only these two, and remove their secrets from the files
  shellvault import --from csv FILE dev    the file that the console downloaded, under the name dev
  shellvault import --from aws-vault       from aws-vault's Secret Service, pass or encrypted files

Each key pair is stored, read back and compared. Plaintext is removed only after that, and no copy is left. A profile is
added to the config file if it is missing. Replace a key that was in plaintext afterwards: shellvault rotate.
""",
)


def run(app: App, arguments: Arguments) -> Answer:
    """Import the key pairs."""
    settings, scrub, force = app.settings, arguments.has("--scrub"), arguments.has("--force")
    kind = arguments.get("--from") or _SOURCES[0]
    if kind == "aws-vault":
        source = _open_aws_vault(settings, app.ui)
    else:
        source = _open_file(kind, arguments.get("--from csv"), settings)
    config_file, has_region = find_writable_config(settings), bool(settings.default_region)
    importer = KeyPairImporter(app.storage, config_file, force=force, has_region=has_region)
    done = import_key_pairs(source, arguments.positionals, importer, app.ui, scrub=scrub, force=force)
    return Answer(stdout=done)


def _open_file(kind: str, csv_file: str, settings: Settings) -> ImportSource:
    if kind == "credentials":
        from shellvault.import_sources.aws_files import AwsFiles

        return AwsFiles(settings.credentials_file, settings.config_file)
    if kind == "csv":
        from shellvault.import_sources.console_csv import ConsoleCsv

        return ConsoleCsv(expand(csv_file, settings.environ, settings.cwd), csv_file)
    is_file = os.path.exists(expand(kind, settings.environ, settings.cwd))
    hint = f"--from csv {quote_word(kind)}" if is_file else f"choose one of: {', '.join(_SOURCES)}"
    raise UsageError(f"cannot import from '{kind}'", hint)


def _open_aws_vault(settings: Settings, ui: Ui) -> ImportSource:
    from shellvault.compat.awsvault.items import AwsVaultUser
    from shellvault.compat.awsvault.stores import AwsVaultKeyPairs

    ask = ui.ask_hidden if ui.may_ask else None
    names = Config.read(settings.config_file).names
    return AwsVaultKeyPairs(AwsVaultUser(settings.environ, settings.cwd, settings.has_display, names, ask, ui.notice))
