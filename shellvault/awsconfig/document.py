"""Edits the text of an AWS file: adds profiles and settings, removes key pairs, and leaves every other byte as it is.

Text goes in and comes out; `config_editor` writes it to disk.
"""

from __future__ import annotations

from io import StringIO

from shellvault.awsconfig.plaintext_keys import ID, SECRET
from shellvault.awsconfig.reader import (
    COMMENT,
    HEADER,
    QUOTED_QUOTE,
    SETTING,
    Config,
    parse_lines,
    profile_name,
    raw_name,
)
from shellvault.core.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping

    from shellvault.core.model import KeyPair

_BYTE_ORDER_MARK = "\ufeff"


def profile_header(name: str) -> str:
    """Return a profile's header in the config file, without a line end; shellvault and botocore read the name from it.

    Raises:
        UsageError: no header gives this name back.
    """
    header = "[default]" if name == "default" else f"[profile {_quote(name)}]"
    if not name.isprintable() or Config(header).names() != [name]:
        raise UsageError(f"a config file cannot have a profile named {name!r}", "choose another name, such as dev")
    return header


def _quote(name: str) -> str:
    """Return a name quoted for botocore, which splits a header into words as a shell does."""
    if not set(name) & {" ", "'", '"', "\\"}:
        return name
    if "'" in name and not set(name) & {'"', "\\"}:
        return f'"{name}"'
    escaped = name.replace("'", QUOTED_QUOTE)
    return f"'{escaped}'"


def edit_profile(text: str, name: str, settings: Mapping[str, str]) -> str:
    """Return the text with a profile in it; a setting that is there already keeps its value.

    Raises:
        UsageError: a new profile would not be read back as it is meant.
    """
    config = Config(text)
    if name not in config.names():
        return append_profiles(text, {name: settings})
    own = config.section(f"profile {name}")
    missing = {key: value for key, value in settings.items() if key not in own}
    if not missing:
        return text
    lines = _split_lines(text)
    place = _find_header(lines, name)
    newline = _line_end(lines[place]) or "\n"
    header, body = lines[place].removesuffix(newline) + newline, lines[place + 1 :]
    indentation = _first_indentation(body)
    return "".join((*lines[:place], header, *_indented(missing, indentation, newline), *body))


def append_profiles(text: str, profiles: Mapping[str, Mapping[str, str]]) -> str:
    """Return the text with new profiles at its end, each after a blank line.

    Raises:
        UsageError: they would not be read back as they are meant.
    """
    newline = _last_line_end(text)
    sections = ["".join(f"{line}{newline}" for line in _profile_lines(*profile)) for profile in profiles.items()]
    after = text + gap_at_end(text) + newline.join(sections)
    config = Config(after)
    is_readable = config.names() == [*Config(text).names(), *profiles]
    if not is_readable or any(config.section(f"profile {name}") != settings for name, settings in profiles.items()):
        raise UsageError("new profiles could not be appended safely to the config file", "check the file's end")
    return after


def _profile_lines(name: str, settings: Mapping[str, str]) -> list[str]:
    """Return the lines of a new profile, without their ends."""
    return [profile_header(name), *(f"{key} = {value}" for key, value in settings.items())]


def gap_at_end(text: str) -> str:
    """Return what completes the text's last line and leaves a blank one below it; nothing for an empty text."""
    if not text:
        return ""
    plain = text.replace("\r\n", "\n")
    return _last_line_end(text) * (1 + (not plain.endswith("\n")) - plain.endswith("\n\n"))


def remove_key_pairs(text: str, pairs: Iterable[tuple[str, KeyPair]]) -> str:
    """Return the text without the lines that hold these key pairs, each given with its section's name as written."""
    drop = set()
    for section, pair in pairs:
        drop |= {(section, ID, pair.access_key_id), (section, SECRET, str(pair.secret_access_key))}
    section, kept = "", []
    for line, (kind, key, value) in _parse(_split_lines(text)):
        if kind == HEADER:
            section = raw_name(value)
        if kind != SETTING or (section, key, value) not in drop:
            kept.append(line)
    return "".join(kept)


def replace_settings(
    text: str,
    sections: Mapping[str, Mapping[str, str]],
    dropped: Container[str],
    name_of: Callable[[str], str] = profile_name,
) -> str:
    """Return the text in which each of these sections has these settings, and none of those that are dropped.

    `name_of` returns a section's name, from the text after the opening bracket. Sections that are not there stay away;
    where two headers have one name, both get the settings.
    """
    newline, name, kept = _last_line_end(text), "", []
    pending: Mapping[str, str] = {}
    for line, (kind, key, value) in _parse(_split_lines(text)):
        if pending and kind != COMMENT:
            kept += _indented(pending, "" if kind == HEADER else line[: len(line) - len(line.lstrip())], newline)
            pending = {}
        if kind == HEADER:
            name = name_of(value)
            pending = sections.get(name, {})
        if kind in (COMMENT, HEADER) or name not in sections or key not in dropped:
            kept.append(line)
    if pending and _line_end(kept[-1]) == "":
        kept.append(newline)
    return "".join((*kept, *_indented(pending, "", newline)))


def quote_headers(text: str, names: Iterable[str]) -> str:
    """Return the text in which botocore reads the headers of these profiles; others take names without quotes, too."""
    odd = {name: profile_header(name) for name in names if name != "default" and _quote(name) != name}
    missing = {name: header for name, header in odd.items() if header not in text}
    lines = _parse(_split_lines(text)) if missing else ()
    quoted = [
        missing[name] + _line_end(line) if kind == HEADER and (name := profile_name(value)) in missing else line
        for line, (kind, _key, value) in lines
    ]
    return "".join(quoted) or text


def _indented(settings: Mapping[str, str], indentation: str, newline: str) -> list[str]:
    return [f"{indentation}{key} = {value}{newline}" for key, value in settings.items()]


def _find_header(lines: list[str], name: str) -> int:
    """Return the number of the header whose settings win, as `Config` reads them: the last one, a full one first."""
    found = [
        number
        for number, (_line, (kind, _key, text)) in enumerate(_parse(lines))
        if kind == HEADER and profile_name(text) == name
    ]
    return max(found, key=lambda number: ("profile" in lines[number], number))


def _first_indentation(body: list[str]) -> str:
    """Return the indentation of a section's first setting; with less above it, it would continue the new line."""
    for line, (kind, _key, _text) in _parse(body):
        if kind != COMMENT:
            return "" if kind == HEADER else line[: len(line) - len(line.lstrip())]
    return ""


def _parse(lines: list[str]) -> zip[tuple[str, tuple[str, str, str]]]:
    """Return each line as it is, with its kind, key and text."""
    plain = [line.removeprefix(_BYTE_ORDER_MARK) for line in lines[:1]] + lines[1:]
    return zip(lines, parse_lines(plain), strict=True)


def _split_lines(text: str) -> list[str]:
    """Return the lines with their ends; `str.splitlines` would also split at characters that end no line here."""
    return list(StringIO(text, newline="\n"))


def _line_end(line: str) -> str:
    return "\r\n" if line.endswith("\r\n") else "\n" if line.endswith("\n") else ""


def _last_line_end(text: str) -> str:
    """Return how the last complete line ends."""
    return _line_end(text[: text.rfind("\n") + 1]) or "\n"
