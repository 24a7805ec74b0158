"""Generates the config file that makes programs ask shellvault themselves, and regenerates it after a change.

This keeps secrets out of the environment and DIRENV_DIFF, and every profile of the user's works.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress

from shellvault.core.chain.resolve import SessionOptions, resolve
from shellvault.core.environment import CONFIG_FILE, SERVER
from shellvault.core.errors import ShellvaultError, UsageError
from shellvault.core.model import digest
from shellvault.core.process_environment import enter_process
from shellvault.core.record import Record
from shellvault.core.text import quote_word
from shellvault.system.atomic_file import encode_text, exclusive, read_text, replace_own
from shellvault.system.paths import GENERATED, generated_folder, quote_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from shellvault.awsconfig.profiles import Profiles
    from shellvault.core.shell_memory import Changes
    from shellvault.settings import Settings

    Notice = Callable[[str], None]

_DEFAULT = "default"
_NO_CREDENTIALS = "no-credentials"  # a file


class ProcessConfig(Record):
    """The generated config file for one config file of the user's, in one home.

    Beside an endpoint, `default_asks` is false: the default profile has no credentials, so that programs come to it.
    """

    own: str
    path: str
    profiles: Profiles
    default_asks: bool = True

    @property
    def first_line(self) -> str:
        """The file's first line: a digest of everything it is made from, and the path of the user's file."""
        try:
            found = os.stat(self.own)
            stamp = f"{found.st_mtime_ns} {found.st_size} {found.st_ino}"
        except OSError:
            stamp = ""
        made_from = digest(stamp, sys.executable, *sorted(self.profiles.fingerprints))
        return f"{GENERATED}{made_from} {quote_line(self.own)}\n"

    @property
    def is_current(self) -> bool:
        """Whether regenerating the file would change nothing."""
        try:
            with open(self.path, encoding="utf-8", errors="surrogateescape") as stream:
                return stream.readline() == self.first_line
        except OSError:
            return False

    def asking(self) -> list[str]:
        """Return the profiles that lead to credentials."""
        names = (name for name in self.profiles.names() if self.default_asks or name != _DEFAULT)
        return [name for name in names if _leads_to_credentials(name, self.profiles)]

    def renew(self) -> None:
        """Write the file, unless it is current; for the errors see `make`."""
        if not self.is_current:
            self.make(self.asking())

    def make(self, asking: Iterable[str]) -> None:
        """Write the file.

        Raises:
            ShellvaultError: the user's file cannot be read, or the generated one cannot be written; it stays as it was.
        """
        from shellvault.awsconfig.process_config import write_process_config

        with exclusive(self.path):  # direnv may load the same folder in several shells at once
            line = self.first_line  # before reading the file, so that a change in between is noticed later
            cleared = () if self.default_asks else (_DEFAULT,)
            text = write_process_config(read_text(self.own), self.profiles, asking, _command, cleared)
            replace_own(self.path, encode_text(line + text))
            _set_time(self.path, self.own)


def find_process_config(settings: Settings, profiles: Profiles, *, default_asks: bool = True) -> ProcessConfig:
    """Return the generated file of these settings, which need not be there yet."""
    path = _find_path(settings, default_asks=default_asks)
    return ProcessConfig(settings.config_file, path, profiles, default_asks)


def enter(name: str, environ: Mapping[str, str], settings: Settings, profiles: Profiles, notice: Notice) -> Changes:
    """Return the changes that make programs ask shellvault, and use the profile `name` by default if one is given.

    This obtains no session yet.

    Raises:
        ShellvaultError: the generated config file cannot be written.
    """
    generated = find_process_config(settings, profiles)
    generated.make(asking := generated.asking())
    credentials = _hide_plaintext(asking, settings, notice)
    return enter_process(environ, name, (generated.path, credentials), generated.own, settings.region)


def refresh(environ: Mapping[str, str], settings: Settings, load_profiles: Callable[[], Profiles]) -> None:
    """Regenerate this shell's config file if it is out of date.

    Raises:
        UsageError: programs in this shell do not ask shellvault.
        ShellvaultError: it cannot be regenerated; it stays as it was.
    """
    if CONFIG_FILE not in environ:
        raise UsageError("programs in this shell do not ask shellvault", "shellvault env --process")
    default_asks = SERVER not in environ
    try:
        find_process_config(settings, load_profiles(), default_asks=default_asks).renew()
    finally:  # after a failure, too: see `_set_time`
        _set_time(_find_path(settings, default_asks=default_asks), settings.config_file)


def keep_current(used: str, settings: Settings, profiles: Profiles) -> None:
    """Regenerate the config file if it is the one in use and out of date; ignore a failure for now."""
    for default_asks in (True, False):
        if used == _find_path(settings, default_asks=default_asks):
            with suppress(ShellvaultError):
                find_process_config(settings, profiles, default_asks=default_asks).renew()


def write_empty_credentials(settings: Settings) -> str:
    """Return the path of a credentials file without any."""
    path = os.path.join(generated_folder(settings.home), _NO_CREDENTIALS)
    replace_own(path, b"")
    return path


def _find_path(settings: Settings, *, default_asks: bool) -> str:
    kind = "config" if default_asks else "config beside an endpoint"
    return os.path.join(generated_folder(settings.home), digest(kind, settings.config_file))


def _set_time(path: str, own: str) -> None:
    """Make the generated file newer than the user's, even one dated in the future: hooks act when it is older."""
    try:
        newest = max(time.time(), os.stat(own).st_mtime + 1)
        os.utime(path, (newest, newest))
    except OSError:
        return


def _command(name: str) -> str:
    from shlex import join  # botocore splits the command the same way

    return join([sys.executable, "-I", "-m", "shellvault", "exec", name, "--json"])


def _leads_to_credentials(name: str, profiles: Profiles) -> bool:
    try:
        resolve(name, profiles, SessionOptions())
    except ShellvaultError:
        return False
    return True


def _hide_plaintext(asking: Iterable[str], settings: Settings, notice: Notice) -> str:
    """Return the path of an empty credentials file if every key in the user's would replace some profile's session.

    If that would hide keys of other profiles, warn the user instead, and return the empty string.
    """
    in_plaintext = _sections_with_keys(settings.credentials_file)
    shadowing = sorted(in_plaintext & set(asking))
    if shadowing and len(shadowing) == len(in_plaintext):
        return write_empty_credentials(settings)
    for name in shadowing:
        fix = f"shellvault import {quote_word(name)} --scrub"
        notice(f"programs use the keys of '{name}' in {settings.credentials_file} and ask for no others: {fix}")
    return ""


def _sections_with_keys(path: str) -> set[str]:
    from shellvault.awsconfig.plaintext_keys import ID, find_sections

    return {section.name for section in find_sections(read_text(path), path) if ID in section.settings}
