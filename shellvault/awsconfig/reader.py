"""Reads AWS ini files exactly as botocore does, and refuses what botocore refuses.

Each line is looked at once, and a setting spelled like an earlier one up to its `=` costs only a few operations, so
even a file of ten thousand profiles is read whole. docs/config-files.md lists the differences from the AWS CLI.
"""

from __future__ import annotations

import os
import stat

from shellvault.core.errors import LoopError
from shellvault.core.model import Profile
from shellvault.system.paths import LARGEST, READING, explain_unreadable, read_open

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, ClassVar, NoReturn

_DEFAULTS = "DEFAULT"  # configparser, and so the AWS CLI, puts its settings below those of every other section
_MOST = 4  # files whose content is kept
_KINDS = (_PROFILE := "profile", "sso-session", "services")


class Config:
    """The sections of one config file.

    Args:
        text: the file's content.
        file: its path, for errors.

    Raises:
        UsageError: botocore refuses such a file; the message has the line number.
    """

    _latest: ClassVar[dict[str, tuple[bytes, Config]]] = {}  # by file; an agent reads the same few again and again

    def __init__(self, text: str, file: str = "the config file") -> None:
        lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        if not text.isascii():
            _require_utf8(lines, file)
        self._raw = _Parser(lines, file).sections
        self._defaults = self._raw.get(_DEFAULTS, {})
        self._sections: dict[str, dict[str, str] | None] = {}  # by kind and name
        self._index: dict[tuple[str, str], str] = {}  # kind and name -> header; for those who need more than one
        self.kept: dict[str, tuple[list[str], Any]] = {}  # see `Profiles.keep`

    @classmethod
    def read(cls, file: str, read: Callable[[str], bytes] | None = None) -> Config:
        """Read a config file; a missing one is empty. `read` returns a file's content.

        Raises:
            UsageError: the file cannot be read, or botocore would not read it.
        """
        try:
            if read is None:
                with open(file, "rb", 0, opener=lambda path, _: os.open(path, READING)) as stream:  # warm path
                    found = os.fstat(stream.fileno())
                    is_usual = stat.S_ISREG(found.st_mode) and found.st_size <= LARGEST
                    content = stream.read() if is_usual else read_open(stream.fileno(), file)
            else:
                content = read(file)
        except FileNotFoundError:
            return cls("", file)
        except OSError as error:
            raise explain_unreadable(file, error, "set AWS_CONFIG_FILE") from error
        known = cls._latest.pop(file, None)
        if known is None or known[0] != content:
            known = content, cls(content.decode("utf-8", "surrogateescape"), file)
        cls._latest[file] = known
        for old in [*cls._latest][:-_MOST]:
            cls._latest.pop(old, None)
        return known[1]

    def names(self) -> list[str]:
        """Return the names of all profiles, in the file's order."""
        return list(filter(None, self.named(_PROFILE)))

    def named(self, kind: str) -> list[str]:
        """Return the names of the sections of a kind, such as `sso-session`, in the file's order."""
        self._index = self._index or {split_header(raw): raw for raw in self._raw}
        return [name for found, name in self._index if found == kind]

    def headers(self) -> list[str]:
        """Return the name of every section as it is written, in the file's order."""
        return list(self._raw)

    def profile(self, name: str) -> Profile | None:
        """Return a profile, with the settings of those that it includes below its own; None if there is none.

        Raises:
            UsageError: `include_profile` loops, or names no profile.
        """
        section = f"{_PROFILE} {name}"
        settings = self._sections[section] if section in self._sections else self._parse(section)
        if settings is None:
            return None
        if not settings.get("include_profile"):
            return Profile(name, (name,), settings)
        lineage = self._resolve_includes(name)
        settings = {}
        for included in reversed(lineage):
            settings |= self._find(f"{_PROFILE} {included}") or {}
        return Profile(name, lineage, settings)

    def has_section(self, name: str) -> bool:
        """Return whether the file has a section such as `profile dev`, however its header is spelled."""
        return self._find(name) is not None

    def section(self, name: str) -> dict[str, str]:
        """Return a section's settings, empty if it does not exist; nested ones are named like `s3.endpoint_url`."""
        return self._find(name) or {}

    def raw_sections(self) -> list[tuple[str, dict[str, str]]]:
        """Return every section under its name as it is written, in the file's order, without inherited settings."""
        return [(raw, _flatten(settings)) for raw, settings in self._raw.items()]

    def _find(self, section: str) -> dict[str, str] | None:
        return self._sections[section] if section in self._sections else self._parse(section)

    def _parse(self, section: str) -> dict[str, str] | None:
        """Return a section's settings; if several headers mean the same section, the last one counts."""
        kind, _, name = section.partition(" ")
        if self._index:
            found = [self._index[kind, name]] if (kind, name) in self._index else []
        else:
            headers = "\n".join(self._raw)
            is_quoted = '"' in headers or "'" in headers or "\\" in headers
            near = list(self._raw) if is_quoted else [raw for raw in self._raw if name in raw]
            plain = section if name and not [each for each in " \t'\"\\" if each in name] else ""
            found = [raw for raw in near if raw == plain or split_header(raw) == (kind, name)]
        settings = self._defaults | self._raw[found[-1]] if found else None
        if settings and [key for key, value in settings.items() if "." in key or value[:1] == "\n"]:
            settings = _flatten(settings)
        self._sections[section] = settings
        return settings

    def _resolve_includes(self, name: str) -> tuple[str, ...]:
        lineage = [name]
        while included := (self._find(f"{_PROFILE} {lineage[-1]}") or {}).get("include_profile"):
            if included in lineage:
                hint = "remove one of these include_profile lines from the config file"
                raise LoopError("include_profile", [*lineage, included], hint)
            if self._find(f"{_PROFILE} {included}") is None:
                from shellvault.core.chain.misread_names import explain_missing  # only for the error

                raise explain_missing(lineage[-1], "include_profile", included, self.headers())
            lineage.append(included)
        return tuple(lineage)


