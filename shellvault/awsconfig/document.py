"""Edits the text of an AWS file: adds profiles and settings, removes key pairs, and leaves every other byte as it is.

Text goes in and comes out; `config_editor` writes it to disk.
"""

from __future__ import annotations

from shellvault.awsconfig.line_kinds import COMMENT, HEADER, SETTING, parse_lines, split_lines
from shellvault.awsconfig.plaintext_keys import ID, SECRET, unquote
from shellvault.awsconfig.reader import Config, split_header, split_setting
from shellvault.core.errors import UsageError
from shellvault.core.text import quote_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping

    from shellvault.core.model import KeyPair


def profile_header(name: str) -> str:
    """Return a profile's header in the config file, without a line end; shellvault and botocore read the name from it.

    Raises:
        UsageError: no header gives this name back.
    """
    header = "[default]" if name == "default" else f"[profile {quote_name(name)}]"
    if not name.isprintable() or Config(header).names() != [name]:
        raise UsageError(f"a config file cannot have a profile named {name!r}", "choose another name, such as dev")
    return header


def edit_profile(text: str, name: str, settings: Mapping[str, str], file: str = "the config file") -> str:
    """Return a file's text with a profile added or completed; existing settings keep their values.

    Raises:
        UsageError: the text is broken, or a new profile would be read back differently.
    """
    config = Config(text, file)
    if name not in config.names():
        return append_profiles(text, {name: settings}, file)
    own = config.section(f"profile {name}")
    missing = {key: value for key, value in settings.items() if key not in own}
    if not missing:
        return text
    lines = split_lines(text)
    place = _find_header(lines, name)
    newline = _line_end(lines[place]) or "\n"
    header, body = lines[place].removesuffix(newline) + newline, lines[place + 1 :]
    indentation = _first_indentation(body)
    return "".join((*lines[:place], header, *_indented(missing, indentation, newline), *body))


def append_profiles(text: str, profiles: Mapping[str, Mapping[str, str]], file: str = "the config file") -> str:
    """Return a file's text with new profiles appended, each after a blank line.

    Raises:
        UsageError: the text is broken, or the profiles would be read back differently.
    """
    newline = _last_line_end(text)
    sections = ["".join(f"{line}{newline}" for line in _profile_lines(*profile)) for profile in profiles.items()]
    after = text + gap_at_end(text) + newline.join(sections)
    names = [*Config(text, file).names(), *profiles]
    if not _is_read_back(after, names, profiles):
        raise UsageError("new profiles could not be appended safely to the config file", "check the file's end")
    return after


def _is_read_back(text: str, names: list[str], profiles: Mapping[str, Mapping[str, str]]) -> bool:
    try:
        config = Config(text)
    except UsageError:
        return False
    written = [settings for _name, settings in config.raw_sections()]
    return config.names() == names and written[len(written) - len(profiles) :] == list(profiles.values())


def _profile_lines(name: str, settings: Mapping[str, str]) -> list[str]:
    """Return the lines of a new profile, without their ends."""
    return [profile_header(name), *(f"{key} = {value}" for key, value in settings.items())]


def gap_at_end(text: str) -> str:
    """Return what completes the text's last line and leaves a blank one below it; nothing for an empty text."""
    if not text:
        return ""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return _last_line_end(text) * (1 + (not plain.endswith("\n")) - plain.endswith("\n\n"))


def remove_key_pairs(text: str, pairs: Iterable[tuple[str, KeyPair]]) -> str:
    """Return the text without the lines that hold these key pairs, each given with its section's name as written."""
    drop = set()
    for section, pair in pairs:
        drop |= {(section, ID, pair.access_key_id), (section, SECRET, str(pair.secret_access_key))}
    section, kept = "", []
    for line, (kind, content) in _parse(split_lines(text)):
        if kind == HEADER:
            section = content
        key, value = split_setting(content)
        if kind != SETTING or (section, key, unquote(value)) not in drop:
            kept.append(line)
    return "".join(kept)


def name_profile(raw: str) -> str:
    """Return the profile's name, given the text between its header's brackets; the empty string if there is none."""
    kind, name = split_header(raw)
    return name if kind == "profile" else ""


def replace_settings(
    text: str,
    sections: Mapping[str, Mapping[str, str]],
    dropped: Container[str],
    name_of: Callable[[str], str] = name_profile,
) -> str:
    """Return the text with these settings in each of these sections, and without the dropped ones.

    `name_of` turns the text between a header's brackets into a section's name. Missing sections are not added; if two
    headers have the same name, both get the settings.
    """
    newline, name, key, kept = _last_line_end(text), "", "", []
    pending: Mapping[str, str] = {}
    for line, (kind, content) in _parse(split_lines(text)):
        if kind == SETTING:  # a continuation has the key of the setting above it
            key = split_setting(content)[0]
        if pending and kind != COMMENT:
            kept += _indented(pending, _indentation(line), newline)
            pending = {}
        if kind == HEADER:
            name = name_of(content)
            pending = sections.get(name, {})
        if kind in (COMMENT, HEADER) or name not in sections or key not in dropped:
            kept.append(line)
    if pending and _line_end(kept[-1]) == "":
        kept.append(newline)
    return "".join((*kept, *_indented(pending, "", newline)))


def _indented(settings: Mapping[str, str], indentation: str, newline: str) -> list[str]:
    return [f"{indentation}{key} = {value}{newline}" for key, value in settings.items()]


def _find_header(lines: list[str], name: str) -> int:
    """Return the number of the header whose settings count, as `Config` reads them: the last one."""
    return max(
        number
        for number, (_line, (kind, text)) in enumerate(_parse(lines))
        if kind == HEADER and split_header(text) == ("profile", name)
    )


def _first_indentation(body: list[str]) -> str:
    """Return the indentation of the first setting or header below; with less above it, it would continue that line."""
    return next((_indentation(line) for line, (kind, _text) in _parse(body) if kind != COMMENT), "")


def _indentation(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _parse(lines: list[str]) -> zip[tuple[str, tuple[str, str]]]:
    """Return each line unchanged, with its kind and text."""
    return zip(lines, parse_lines(lines), strict=True)


def _line_end(line: str) -> str:
    return next((end for end in ("\r\n", "\n", "\r") if line.endswith(end)), "")


def _last_line_end(text: str) -> str:
    """Return how the last complete line ends."""
    return next(filter(None, map(_line_end, reversed(split_lines(text)))), "\n")
