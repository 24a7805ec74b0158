"""Writes a profile into the AWS config file, leaving every other line as it is. Reading it is config.py's."""

from __future__ import annotations

from io import StringIO

from shellvault.awsconfig.reader import Config
from shellvault.system.atomic_file import encode_text, exclusive, read_text, replace_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def put_profile(path: str, name: str, settings: Mapping[str, str]) -> bool:
    """Add a profile, or the settings it lacks, to the config file; say whether anything was written.

    Raises:
        VaultUnavailableError: the file could not be written; it is as it was.
    """
    with exclusive(path):
        return _put(path, name, settings)


def _put(path: str, name: str, settings: Mapping[str, str]) -> bool:
    before = read_config(path)
    after = with_profile(before, name, settings)
    if after != before:
        replace_file(path, encode_text(after))
    return after != before


def with_profile(text: str, name: str, settings: Mapping[str, str]) -> str:
    """Return the text of a config file with this profile in it; a setting that is there keeps its value."""
    own = Config(text).section(f"profile {name}")
    lines = [f"{key} = {value}\n" for key, value in settings.items() if key not in own]
    if name not in Config(text).names():
        return f"{_ended(text)}{profile_header(name)}\n{''.join(lines)}"
    if not lines:
        return text
    head, line, rest = _around_header(text, name)
    indentation = _indentation(rest)
    return f"{head}{_ended(line, '')}{''.join(indentation + setting for setting in lines)}{rest}"


def _around_header(text: str, name: str) -> tuple[str, str, str]:
    lines = list(StringIO(text, newline="\n"))
    places = [number for number, line in enumerate(lines) if name in Config(line).names()]
    place = max(places, key=lambda number: ("profile" in lines[number], number))  # as `Config` reads them: which wins
    return "".join(lines[:place]), lines[place], "".join(lines[place + 1 :])


def _indentation(body: str) -> str:
    """Return the blanks before a section's first setting, which is no setting any more under one with fewer."""
    for line in body.split("\n"):
        text = line.strip()
        if text and text[0] not in "#;":
            return "" if text[0] == "[" else line[: line.index(text[0])]
    return ""


def profile_header(name: str) -> str:
    """Return a profile's header line, without its newline."""
    if name == "default":
        return "[default]"
    if not set(name) & {" ", "'", '"', "\\"}:
        return f"[profile {name}]"
    quote = '"' if "'" in name else "'"  # the AWS CLI reads the name as a shell would
    return f"[profile {quote}{name}{quote}]"


def _ended(text: str, gap: str = "\n") -> str:
    """Return a text that ends its last line, and leaves a blank one where there was any text at all."""
    if not text:
        return ""
    return text + ("" if text.endswith("\n") else "\n") + gap


def read_config(path: str) -> str:
    """Return what a config file holds, empty where there is none; its ends of lines as they are."""
    return read_text(path, "mend the file, or set AWS_CONFIG_FILE")