def split_header(raw: str) -> tuple[str, str]:
    """Return a section's kind and name from the text between its brackets; two empty strings if it has no kind.

    Like botocore, take any section whose name begins with a kind, and split it into two words as a shell does.
    """
    if raw == "default":
        return _PROFILE, raw
    kind = next((kind for kind in _KINDS if raw.startswith(kind)), "")
    is_quoted = '"' in raw or "'" in raw or "\\" in raw
    words = _split_quoted(raw) if is_quoted else [word for word in raw.replace("\t", " ").split(" ") if word]
    return (kind, words[1]) if kind and len(words) == 2 else ("", "")  # noqa: PLR2004 - kind and name


def _split_quoted(raw: str) -> list[str]:
    from shlex import split  # few files quote a name

    try:
        return split(raw)
    except ValueError:  # a quote is open: botocore ignores the section
        return []


class _Parser:
    """Reads lines into sections, by configparser's rules; the value of a nested setting begins with a line end."""

    def __init__(self, lines: list[str], file: str) -> None:
        self.sections: dict[str, dict[str, str]] = {}
        self._settings: dict[str, str] = {}
        self._key, self._level, self._gap = "", 0, ""  # the last setting, its indentation, and the blank lines since
        starts: dict[str, str] = {}  # text before the `=` of an unindented line -> its key
        for number, line in enumerate(lines):
            start, equals, value = line.partition("=")
            if equals and start in starts and starts[start] not in self._settings:
                self._key, self._level, self._gap = starts[start], 0, ""
                self._settings[self._key] = value.strip()
            elif not (text := line.strip()):
                self._gap += "\n"
            elif text[0] in "#;":
                continue
            elif not self._take(text, len(line) - len(line.lstrip())):
                _refuse(lines, number, self._key, file)
            elif equals and self._key and text.startswith(start) and start[0] != "[" and ":" not in start:
                starts[start] = self._key

    def _take(self, text: str, indentation: int) -> bool:
        """Take a line that is neither blank nor a comment; return whether configparser would."""
        if self._key and indentation > self._level:
            return self._continue(text)
        if text[0] == "[" and (end := text.rfind("]")) > 1:
            is_new = text[1:end] not in self.sections or text[1:end] == _DEFAULTS
            self._settings, self._key = self.sections.setdefault(text[1:end], {}), ""
            return is_new
        self._key, value = split_setting(text)
        if not self.sections or not self._key or self._key in self._settings:
            return False
        self._settings[self._key], self._level, self._gap = value, indentation, ""
        return True

    def _continue(self, text: str) -> bool:
        value = self._settings[self._key]
        is_nested = value[:1] in ("", "\n")
        self._settings[self._key], self._gap = f"{value}{self._gap}\n{text}", ""
        return not is_nested or all("=" in part for part in text.splitlines() if part.strip())


def split_setting(line: str) -> tuple[str, str]:
    """Split a line at its first `=` or `:` into key and value; without one, the key is empty."""
    mark = ":" if ":" in line.partition("=")[0] else "="
    key, found, value = line.partition(mark)
    return (key.rstrip().lower() if found else ""), value.strip()


def _flatten(settings: Mapping[str, str]) -> dict[str, str]:
    """Return settings with nested ones named `outer.inner`; drop those with a dot in their own name."""
    flat = {}
    for key, value in settings.items():
        if "." in key:
            continue
        flat[key] = "" if value[:1] == "\n" else value
        for line in value.splitlines() if value[:1] == "\n" else ():
            if stripped := line.strip():
                inner, _, text = stripped.partition("=")
                flat[f"{key}.{inner.strip()}"] = text.strip()
    return flat


def _require_utf8(lines: list[str], file: str) -> None:
    for number, line in enumerate(lines):
        try:
            line.encode("utf-8")
        except UnicodeEncodeError:
            _refuse(lines, number, "", file)


def _refuse(lines: list[str], number: int, key: str, file: str) -> NoReturn:
    from shellvault.awsconfig.broken_line import explain_line  # only for the error

    raise explain_line(lines, number, key, file)
