"""Reads ~/.aws/config, by one split and no parser: a file of ten thousand profiles must not slow the warm path."""

from __future__ import annotations

from shellvault.core.errors import UsageError
from shellvault.core.model import Profile

TYPE_CHECKING = False


_UNSET = 1 << 30  # no line is indented deeper


class Config:
    """The sections of one config file, each parsed when it is first asked for."""

    def __init__(self, text: str) -> None:
        text = "\n" + text.removeprefix("\ufeff").replace("\r\n", "\n")
        chunks = (_flush(text) if _may_hide_headers(text) else text).split("\n[")
        self._chunks = [chunk.partition("\n") for chunk in chunks[1:]]
        self._sections: dict[str, dict[str, str]] = {}

    @classmethod
    def read(cls, file: str) -> Config:
        """Read a config file; one that is not there is an empty one."""
        try:
            with open(file, encoding="utf-8", errors="surrogateescape") as stream:
                return cls(stream.read())
        except FileNotFoundError:
            return cls("")
        except OSError as error:
            raise UsageError(
                f"cannot read {file}: {error.strerror}", "mend the file, or set AWS_CONFIG_FILE"
            ) from error

    def names(self) -> list[str]:
        """Return every profile's name, in the file's order."""
        sections = (_section(header) for header, _, _ in self._chunks)
        profiles = (name for name in sections if name == "default" or name.startswith("profile "))
        return list(dict.fromkeys(name.removeprefix("profile ") for name in profiles))

    def named(self, kind: str) -> list[str]:
        """Return the names of the sections of a kind, such as `sso-session`, in the file's order."""
        sections = (_section(header) for header, _, _ in self._chunks)
        found = (name.removeprefix(f"{kind} ") for name in sections if name.startswith(f"{kind} "))
        return list(dict.fromkeys(found))

    def profile(self, name: str) -> Profile | None:
        """Return a profile with its include_profile laid under it, or None when the file has no such profile."""
        if not self.has_section(f"profile {name}"):
            return None
        lineage = self._lineage(name)
        settings: dict[str, str] = {}
        for ancestor in reversed(lineage):
            settings |= self.section(f"profile {ancestor}")
        return Profile(name=name, lineage=lineage, settings=settings)

    def has_section(self, name: str) -> bool:
        """Return whether the file has a section, however its header is spelled."""
        return bool(self._bodies(name))

    def section(self, name: str) -> dict[str, str]:
        """Return a section's settings; a nested one is named `outer.inner`, as in `sts.endpoint_url`."""
        if name not in self._sections:
            settings: dict[str, str] = {}
            for body in self._bodies(name):
                settings |= _settings(body)
            self._sections[name] = settings
        return self._sections[name]

    def _bodies(self, section: str) -> list[str]:
        """Return what stands under a section's headers, however they are spelled."""
        word = section.rpartition(" ")[2]  # of ten thousand headers few hold it, and only those are read closely
        found = [body for header, _, body in self._chunks if word in header and _section(header) == section]
        is_bare = not found and section == "profile default"  # it wins where both are there, as in the SDKs
        return self._bodies("default") if is_bare else found

    def _lineage(self, name: str) -> tuple[str, ...]:
        lineage = [name]
        while included := self.section(f"profile {lineage[-1]}").get("include_profile", ""):
            if included in lineage:
                raise UsageError(
                    f"include_profile goes in a circle: {' -> '.join([*lineage, included])}",
                    "take one include_profile line out of the config file",
                )
            if not self.has_section(f"profile {included}"):
                raise UsageError(
                    f"profile '{lineage[-1]}' includes '{included}', which is not in the config file",
                    f"add [profile {included}], or mend include_profile in [profile {lineage[-1]}]",
                )
            lineage.append(included)
        return tuple(lineage)


def _may_hide_headers(text: str) -> bool:
    return " [" in text or "\t[" in text


def _flush(text: str) -> str:
    """Move indented headers to the left edge; one that is indented deeper than the setting above it is none."""
    lines, level = [], _UNSET
    for line in text.split("\n"):
        stripped = line.strip()
        if not stripped or stripped[0] in "#;" or _indent(line) > level:
            lines.append(line)
        elif stripped[0] == "[":
            lines.append(stripped)
            level = _UNSET
        else:
            lines.append(line)
            level = _indent(line)
    return "\n".join(lines)


def _section(header: str) -> str:
    """Return a header in one spelling: one space, no quotes around the name."""
    kind, _, name = header.rpartition("]")[0].strip().replace("\t", " ").partition(" ")
    name = name.strip()
    if len(name) > 1 and name[0] == name[-1] and name[0] in "'\"":
        name = name[1:-1]
    return f"{kind} {name}" if name else kind


def _settings(body: str) -> dict[str, str]:
    settings: dict[str, str] = {}
    outer, level = "", _UNSET
    for line in body.split("\n"):
        text = line.strip()
        if not text or text[0] in "#;":
            continue
        if _indent(line) > level:
            _go_on(settings, outer, text)
        else:
            level = _indent(line)
            outer, value = _split(text)
            settings[outer] = value
    return settings


def _go_on(settings: dict[str, str], outer: str, text: str) -> None:
    """Take a line that is indented deeper: a setting nested under an empty one, else more of the value above."""
    if settings[outer]:
        settings[outer] += f"\n{text}"
    else:
        key, _, value = text.partition("=")
        settings[f"{outer}.{key.strip()}"] = value.strip()


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _split(text: str) -> tuple[str, str]:
    """Split at the first `=` or `:`, as the AWS CLI's parser does."""
    key, equals, value = text.partition("=")
    if ":" in key:
        key, _, rest = key.partition(":")
        value = rest + equals + value
    return key.strip().lower(), value.strip()
