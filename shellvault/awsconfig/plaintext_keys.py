"""Finds the key pairs that an AWS file holds in plaintext."""

from __future__ import annotations

from shellvault.awsconfig.line_kinds import HEADER, SETTING, parse_lines
from shellvault.awsconfig.reader import Config, split_setting
from shellvault.core.model import KeyPair
from shellvault.core.record import Record, Secret

ID, SECRET = "aws_access_key_id", "aws_secret_access_key"
_TOKENS = ("aws_session_token", "aws_security_token")


class PlaintextSection(Record):
    """The settings of one section, from all of its headers."""

    name: str
    settings: dict[str, str]

    @property
    def pair(self) -> KeyPair | None:
        """The key pair in the section, if both halves are there and it does not expire."""
        is_complete = self.settings.get(ID) and self.settings.get(SECRET)
        if not is_complete or self.is_temporary:
            return None
        return KeyPair(unquote(self.settings[ID]), Secret(unquote(self.settings[SECRET])))

    @property
    def is_temporary(self) -> bool:
        """Whether its credentials expire."""
        has_token = any(self.settings.get(name) for name in _TOKENS)
        return has_token or unquote(self.settings.get(ID, "")).startswith("ASIA")

    @property
    def lone_half(self) -> str:
        """The setting of a key pair whose other half is missing, or the empty string."""
        found = [name for name in (ID, SECRET) if self.settings.get(name)]
        return found[0] if len(found) == 1 else ""


def unquote(value: str) -> str:
    """Return a value without the quotes around it; the AWS CLI counts them as part of it, but no key has any."""
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"" else value


def find_sections(text: str, file: str) -> list[PlaintextSection]:
    """Return the sections of an AWS file, in the file's order.

    Raises:
        UsageError: the AWS CLI cannot read such a file.
    """
    return [PlaintextSection(name, settings) for name, settings in Config(text, file).raw_sections()]


def search_sections(text: str) -> list[PlaintextSection]:
    """Return whatever looks like a section in any text, such as an editor's copy that programs no longer read."""
    found: dict[str, dict[str, str]] = {}
    settings: dict[str, str] = {}
    for kind, line in parse_lines(text.removeprefix("\ufeff").splitlines()):
        if kind == HEADER:
            settings = found.setdefault(line, {})
        elif kind == SETTING:
            key, value = split_setting(line)
            settings[key] = value
    return [PlaintextSection(name, settings) for name, settings in found.items()]
