"""Key pairs and tokens that lie where other programs can read them: the AWS files, the environment, shell files."""

from __future__ import annotations

import glob
import os
import stat
from shlex import quote

from shellvault.awsconfig import reader
from shellvault.awsconfig.plaintext_keys import SECRET, find_sections
from shellvault.core import environment
from shellvault.core.errors import UsageError
from shellvault.core.text import last4
from shellvault.doctor import BAD, NOTE, OK, Finding
from shellvault.import_sources.aws_files import AwsFiles, credentials_path
from shellvault.system.atomic_file import read_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from shellvault.app import App

SHELL_FILES = (
    "~/.bashrc", "~/.bash_profile", "~/.bash_login", "~/.profile", "~/.zshrc", "~/.zshenv", "~/.zprofile", "~/.envrc",
    "~/.config/fish/config.fish",
)  # fmt: skip
_LARGEST = 1 << 20  # bytes; no file with keys comes near


def look(app: App) -> Iterator[Finding]:
    """Look for key pairs first, then for what ends by itself, then for the files' rights."""
    environ = app.environ
    bad = [*_files(environ), *_copies(environ), *_environment(environ), *_shell_files()]
    yield from bad or [Finding(OK, "no key pair lies in plaintext in the AWS files, this shell, or its files")]
    yield from _caches()
    yield from _rights(environ)


def _bad(what: str, mend: str) -> Finding:
    return Finding(BAD, what, mend, UsageError.status)


def _files(environ: Mapping[str, str]) -> Iterator[Finding]:
    try:
        found = AwsFiles(credentials_path(environ), reader.path(environ)).find(()).found
    except UsageError as error:
        yield Finding(BAD, error.message, error.hint, error.status)
        return
    for item in found:
        what = f"the key pair {last4(item.pair.access_key_id)} of '{item.name}' lies in plaintext in {item.place}"
        yield _bad(what, f"shellvault import {quote(item.name)} --scrub")


def _copies(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Look at what else lies in the AWS folder: editors and people leave copies there."""
    known = {os.path.realpath(path) for path in (credentials_path(environ), reader.path(environ))}
    folder = glob.escape(os.path.expanduser("~/.aws"))
    for path in sorted(glob.glob(f"{folder}/*") + glob.glob(f"{folder}/.*")):
        if os.path.realpath(path) in known:
            continue
        text = "\n".join(text_lines(path))
        if any(section.pair for section in find_sections(text)):
            mend = f"AWS_SHARED_CREDENTIALS_FILE={quote(path)} shellvault import --scrub"
            yield _bad(f"{path} has key pairs in plaintext", mend)
        elif "secret access key" in text.lower():
            yield _bad(f"{path} has key pairs in plaintext", f"shellvault import --from csv {quote(path)} NAME --scrub")


def _environment(environ: Mapping[str, str]) -> Iterator[Finding]:
    key_id = environ.get("AWS_ACCESS_KEY_ID", "")
    ours = environment.PROFILE in environ and environment.is_ours(environ)
    if key_id.startswith("AKIA") and not environ.get("AWS_SESSION_TOKEN") and not ours:
        yield _bad(
            f"the key pair {last4(key_id)} is in this shell's environment (AWS_ACCESS_KEY_ID)",
            "shellvault add NAME --env, then unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY",
        )


def _shell_files() -> Iterator[Finding]:
    for path in map(os.path.expanduser, SHELL_FILES):
        for number, line in enumerate(text_lines(path), 1):
            if _sets_secret(line):
                yield _bad(
                    f"line {number} of {path} sets {SECRET.upper()}", "shellvault add NAME, then take the line out"
                )


def text_lines(path: str) -> list[str]:
    """Return the lines of a file, none where it cannot be read: a pipe would keep us waiting."""
    try:
        usual = os.path.isfile(path) and os.path.getsize(path) <= _LARGEST
        return read_text(path).split("\n") if usual else []
    except (OSError, UsageError):  # OSError: it went between the two looks
        return []


def _sets_secret(line: str) -> bool:
    words = line.replace("=", " ").split()
    name = SECRET.upper()
    if line.lstrip().startswith("#") or name not in words[:-1]:
        return False
    value = words[words.index(name) + 1].strip("'\"")
    return bool(value) and value[0] not in "$`("


def _caches() -> Iterator[Finding]:
    """Name the AWS CLI's caches, which end by themselves."""
    if many := len(glob.glob(os.path.expanduser("~/.aws/sso/cache/*.json"))):
        what = f"the AWS CLI keeps sign-in tokens in plaintext ({many} in ~/.aws/sso/cache)"
        yield Finding(NOTE, what, "aws sso logout")
    if many := len(glob.glob(os.path.expanduser("~/.aws/cli/cache/*.json"))):
        what = f"the AWS CLI keeps sessions in plaintext ({many} in ~/.aws/cli/cache)"
        yield Finding(NOTE, what, "rm -r ~/.aws/cli/cache")


def _rights(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Look at who else may read secrets, or write what programs are started from (credential_process)."""
    for path, forbidden, mend in (
        (os.path.expanduser("~/.aws"), 0o022, "go-w"),
        (reader.path(environ), 0o022, "go-w"),
        (credentials_path(environ), 0o077, "600"),
    ):
        try:
            found = os.stat(path)
        except OSError:
            continue
        if stat.S_ISCHR(found.st_mode) or not (mode := stat.S_IMODE(found.st_mode)) & forbidden:
            continue
        verb = "write" if mode & 0o022 else "read"
        yield Finding(NOTE, f"others may {verb} {path} (mode {mode:o})", f"chmod {mend} {quote(path)}")
