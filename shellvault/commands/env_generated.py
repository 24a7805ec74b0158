"""The generated config file that makes programs ask shellvault: where it is, what goes into it, and writing it."""

from __future__ import annotations

import os
import stat
import sys
import time

from shellvault import __version__
from shellvault.awsconfig.reader import Config
from shellvault.core.chain.resolve import SessionOptions, resolve
from shellvault.core.chain.sts_parameters import SCOPED
from shellvault.core.environment import PROFILE
from shellvault.core.errors import ShellvaultError, UsageError, VaultUnavailableError
from shellvault.core.model import digest
from shellvault.core.record import Record
from shellvault.core.shell_memory import CONFIG_FILES
from shellvault.system.atomic_file import encode_text, exclusive, read_text, replace_own
from shellvault.system.own_program import find_program
from shellvault.system.paths import GENERATED, generated_folder, quote_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from shellvault.awsconfig.profiles import Profiles
    from shellvault.settings import Settings

_NOT_TO_EDIT = 0o400
"""The mode of these files: what `aws configure` wrote into them would be lost, so it fails."""
_DEFAULT = "default"
_ONLY = "shellvault: other profiles are not available beside a narrowed or lent session"
_NOT_NARROWED = (
    "shellvault: the session cannot be narrowed as the profile says; to see why: shellvault exec PROFILE -- true"
)


class ProcessConfig(Record):
    """The generated config file for one of the user's config files, in one home.

    With an endpoint, `default_asks` is false: the default profile has no credentials, so that programs go on to it.
    Beside a narrowed or lent session, `only` is its profile, which has no credentials either. All others are refused:
    otherwise, a program could get an unrestricted session by naming a profile.
    """

    own: str
    path: str
    profiles: Profiles
    default_asks: bool = True
    only: str = ""

    @property
    def first_line(self) -> str:
        """The file's first line: a digest of everything it is made from, and the path of the user's file."""
        try:
            found = os.stat(self.own)
            stamp = f"{found.st_mtime_ns} {found.st_size} {found.st_ino}"
        except OSError:
            stamp = ""
        made_from = digest(stamp, __version__, *find_program(), *sorted(self.profiles.fingerprints))
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
        """Return the profiles that will ask: those that lead to credentials, or are told why they cannot be used."""
        names = [name for name in self.profiles.names() if name not in self._cleared]
        return [name for name in names if self._is_refused(name) or _is_to_ask(name, self.profiles)]

    def _is_refused(self, name: str) -> bool:
        """Return whether programs must not use a profile as the user's file defines it, since that would be too wide.

        SDKs ignore the settings that narrow a session.
        """
        if self.only:
            return True
        settings = self.profiles.find_settings(name) or {}
        return not SCOPED.isdisjoint(settings) and not _leads_to_credentials(name, self.profiles)

    def command_for(self, name: str) -> str:
        """Return the `credential_process` of a profile: it asks shellvault, or fails and says why."""
        if not self._is_refused(name):
            return _command(name)
        return _refuse(_ONLY if self.only else _NOT_NARROWED)

    @property
    def _cleared(self) -> tuple[str, ...]:
        return () if self.default_asks else (_DEFAULT, *filter(None, [self.only]))

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
            made = write_process_config(text, current.profiles, asking, current.command_for, self._cleared)
            replace_own(self.path, encode_text(line + made), mode=_NOT_TO_EDIT)
            set_time(self.path, self.own)

    def prepare(self) -> list[str]:
        """Write the file for a shell, and return the profiles that ask; if that fails, a current file on disk will do.

        Raises:
            ShellvaultError: it cannot be written, or the user's file is a pipe.
        """
        _require_file(self.own)
        asking = self.asking()
        try:
            self.make(asking)
        except VaultUnavailableError:
            if not self.is_current:
                raise
        return asking

    def _reread(self, text: str) -> ProcessConfig:
        """Return a copy with the profiles in `text` if the user's file has changed since we read it, else this one."""
        config = Config(text, self.own)
        if config.raw_sections() == self.profiles.config.raw_sections():
            return self
        return self.replace(profiles=self.profiles.with_config(config))


def find_process_config(
    settings: Settings, profiles: Profiles, *, default_asks: bool = True, only: str = ""
) -> ProcessConfig:
    """Return the generated file for these settings; it need not exist yet."""
    path = find_generated(settings, default_asks=default_asks, only=only)
    return ProcessConfig(settings.config_file, path, profiles, default_asks, only)


def find_kind(environ: Mapping[str, str], settings: Settings) -> tuple[bool, str] | None:
    """Return `default_asks` and `only` of the generated file that programs use here; None if they use another file."""
    kinds: tuple[tuple[bool, str], ...] = (True, ""), (False, ""), (False, environ.get(PROFILE, ""))
    used = environ.get(CONFIG_FILES[0])
    return next((kind for kind in kinds if find_generated(settings, default_asks=kind[0], only=kind[1]) == used), None)


def write_empty_credentials(settings: Settings) -> str:
    """Write an empty credentials file, and return its path."""
    path = os.path.join(generated_folder(settings.home), "no-credentials")
    replace_own(path, b"", mode=_NOT_TO_EDIT)
    return path


def find_generated(settings: Settings, *, default_asks: bool, only: str = "") -> str:
    """Return the path of the generated file for these settings."""
    kind = "config" if default_asks else "config beside an endpoint"
    name = digest(kind, settings.config_file, *filter(None, [only]))
    return os.path.join(generated_folder(settings.home), name)


def set_time(path: str, own: str) -> None:
    """Make the generated file newer than the user's, even one dated in the future: hooks act when it is older."""
    try:
        newest = max(time.time(), os.stat(own).st_mtime + 1)
        os.utime(path, (newest, newest))
    except OSError:
        return


def _require_file(path: str) -> None:
    """Refuse a pipe such as a shell's <(…): each program that asks would have to read it again."""
    if os.path.exists(path) and stat.S_ISFIFO(os.stat(path).st_mode):
        message = f"{path} is a pipe, which programs that ask shellvault cannot read again"
        raise UsageError(message, "write the config into a file, or leave out --process")


def _command(name: str) -> str:
    if sys.platform == "win32":  # botocore splits the command the same way
        from subprocess import list2cmdline as join
    else:
        from shlex import join

    program = (*find_program(), "exec")
    if name.startswith("-"):  # or it would be taken for an option
        return join(["/usr/bin/env", f"AWS_PROFILE={name}", *program, "--json"])
    return join([*program, name, "--json"])


def _refuse(why: str) -> str:
    """Return a command that fails with this message."""
    if sys.platform == "win32":
        return f'cmd.exe /c "echo {why} 1>&2 & exit 1"'
    return f"/bin/sh -c \"echo '{why}' >&2; exit 1\""


def _is_to_ask(name: str, profiles: Profiles) -> bool:
    """Return whether programs are to ask for a profile: also if its `include_profile` is wrong, which SDKs do not read.

    What it should include might narrow the session. shellvault says what is wrong when it is asked.
    """
    return profiles.find_settings(name) is None or _leads_to_credentials(name, profiles)


def _leads_to_credentials(name: str, profiles: Profiles) -> bool:
    try:
        resolve(name, profiles, SessionOptions())
    except ShellvaultError:
        return False
    return True
