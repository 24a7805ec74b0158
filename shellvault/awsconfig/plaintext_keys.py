"""Key pairs that lie in the AWS files in plaintext: finds them line by line, and takes exactly those lines out.

The lines are read as the AWS CLI's parser reads them; whatever is not taken out stays byte for byte.
"""

from __future__ import annotations

from io import StringIO

from shellvault.core.model import KeyPair
from shellvault.core.record import Record, Secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

ID, SECRET = "aws_access_key_id", "aws_secret_access_key"
_TOKENS = ("aws_session_token", "aws_security_token")
_UNSET = 1 << 30  # no line is indented deeper


class Line(Record):
    """One line with its end. A comment or blank line has no key; one that goes on with the value above has its key."""

    text: str
    section: str = ""
    key: str = ""
    value: str = ""
    goes_on: bool = False


class PlaintextSection(Record):
    """The settings under one name, of all its headers."""

    name: str
    settings: dict[str, str]

    @property
    def pair(self) -> KeyPair | None:
        """The key pair in it, if it holds both halves of one that does not end by itself."""
        whole = self.settings.get(ID) and self.settings.get(SECRET)
        return KeyPair(self.settings[ID], Secret(self.settings[SECRET])) if whole and not self.is_temporary else None

    @property
    def is_temporary(self) -> bool:
        """Whether its credentials end by themselves."""
        has_token = any(self.settings.get(name) for name in _TOKENS)
        return has_token or self.settings.get(ID, "").startswith("ASIA")

    @property
    def half(self) -> str:
        """The half of a key pair that stands alone, or the empty string."""
        there = [name for name in (ID, SECRET) if self.settings.get(name)]
        return there[0] if len(there) == 1 else ""


def find_sections(text: str) -> list[PlaintextSection]:
    """Return the sections of a file, in its order."""
    found: dict[str, dict[str, str]] = {}
    for line in lines(text):
        if line.section:
            settings = found.setdefault(line.section, {})
            if line.key:
                settings[line.key] = f"{settings[line.key]}\n{line.value}" if line.goes_on else line.value
    return [PlaintextSection(name, settings) for name, settings in found.items()]


def remove_key_pairs(text: str, chosen: Iterable[tuple[str, KeyPair]]) -> str:
    """Return the text without the lines that hold these key pairs, each named by its section."""
    drop = {(name, ID, pair.access_key_id) for name, pair in chosen}
    drop |= {(name, SECRET, str(pair.secret_access_key)) for name, pair in chosen}
    return "".join(line.text for line in lines(text) if (line.section, line.key, line.value) not in drop)


def lines(text: str) -> list[Line]:
    """Return every line with its section, key and value."""
    found: list[Line] = []
    section, key, level = "", "", _UNSET
    for raw in StringIO(text, newline="\n"):
        content = raw.removeprefix("\ufeff") if not found else raw
        stripped, indent = content.strip(), len(content) - len(content.lstrip())
        if not stripped or stripped[0] in "#;":
            found.append(Line(raw, section))
        elif indent > level:
            found.append(Line(raw, section, key, stripped, goes_on=True))
        elif stripped[0] == "[":
            section, level = stripped[1:].rpartition("]")[0].strip(), _UNSET
            found.append(Line(raw, section))
        else:
            (key, value), level = _setting(stripped), indent
            found.append(Line(raw, section, key, value))
    return found


def _setting(text: str) -> tuple[str, str]:
    """Split at the first `=` or `:`, as the AWS CLI's parser does."""
    end = min((place for sign in "=:" if (place := text.find(sign)) >= 0), default=len(text))
    return text[:end].strip().lower(), text[end + 1 :].strip()
