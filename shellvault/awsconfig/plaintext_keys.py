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


def _merge(name: str, sections: list[PlaintextSection]) -> dict[str, str]:
    """Return the settings of all sections with a name: the halves of a key pair may stand under two headers."""
    return {key: value for one in sections if one.name == name for key, value in one.settings.items()}


def search_sections(text: str) -> list[PlaintextSection]:
    """Return whatever looks like a section in any text, such as an editor's copy that programs no longer read.

    A header may lack its bracket, be there twice, or be missing.
    """
    found = [PlaintextSection("", {})]
    for kind, line in parse_lines(text.removeprefix("\ufeff").splitlines()):
        key, value = split_setting(line)
        if kind == HEADER or line.startswith("["):
            found.append(PlaintextSection(line.strip("[ ]"), {}))
        elif kind == SETTING and key in found[-1].settings:
            found.append(PlaintextSection(found[-1].name, {key: value}))
        elif kind == SETTING:
            found[-1].settings[key] = value
    merged = [PlaintextSection(name, _merge(name, found)) for name in dict.fromkeys(one.name for one in found)]
    return [*found, *(one for one in merged if not any(part.pair for part in found if part.name == one.name))]
