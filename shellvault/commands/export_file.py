"""`export --write`: puts a session into a section of its own in an AWS file, and leaves the rest alone."""

from __future__ import annotations

import os

from shellvault.awsconfig.config_editor import edit_file
from shellvault.awsconfig.document import gap_at_end, name_profile, replace_settings
from shellvault.awsconfig.plaintext_keys import find_sections
from shellvault.awsconfig.reader import Config
from shellvault.core.errors import UsageError
from shellvault.core.record import Record
from shellvault.core.text import quote_word
from shellvault.shell.formats.exported import Exported
from shellvault.shell.formats.ini import INI_SETTINGS, list_settings, render_config, render_credentials
from shellvault.system.file_lock import PRIVATE_FILE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from shellvault.awsconfig.profiles import Profiles
    from shellvault.settings import Settings

_FORMATS = ("ini", "ini-config")
_SOURCES = ("role_arn", "source_profile", "credential_source", "sso_session", "sso_start_url")
"""Settings that SDKs prefer to keys in the credentials file."""


class IniTarget(Record):
    """Where the session goes: the file, and the section in it."""

    path: str
    section: str
    is_config: bool

    def name_of(self, raw: str) -> str:
        """Return the name of a section in such a file from the text between its brackets."""
        return name_profile(raw) if self.is_config else raw


def find_target(path: str, section: str, form: str, settings: Settings, profiles: Profiles) -> IniTarget:
    """Return where a session may be written.

    Raises:
        UsageError: no program would find it there.
    """
    if form not in _FORMATS:
        raise UsageError(f"--write edits ini files, and the format is '{form}'", "use --format ini or ini-config")
    if path == "-":
        raise UsageError("--write needs a file, and '-' is none", "leave out --write to print the session")
    target = IniTarget(settings.expand(path), section, form == _FORMATS[1])
    other = settings.credentials_file if target.is_config else settings.config_file
    if os.path.realpath(target.path) == os.path.realpath(other):
        fitting = _FORMATS[not target.is_config]
        raise UsageError(f"{target.path} has other section headers than the format {form}", f"use --format {fitting}")
    _require_unused(section, profiles)
    return target


def _require_unused(section: str, profiles: Profiles) -> None:
    """Refuse the name of a profile that says where to get other credentials: programs would use those."""
    if found := profiles.profile(section):
        _require_no_sources(section, found.settings)


def _require_no_sources(section: str, settings: Mapping[str, str]) -> None:
    if any(key in settings for key in _SOURCES):
        raise UsageError(
            f"programs would not use the session in [{section}]: the profile '{section}' says where to get another",
            "choose another name with --section",
        )


def write_session(target: IniTarget, variables: Mapping[str, str | None]) -> None:
    """Put the session into the file and let only its owner read it; nothing else in it changes.

    Raises:
        UsageError: botocore cannot read the file, or its section holds a key pair or names a role; it is unchanged.
        VaultUnavailableError: the file cannot be written; it is unchanged.
    """
    with edit_file(target.path, mode=PRIVATE_FILE) as edit:
        _require_replaceable(target, edit.text)
        edit.text = _with_session(edit.text, target, Exported(target.section, variables))
        Config(edit.text, target.path)  # refuses what no program could read
    os.chmod(os.path.realpath(target.path), PRIVATE_FILE)  # if nothing changed, it was not written


def describe_use(target: IniTarget, settings: Settings) -> str:
    """Return how the AWS CLI uses the session; a file that it does not read by itself has to be named."""
    own = settings.config_file if target.is_config else settings.credentials_file
    command = f"aws --profile {quote_word(target.section)}"
    if os.path.realpath(target.path) == os.path.realpath(own):
        return command
    variable = "AWS_CONFIG_FILE" if target.is_config else "AWS_SHARED_CREDENTIALS_FILE"
    return f"env {variable}={quote_word(target.path)} {command}"


def _with_session(text: str, target: IniTarget, exported: Exported) -> str:
    if target.section not in _section_names(text, target):
        render = render_config if target.is_config else render_credentials
        return text + gap_at_end(text) + render(exported)
    return replace_settings(text, {target.section: list_settings(exported)}, INI_SETTINGS, target.name_of)


def _section_names(text: str, target: IniTarget) -> list[str]:
    return [target.name_of(section.name) for section in find_sections(text, target.path)]


def _require_replaceable(target: IniTarget, text: str) -> None:
    """Refuse to replace the only copy of a key pair, and a section that would still say where to get others."""
    for section in find_sections(text, target.path):
        name = target.name_of(section.name)
        if name != target.section:
            continue
        _require_no_sources(name, section.settings)
        if section.pair:
            raise UsageError(
                f"[{section.name}] in {target.path} holds a key pair, which would be lost",
                f"shellvault import {quote_word(name)} --scrub, or choose another name with --section",
            )
