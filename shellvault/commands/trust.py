"""`trust`: remembers that a file may name programs, endpoints and certificates for credentials."""

from __future__ import annotations

from shellvault.argparser import COMMON, Command, Option
from shellvault.awsconfig.config_powers import is_own_config
from shellvault.commands import VERBS
from shellvault.core.errors import UsageError
from shellvault.core.text import sanitize
from shellvault.request import Answer
from shellvault.storage.trusted_files import CONFIG, TrustedFiles, look_at_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.app import App
    from shellvault.argparser import Arguments
    from shellvault.settings import Settings
    from shellvault.storage.trusted_files import TrustedFile

COMMAND = Command(
    "trust",
    VERBS["trust"],
    positionals=("[FILE]",),
    options=(Option("--remove", "trust the file no longer"), *COMMON),
    details="""\
  shellvault trust ./aws/config       a config file other than ~/.aws/config
  shellvault trust ~/corp-ca.pem      certificates that AWS_CA_BUNDLE or REQUESTS_CA_BUNDLE names
  shellvault trust                    list the trusted files

A file is trusted by its path and content, until it changes. In a config file, only settings that name programs,
endpoints or certificates count; you may change the rest.
""",
)


def run(app: App, arguments: Arguments) -> Answer:
    """Trust a file, trust it no longer, or list the trusted ones."""
    _ = app.storage  # refused if others may write to the home
    trusted, word = TrustedFiles(app.settings), arguments.first
    if not word:
        if arguments.has("--remove"):
            raise UsageError("no file given", "shellvault trust --remove FILE; shellvault trust lists them")
        return Answer(stdout="".join(map(_describe, trusted.entries())) or "No file is trusted.\n")
    path = app.settings.expand(word)
    return Answer(stdout=_remove(trusted, path) if arguments.has("--remove") else _trust(trusted, path, app.settings))


def _trust(trusted: TrustedFiles, path: str, settings: Settings) -> str:
    file, content = look_at_file(path)
    if file.kind == CONFIG and is_own_config(path, settings):
        return f"{sanitize(path)} needs no trust: it is your own config file.\n"
    if not content:
        return f"{sanitize(path)} needs no trust: it names no program, endpoint or certificates.\n"
    trusted.put(file)
    names = "".join(f"  {sanitize(line)}\n" for line in content)
    return f"Trusted {sanitize(path)}, as long as it has:\n{names}"


def _remove(trusted: TrustedFiles, path: str) -> str:
    if path not in [each.path for each in trusted.entries()]:
        raise UsageError(f"{path} was not trusted", "shellvault trust lists the trusted files")
    trusted.drop(path)
    return f"{sanitize(path)} is no longer trusted.\n"


def _describe(file: TrustedFile) -> str:
    """Return a line of the list."""
    what = "config file" if file.kind == CONFIG else "certificates"
    try:
        now = "" if look_at_file(file.path)[0] == file else ", changed since: not trusted"
    except UsageError as error:
        now = f", not used: {error.message}"
    return f"{sanitize(file.path)}  ({what}{sanitize(now)})\n"
