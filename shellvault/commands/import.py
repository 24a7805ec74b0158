"""`import`: brings key pairs in from where they lie, and removes the plaintext once the vault has them."""  # noqa: N999 - a verb's module bears its name, and is never imported by a statement

from __future__ import annotations

import os

from shellvault.argparser import EVERYWHERE, FORCE, Command, Option
from shellvault.awsconfig import reader
from shellvault.commands import Answer
from shellvault.commands.import_key_pairs import import_key_pairs
from shellvault.core.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.app import App
    from shellvault.argparser import Arguments
    from shellvault.import_sources.import_types import ImportSource

_SOURCES = ("credentials", "csv", "aws-vault")
COMMAND = Command(
    "import",
    "bring key pairs in from ~/.aws/credentials, the console's CSV file, or aws-vault",
    positionals=("[NAME …]",),
    options=(
        Option("--from", "credentials (if left out), csv FILE, or aws-vault", value="SOURCE", further=("csv", "FILE")),
        Option("--scrub", "then remove the plaintext: the lines with the secrets, or the CSV file"),
        FORCE.replace(help="replace other key pairs of the same name, and do not ask before removing"),
        *EVERYWHERE,
    ),
    details="""\
  shellvault import                        every key pair in ~/.aws/credentials and ~/.aws/config
  shellvault import dev ops --scrub        only these, and their secrets are taken out of the files
  shellvault import --from csv FILE dev    the file that the console downloaded, under a name
  shellvault import --from aws-vault       from aws-vault's Secret Service, pass or encrypted files

Each key pair is stored, read back and compared; nothing is removed before, and no copy is left. A profile is added to
the config file where it is missing. A key that lay in plaintext should be replaced afterwards.
""",
)


def run(app: App, arguments: Arguments) -> Answer:
    """Import."""
    source = _source(app, arguments)
    scrub, force = arguments.has("--scrub"), arguments.has("--force")
    return Answer(import_key_pairs(app, source, arguments.positionals, scrub=scrub, force=force))


def _source(app: App, arguments: Arguments) -> ImportSource:
    name = arguments.get("--from") or _SOURCES[0]
    if name not in _SOURCES:
        csv = f"--from csv {name}" if os.path.exists(name) else f"choose one of: {', '.join(_SOURCES)}"
        raise UsageError(f"key pairs cannot be imported from '{name}'", csv)
    if name == "csv":
        from shellvault.import_sources.console_csv import ConsoleCsv

        return ConsoleCsv(arguments.get("--from csv"))
    if name == "aws-vault":
        return _aws_vault(app)
    from shellvault.import_sources.aws_files import AwsFiles, credentials_path

    return AwsFiles(credentials_path(app.environ), reader.path(app.environ))


def _aws_vault(app: App) -> ImportSource:
    from functools import partial

    from shellvault.compat.awsvault.stores import AwsVaultKeyPairs

    ask = partial(app.ask, hidden=True) if app.may_ask else None
    return AwsVaultKeyPairs(app.environ, app.config.names, ask, app.notice)
