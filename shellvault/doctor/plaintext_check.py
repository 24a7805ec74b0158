"""Key pairs and tokens where other programs can read them: the AWS files, the environment, and shell files."""

from __future__ import annotations

import glob
import os
import stat
from contextlib import suppress
from shlex import quote

from shellvault.awsconfig.plaintext_keys import SECRET, search_sections
from shellvault.core import environment
from shellvault.core.errors import ShellvaultError, UsageError
from shellvault.core.ownership import is_ours
from shellvault.core.text import last4
from shellvault.doctor.finding import FAIL, OK, WARN, Finding, from_error
from shellvault.import_sources.aws_files import AwsFiles
from shellvault.system.atomic_file import read_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from shellvault.settings import Settings

CONFIG = ".config"
"""The folder in the home folder that XDG_CONFIG_HOME names elsewhere."""
SHELL_FILES = (
    ".bashrc", ".bash_profile", ".bash_login", ".profile", ".zshrc", ".zshenv", ".zprofile", ".envrc", ".xonshrc",
    *(f"{CONFIG}/{file}" for file in ("fish/config.fish", "elvish/rc.elv", "nushell/config.nu", "xonsh/rc.xsh")),
)  # fmt: skip
_LARGEST = 1 << 20  # bytes; files with keys are much smaller


def check_plaintext(settings: Settings, load_fingerprints: Callable[[], Mapping[str, str]]) -> Iterator[Finding]:
    """Look for key pairs first, then for what expires, then at the permissions of files."""
    files = AwsFiles(settings.credentials_file, settings.config_file)
    found = [
        *_check_files(files, load_fingerprints),
        *_check_copies(os.path.join(settings.user_home, ".aws"), files),
        *_check_environment(settings.environ),
        *_check_shell_files(settings),
    ]
    nothing = "no key pair is in plaintext in the AWS files, this shell's environment or its startup files"
    yield from found or [Finding(OK, nothing)]
    yield from _check_caches(settings.user_home)
    yield from _check_permissions(os.path.join(settings.user_home, ".aws"), files)


def read_lines(path: str) -> list[str]:
    """Return a file's lines, none where it cannot be read; a pipe would block."""
    try:
        is_readable = os.path.isfile(path) and os.path.getsize(path) <= _LARGEST
        return read_text(path).split("\n") if is_readable else []
    except (OSError, UsageError):  # OSError: it was removed in between
        return []


def locate(file: str, settings: Settings) -> str:
    """Return the path of a file in the home folder; XDG_CONFIG_HOME may replace `CONFIG`."""
    chosen = settings.environ.get("XDG_CONFIG_HOME", "")
    if os.path.isabs(chosen) and file.startswith(f"{CONFIG}/"):  # XDG: ignore a relative path
        return os.path.join(chosen, file.removeprefix(f"{CONFIG}/"))
    return os.path.join(settings.user_home, file)


def _fail(message: str, fix: str) -> Finding:
    return Finding(FAIL, message, fix, UsageError.status)


def _check_files(files: AwsFiles, load_fingerprints: Callable[[], Mapping[str, str]]) -> Iterator[Finding]:
    try:
        found = files.find(()).found
    except UsageError as error:
        yield from_error(error)
        yield from _search_files(files)
        return
    stored: Mapping[str, str] = {}
    with suppress(ShellvaultError):  # the vault's own check reports it
        stored = load_fingerprints() if found else {}
    for item in found:
        key_id, command = last4(item.pair.access_key_id), f"shellvault import {quote(item.name)} --scrub"
        message = f"the key pair {key_id} of '{item.name}' is in plaintext in {item.place}"
        if stored.get(item.name, item.pair.fingerprint) == item.pair.fingerprint:
            yield _fail(message, command)
        else:
            choices = f"to replace the stored one: {command} --force; to keep it, remove the lines from {item.place}"
            yield _fail(f"{message}, and another key pair is stored as '{item.name}'", choices)


