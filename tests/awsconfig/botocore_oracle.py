"""Reads one config file with shellvault and with botocore, and says where they differ.

As a command, it compares many more files than the tests do: `python -m tests.awsconfig.botocore_oracle FILES [SEED]`.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import botocore.session
from botocore.configloader import load_config, raw_config_parse
from botocore.exceptions import ConfigParseError

from shellvault.awsconfig.profiles import Profiles
from shellvault.awsconfig.reader import Config
from shellvault.core.errors import UsageError
from tests.awsconfig.generated_configs import make_config
from tests.core.sample_settings import make_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

READ, REFUSED = "read", "refused"
_KINDS = {"profile": "profiles", "sso-session": "sso_sessions", "services": "services"}


def compare(path: Path) -> tuple[str, str]:
    """Return whether botocore read or refused a file, and how shellvault differs (empty if it does not)."""
    try:
        expected = _read_by_botocore(path)
    except ConfigParseError as error:
        return REFUSED, _compare_refusal(path, dict[str, Any](error.kwargs)["error"])
    try:
        found = _read_by_us(path)
    except UsageError as error:
        if b"[DEFAULT]" in path.read_bytes() and "is part of" in error.message:
            return READ, ""  # see docs/config-files.md: botocore only looks at such a line in a section that is used
        return READ, f"botocore reads it, but: {error.message}"
    differences = [
        f"{part}: {expected[part]!r}, but {found[part]!r}" for part in expected if expected[part] != found[part]
    ]
    return READ, "\n".join(differences)


def shrink(data: bytes, is_wrong: Callable[[bytes], bool]) -> bytes:
    """Return the smallest version of the file that still goes wrong, by dropping lines it does not need."""
    lines = data.splitlines(keepends=True)
    at = 0
    while at < len(lines):
        shorter = lines[:at] + lines[at + 1 :]
        if is_wrong(b"".join(shorter)):
            lines = shorter
        else:
            at += 1
    return b"".join(lines)


def _read_by_botocore(path: Path) -> dict[str, object]:
    loaded = load_config(str(path))
    read: dict[str, object] = {"headers": list(raw_config_parse(str(path)))}
    for part in _KINDS.values():
        read[part] = _flatten_all(loaded[part])
    read["lookups"] = [name in loaded["profiles"] for name in _likely_names(path)]
    names = [name for name in loaded["profiles"] if name]
    read["scoped"] = _flatten_all(dict(_scoped_configs(path, names)))
    return read


def _scoped_configs(path: Path, names: Sequence[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what a session with each of these profiles sees; it is the same one, which reads the file once."""
    files = {"config_file": (None, None, str(path), None), "credentials_file": (None, None, str(path) + "-none", None)}
    variables = botocore.session.Session.SESSION_VARIABLES | files
    session = botocore.session.Session(variables, include_builtin_handlers=False)  # these are for calls to AWS
    for name in names:
        session.set_config_variable("profile", name)
        yield name, session.get_scoped_config()


def _read_by_us(path: Path) -> dict[str, object]:
    config = Config.read(str(path))
    read: dict[str, object] = {"headers": [raw for raw in config.headers() if raw != "DEFAULT"]}
    for kind, part in _KINDS.items():
        read[part] = {name: config.section(f"{kind} {name}") for name in config.named(kind)}
    read["lookups"] = [config.profile(name) is not None for name in _likely_names(path)]
    profiles = Profiles(config, {}, make_settings({}))
    read["scoped"] = {name: found.settings for name in config.names() if (found := profiles.profile(name))}
    return read


def _likely_names(path: Path) -> list[str]:
    """Return everything that could be taken for a profile name, whether it is one or not."""
    headers = raw_config_parse(str(path))
    return [*headers, *(name for header in headers for name in (header.partition(" ")[2], header[8:].strip(" '\"")))]


def _flatten_all(sections: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    return {name: _flatten(settings) for name, settings in sections.items()}


def _flatten(settings: Mapping[str, Any]) -> dict[str, str]:
    """Return settings with nested ones named as in shellvault, which does not read names that contain a dot."""
    flat: dict[str, str] = {}
    for key, value in settings.items():
        if "." in key:
            continue
        if isinstance(value, dict):
            flat[key] = ""
            flat |= {f"{key}.{inner}": text for inner, text in value.items()}
        else:
            flat[key] = value
    return flat


def _compare_refusal(path: Path, error: Exception) -> str:
    """Return what is wrong with our refusal: it must name the file, and no later line than botocore's."""
    try:
        Config.read(str(path))
    except UsageError as ours:
        number = ours.message.removeprefix(f"{path}:").partition(":")[0]
        named = [number for number, _line in getattr(error, "errors", ())] or [getattr(error, "lineno", 0)]
        if not number.isdigit() or not ours.hint or (min(named) and int(number) > min(named)):
            return f"botocore: {error}, but: {ours.message}"
        return ""
    return f"botocore refuses it, but we read it: {error}"


def main() -> int:
    """Compare many files, and print the first one that differs."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    random = Random(int(sys.argv[2]) if len(sys.argv) > 2 else None)  # noqa: S311 - not a secret
    seen: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "config"

        def differs(data: bytes) -> bool:
            path.write_bytes(data)
            return bool(compare(path)[1])

        for _ in range(count):
            data = make_config(random)
            path.write_bytes(data)
            outcome, difference = compare(path)
            seen[outcome] += 1
            if difference:
                smallest = shrink(data, differs)
                path.write_bytes(smallest)
                sys.stdout.write(f"{smallest!r}\n{compare(path)[1]}\n")
                return 1
    sys.stdout.write(f"{count} files: {seen[READ]} read and {seen[REFUSED]} refused, all as botocore does\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
