"""Reads AWS ini files, by the rules of botocore's parser: the one place that knows what a line means.

`Config` is fast: it splits the file at its headers, and parses only the sections that are asked for.
"""

from __future__ import annotations

import os
import stat

from shellvault.core.errors import UsageError
from shellvault.core.model import Profile
from shellvault.system.paths import LARGEST, READING, read_open

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

COMMENT, HEADER, SETTING, CONTINUATION = "comment", "header", "setting", "continuation"
_NO_SETTING = 1 << 30  # the indentation above a section's first setting: no line is indented deeper
_PROFILE = "profile "
QUOTED_QUOTE = """'"'"'"""
"""A single quote within single quotes, as `shlex.quote` writes it."""


class Config:
    """The sections of one config file, each parsed once, when it is first asked for."""

    def __init__(self, text: str) -> None:
        text = "\n" + text.removeprefix("\ufeff").replace("\r\n", "\n")
        chunks = text.split("\n[")
        if " [" in text or "\t[" in text:
            chunks = [part for chunk in chunks for part in _split_at_indented_headers(chunk)]
        self._chunks = chunks[1:]  # each begins behind a header's opening bracket
        self._sections: dict[str, dict[str, str] | None] = {}

    @classmethod
    def read(cls, file: str, read: Callable[[str], bytes] | None = None) -> Config:
        """Read a config file; a missing one is empty. `read` returns a file's content.

        Raises:
            UsageError: the file cannot be read.
        """
        try:
            if read is None:
                with open(os.open(file, READING), "rb") as stream:  # a usual file takes few calls: this is warm
                    found = os.fstat(stream.fileno())
                    is_usual = stat.S_ISREG(found.st_mode) and found.st_size <= LARGEST
                    content = stream.read() if is_usual else read_open(stream.fileno(), file)
            else:
                content = read(file)
        except FileNotFoundError:
            return cls("")
        except OSError as error:
            message = f"cannot read {file}: {error.strerror}"
            raise UsageError(message, "fix its permissions, or set AWS_CONFIG_FILE") from error
        return cls(content.decode("utf-8", "surrogateescape").replace("\r\n", "\n").replace("\r", "\n"))

    def names(self) -> list[str]:
        """Return the names of all profiles, in the file's order."""
        return list(dict.fromkeys(filter(None, map(profile_name, self._headers()))))

    def named(self, kind: str) -> list[str]:
        """Return the names of the sections of a kind, such as `sso-session`, in the file's order."""
        names = map(section_name, self._headers())
        return list(dict.fromkeys(name.removeprefix(f"{kind} ") for name in names if name.startswith(f"{kind} ")))

    def profile(self, name: str) -> Profile | None:
        """Return a profile, with the settings of those that it includes below its own; None where there is none.

        Raises:
            UsageError: `include_profile` loops, or names no profile.
        """
        section = _PROFILE + name
        settings = self._sections[section] if section in self._sections else self._parse(section)
        if settings is None:
            return None
        if not settings.get("include_profile"):
            return Profile(name, (name,), settings)
        lineage = self._resolve_includes(name)
        settings = {}
        for included in reversed(lineage):
            settings |= self.section(_PROFILE + included)
        return Profile(name, lineage, settings)

    def has_section(self, name: str) -> bool:
        """Return whether the file has a section, however its header is spelled."""
        return self._find(name) is not None

    def section(self, name: str) -> dict[str, str]:
        """Return a section's settings, empty where there is none; see `parse_settings` for nested ones."""
        return self._find(name) or {}

    def raw_sections(self) -> list[tuple[str, dict[str, str]]]:
        """Return every section under its name as it is written, in the file's order."""
        bodies = [chunk.split("\n")[1:] for chunk in self._chunks]
        return list(zip(map(raw_name, self._headers()), map(parse_settings, bodies), strict=True))

    def _headers(self) -> list[str]:
        return [chunk.partition("\n")[0] for chunk in self._chunks]

    def _find(self, name: str) -> dict[str, str] | None:
        return self._sections[name] if name in self._sections else self._parse(name)

    def _parse(self, name: str) -> dict[str, str] | None:
        """Return a section's settings, of all its headers; None where there is none."""
        settings = None
        word = name.rpartition(" ")[2].rpartition("'")[2]
        for chunk in self._chunks:
            if word not in chunk:  # fast path for a file of ten thousand profiles
                continue
            header, _, body = chunk.partition("\n")
            if word in header and section_name(header) == name:
                settings = (settings or {}) | parse_settings(body.split("\n"))
        if settings is None and name == "profile default":  # where both exist, SDKs use this one
            settings = self._find("default")
        self._sections[name] = settings
        return settings

    def _resolve_includes(self, name: str) -> tuple[str, ...]:
        lineage = [name]
        while included := self.section(_PROFILE + lineage[-1]).get("include_profile"):
            if included in lineage:
                raise UsageError(
                    f"include_profile loops: {' -> '.join([*lineage, included])}",
                    "remove one of these include_profile lines from the config file",
                )
            if not self.has_section(_PROFILE + included):
                raise UsageError(
                    f"profile '{lineage[-1]}' includes '{included}', which is not in the config file",
                    f"add [profile {included}], or fix include_profile in [profile {lineage[-1]}]",
                )
            lineage.append(included)
        return tuple(lineage)


