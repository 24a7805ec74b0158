"""Generates the config file that makes programs ask shellvault themselves, and regenerates it after a change.

This keeps secrets out of the environment and DIRENV_DIFF, and every profile of the user's works.
"""

from __future__ import annotations

import os
import stat
import sys
import time
from contextlib import suppress

from shellvault import __version__
from shellvault.awsconfig.reader import Config
from shellvault.core.chain.resolve import SessionOptions, resolve
from shellvault.core.environment import CONFIG_FILE
from shellvault.core.errors import ShellvaultError, UsageError, VaultUnavailableError
from shellvault.core.model import digest
from shellvault.core.process_environment import enter_process
from shellvault.core.record import Record
from shellvault.system.atomic_file import encode_text, exclusive, read_text, replace_own
from shellvault.system.paths import GENERATED, generated_folder, quote_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from shellvault.awsconfig.profiles import Profiles
    from shellvault.core.shell_memory import Changes
    from shellvault.settings import Settings

    Notice = Callable[[str], None]


class ProcessConfig(Record):
    """The generated config file for one config file of the user's, in one home."""

    own: str
    path: str
    profiles: Profiles

    @property
    def first_line(self) -> str:
        """The file's first line: a digest of everything it is made from, and the path of the user's file."""
        try:
            found = os.stat(self.own)
            stamp = f"{found.st_mtime_ns} {found.st_size} {found.st_ino}"
        except OSError:
            stamp = ""
        made_from = digest(stamp, __version__, sys.executable, *sorted(self.profiles.fingerprints))
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
        return [name for name in self.profiles.names() if _leads_to_credentials(name, self.profiles)]

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
            text = read_text(self.own)
            current = self._reread(text)
            asking = asking if current is self else current.asking()
            made = write_process_config(text, current.profiles, asking, _command)
            replace_own(self.path, encode_text(line + made))
            _set_time(self.path, self.own)

    def _reread(self, text: str) -> ProcessConfig:
        """Return the same with this text's profiles, if the user's file has changed since they were read."""
        config = Config(text, self.own)
        if config.raw_sections() == self.profiles.config.raw_sections():
            return self
        return self.replace(profiles=self.profiles.with_config(config))


def find_process_config(settings: Settings, profiles: Profiles) -> ProcessConfig:
    """Return the generated file of these settings, which need not be there yet."""
    return ProcessConfig(settings.config_file, _find_path(settings), profiles)


def enter(name: str, environ: Mapping[str, str], settings: Settings, profiles: Profiles, notice: Notice) -> Changes:
    """Return the changes that make programs ask shellvault, and use the profile `name` by default if one is given.

    This obtains no session yet.

    Raises:
        ShellvaultError: the generated config file cannot be written, or the user's is a pipe.
    """
    generated = find_process_config(settings, profiles)
    _require_file(generated.own)
    asking = generated.asking()
    try:
        generated.make(asking)
    except VaultUnavailableError:
        if not generated.is_current:  # on a read-only file system, an earlier one will do
            raise
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
    try:
        find_process_config(settings, load_profiles()).renew()
    finally:
        _set_time(_find_path(settings), settings.config_file)  # after a failure, too: see `_set_time`


def keep_current(used: str, settings: Settings, profiles: Profiles, check: Callable[[str], Profiles]) -> None:
    """Regenerate the config file if it is the one in use and out of date; ignore a failure for now.

    `check` raises where its new endpoints are not trusted.
    """
    generated = find_process_config(settings, profiles)
    if used != generated.path or generated.is_current:
        return
    with suppress(ShellvaultError):
        check("")
        generated.make(generated.asking())


def _find_path(settings: Settings) -> str:
    return os.path.join(generated_folder(settings.home), digest("config", settings.config_file))


def _set_time(path: str, own: str) -> None:
    """Make the generated file newer than the user's, even one dated in the future: hooks act when it is older."""
    try:
        newest = max(time.time(), os.stat(own).st_mtime + 1)
        os.utime(path, (newest, newest))
    except OSError:
        return


def _require_file(path: str) -> None:
    """Refuse a pipe such as <(…) of a shell: each program that asks would have to read it again."""
    if os.path.exists(path) and stat.S_ISFIFO(os.stat(path).st_mode):
        message = f"{path} is a pipe, which programs that ask shellvault cannot read again"
        raise UsageError(message, "write the config into a file, or leave out --process")


def _command(name: str) -> str:
    from shlex import join  # botocore splits the command the same way

    program = (sys.executable, "-I", "-m", "shellvault", "exec")
    if name.startswith("-"):  # an option, as a word
        return join(["/usr/bin/env", f"AWS_PROFILE={name}", *program, "--json"])
    return join([*program, name, "--json"])


def _leads_to_credentials(name: str, profiles: Profiles) -> bool:
    try:
        resolve(name, profiles, SessionOptions())
    except ShellvaultError:
        return False
    return True


def _hide_plaintext(asking: Iterable[str], settings: Settings, notice: Notice) -> str:
    """Return the path of an empty credentials file if all credentials in the user's would replace profiles' sessions.

    If that would hide those of other profiles, warn the user instead, and return the empty string.
    """
    from shellvault.awsconfig.process_config import describe_override, find_overrides

    file = settings.credentials_file
    overrides = find_overrides(read_text(file), file)
    shadowing = sorted(overrides.keys() & set(asking))
    if shadowing and len(shadowing) == len(overrides):
        path = os.path.join(generated_folder(settings.home), "no-credentials")
        replace_own(path, b"")
        return path
    for name in shadowing:
        what, fix = describe_override(name, overrides[name], file)
        notice(f"{what} and ask for no others: {fix}")
    return ""
