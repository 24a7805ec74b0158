"""Reads ~/.aws/config, by one split and no parser: a file of ten thousand profiles must not slow the warm path."""

from __future__ import annotations

import os

from shellvault.errors import UsageError
from shellvault.model import Profile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def path(environ: Mapping[str, str]) -> str:
    """Return the config file's path, as the AWS CLI finds it."""
    return os.path.expanduser(environ.get("AWS_CONFIG_FILE") or "~/.aws/config")


class Config:
    """The sections of one config file, each parsed when it is first asked for."""

    def __init__(self, text: str) -> None:
        chunks = ("\n" + text.removeprefix("\ufeff").replace("\r\n", "\n")).split("\n[")
        self._bodies: dict[str, list[str]] = {}
        for chunk in chunks[1:]:
            header, _, body = chunk.partition("\n")
            self._bodies.setdefault(_section(header), []).append(body)
        if bare := self._bodies.pop("default", None):  # [profile default] wins where both are there, as in the SDKs
            self._bodies.setdefault("profile default", bare)

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
        return [name.removeprefix("profile ") for name in self._bodies if name.startswith("profile ")]

    def profile(self, name: str) -> Profile | None:
        """Return a profile with its include_profile laid under it, or None when the file has no such profile."""
        if f"profile {name}" not in self._bodies:
            return None
        lineage = self._lineage(name)
        settings: dict[str, str] = {}
        for ancestor in reversed(lineage):
            settings |= self.section(f"profile {ancestor}")
        return Profile(name=name, lineage=lineage, settings=settings)

    def section(self, name: str) -> dict[str, str]:
        """Return a section's settings; a nested one is named `outer.inner`, as in `sts.endpoint_url`."""
        settings: dict[str, str] = {}
        for body in self._bodies.get(name, ()):
            settings |= _settings(body)
        return settings

    def _lineage(self, name: str) -> tuple[str, ...]:
        lineage = [name]
        while included := self.section(f"profile {lineage[-1]}").get("include_profile", ""):
            if included in lineage:
                raise UsageError(
                    f"include_profile goes in a circle: {' -> '.join([*lineage, included])}",
                    "take one include_profile line out of the config file",
                )
            if f"profile {included}" not in self._bodies:
                raise UsageError(
                    f"profile '{lineage[-1]}' includes '{included}', which is not in the config file",
                    f"add [profile {included}], or mend include_profile in [profile {lineage[-1]}]",
                )
            lineage.append(included)
        return tuple(lineage)


def _section(header: str) -> str:
    """Return a header in one spelling: one space, no quotes around the name."""
    kind, _, name = header.rpartition("]")[0].strip().replace("\t", " ").partition(" ")
    name = name.strip()
    if len(name) > 1 and name[0] == name[-1] and name[0] in "'\"":
        name = name[1:-1]
    return f"{kind} {name}" if name else kind


def _settings(body: str) -> dict[str, str]:
    settings: dict[str, str] = {}
    outer = ""
    for line in body.split("\n"):
        text = line.strip()
        if not text or text[0] in "#;":
            continue
        key, value = _split(text)
        if line[0] in " \t":
            settings[f"{outer}.{key}"] = value
        else:
            outer = key
            settings[key] = value
    return settings


def _split(text: str) -> tuple[str, str]:
    """Split at the first `=` or `:`, as the AWS CLI's parser does."""
    key, equals, value = text.partition("=")
    if ":" in key:
        key, _, rest = key.partition(":")
        value = rest + equals + value
    return key.strip().lower(), value.strip()