def _split_at_indented_headers(chunk: str) -> list[str]:
    """Return a chunk in parts, each of which begins behind a header's bracket."""
    if "[" not in chunk:
        return [chunk]
    parts: list[list[str]] = []
    lines = f"[{chunk}".split("\n")
    for line, (kind, _, text) in zip(lines, parse_lines(lines), strict=True):
        if kind == HEADER:
            parts.append([text])
        else:
            parts[-1].append(line)
    return ["\n".join(part) for part in parts]


def raw_name(header: str) -> str:
    """Return a section's name as it is written, from the text after the opening bracket."""
    return header.rpartition("]")[0].strip()


def section_name(header: str) -> str:
    """Return a section's name, with one space after its kind and without quotes, from the text after the bracket."""
    kind, _, name = header.rpartition("]")[0].strip().replace("\t", " ").partition(" ")
    name = name.strip()
    if len(name) > 1 and name[0] == name[-1] and name[0] in "'\"":
        name = name[1:-1].replace(QUOTED_QUOTE, "'")
    return f"{kind} {name}" if name else kind


def profile_name(header: str) -> str:
    """Return the name of the profile whose header this is, or the empty string."""
    name = section_name(header)
    return name.removeprefix(_PROFILE) if name == "default" or name.startswith(_PROFILE) else ""


def parse_lines(lines: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """Yield each line's kind, key and text, in a file or in the body of one section.

    A blank line counts as a comment. The text of a header is what follows its opening bracket, that of a setting its
    value. A continuation, which is indented deeper than the setting above it, has that setting's key.
    """
    key, level = "", _NO_SETTING
    for line in lines:
        text = line.strip()
        indent = len(line) - len(line.lstrip())
        if not text or text[0] in "#;":
            yield COMMENT, "", text
        elif indent > level:
            yield CONTINUATION, key, text
        elif text[0] == "[":
            level = _NO_SETTING
            yield HEADER, "", text[1:]
        else:
            level = indent
            key, equals, value = text.partition("=")  # or at a colon, whichever comes first
            if ":" in key:
                key, _, rest = key.partition(":")
                value = rest + equals + value
            key = key.strip().lower()
            yield SETTING, key, value.strip()


def parse_settings(lines: Iterable[str]) -> dict[str, str]:
    """Return the settings in the body of one section; a nested one is named `outer.inner`, as in `s3.endpoint_url`."""
    settings: dict[str, str] = {}
    for kind, key, text in parse_lines(lines):
        if kind == SETTING:
            settings[key] = text
        elif kind == CONTINUATION and settings[key]:
            settings[key] += f"\n{text}"
        elif kind == CONTINUATION:
            inner, _, value = text.partition("=")
            settings[f"{key}.{inner.strip()}"] = value.strip()
    return settings