def _search_files(files: AwsFiles) -> Iterator[Finding]:
    """Search both files line by line, because one is broken; nothing can be imported until that is fixed."""
    for path in (files.credentials, files.config):
        pairs = [section.pair for section in search_sections("\n".join(read_lines(path))) if section.pair]
        for key_id in dict.fromkeys(last4(pair.access_key_id) for pair in pairs):
            fix = "mend the broken file, then: shellvault import --scrub"
            yield _fail(f"the key pair {key_id} is in plaintext in {path}", fix)
    yield Finding(WARN, "not checked, because an AWS file cannot be read: which of its keys are in the vault")


def _check_copies(folder: str, files: AwsFiles) -> Iterator[Finding]:
    """Check the other files in the AWS folder: editors and people leave copies there."""
    checked = {os.path.realpath(path) for path in (files.credentials, files.config)}
    pattern = glob.escape(folder)
    for path in sorted(glob.glob(f"{pattern}/*") + glob.glob(f"{pattern}/.*")):
        if os.path.realpath(path) in checked:
            continue
        text = "\n".join(read_lines(path))
        if any(section.pair for section in search_sections(text)):
            fix = f"AWS_SHARED_CREDENTIALS_FILE={quote(path)} shellvault import --scrub"
            yield _fail(f"{path} has key pairs in plaintext", fix)
        elif "secret access key" in text.lower():
            fix = f"shellvault import --from csv {quote(path)} NAME --scrub"
            yield _fail(f"{path} has key pairs in plaintext", fix)


def _check_environment(environ: Mapping[str, str]) -> Iterator[Finding]:
    key_id = environ.get("AWS_ACCESS_KEY_ID", "")
    has_session = environment.PROFILE in environ and is_ours(environ)
    if key_id.startswith("AKIA") and not environ.get("AWS_SESSION_TOKEN") and not has_session:
        yield _fail(
            f"the key pair {last4(key_id)} is in this shell's environment (AWS_ACCESS_KEY_ID)",
            "shellvault add NAME --env, then unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY",
        )


def _check_shell_files(settings: Settings) -> Iterator[Finding]:
    for path in (locate(file, settings) for file in SHELL_FILES):
        for number, line in enumerate(read_lines(path), 1):
            if _sets_secret(line):
                message = f"line {number} of {path} sets {SECRET.upper()}"
                yield _fail(message, "shellvault add NAME, then remove the line")


def _sets_secret(line: str) -> bool:
    words = line.replace("=", " ").split()
    name = SECRET.upper()
    if line.lstrip().startswith("#") or name not in words[:-1]:
        return False
    value = words[words.index(name) + 1].strip("'\"")
    return bool(value) and value[0] not in "$`("


def _check_caches(home: str) -> Iterator[Finding]:
    """Report the AWS CLI's caches, whose contents expire."""
    for what, folder, fix in (
        ("sign-in tokens", "sso/cache", "aws sso logout"),
        ("sessions", "cli/cache", "rm -r ~/.aws/cli/cache"),
    ):
        if files := glob.glob(os.path.join(glob.escape(home), ".aws", folder, "*.json")):
            yield Finding(WARN, f"the AWS CLI keeps {what} in plaintext ({len(files)} in ~/.aws/{folder})", fix)


def _check_permissions(folder: str, files: AwsFiles) -> Iterator[Finding]:
    """Check who else may read secrets, or write what starts programs (credential_process)."""
    for path, forbidden, change in (
        (folder, 0o022, "go-w"),
        (files.config, 0o022, "go-w"),
        (files.credentials, 0o077, "600"),
    ):
        try:
            found = os.stat(path)
        except OSError:
            continue
        mode = stat.S_IMODE(found.st_mode)
        is_file = path == folder or not stat.S_ISDIR(found.st_mode)
        if mode & forbidden and is_file and not stat.S_ISCHR(found.st_mode):
            verb = "write" if mode & 0o022 else "read"
            yield Finding(WARN, f"other users may {verb} {path} (mode {mode:o})", f"chmod {change} {quote(path)}")
