"""The env format, read by a dotenv parser, by shells, and by docker's rules for --env-file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shellvault.core.errors import UsageError
from shellvault.shell.formats import find_format
from tests.formats.sample_exports import PLAIN, TOKEN, extract_values, make_export, number_values
from tests.shells.real_shells import clean_env, parse_environment_bytes, run_shell

if TYPE_CHECKING:
    from pathlib import Path

    from shellvault.shell.formats.exported import Exported

READERS = {
    "direnv": 'eval "$(direnv dotenv bash .env)"',
    "a shell": "set -a; . ./.env",
    "env": "exec env -i $(cat .env) env -0",
}


def write_dotenv(folder: Path, what: Exported) -> str:
    """Write a dotenv file, and return its text."""
    text = find_format("env")(what)
    (folder / ".env").write_text(text)
    return text


def list_values() -> list[bytes]:
    """Return values with all allowed characters, the same in every run."""
    pairs = (one + other for one in PLAIN for other in "+/=-_.:a0")
    return [value.encode() for value in (*pairs, *PLAIN, TOKEN, "TRUE", "null", "0x10", "export")]


@pytest.mark.parametrize("reader", READERS)
def test_readers_get_every_value_unchanged(reader: str, tmp_path: Path) -> None:
    """Their different rules for quotes and escapes never apply."""
    values = list_values()
    write_dotenv(tmp_path, number_values(values))
    done = run_shell("bash", f"cd '{tmp_path}' && {READERS[reader]} && env -0", clean_env(tmp_path))
    assert done.returncode == 0, done.stderr
    assert extract_values(parse_environment_bytes(done.stdout)) == values


def test_docker_gets_every_value_unchanged(tmp_path: Path) -> None:
    """Docker's rule: NAME=value lines, `#` for comment lines, and everything after the first `=` is the value."""
    values = list_values()
    lines = write_dotenv(tmp_path, number_values(values)).splitlines()
    assert [line.partition("=")[2].encode() for line in lines if not line.startswith("#")] == values


def test_unset_variables_are_omitted(tmp_path: Path) -> None:
    """An empty token would count as a token."""
    assert "TOKEN" not in write_dotenv(tmp_path, make_export(token=None))
    assert "EXPIRATION" not in write_dotenv(tmp_path, make_export(token=None))


@pytest.mark.parametrize("character", [*" \t\n\r\"'\\$`#!&|;<>()*?[]{}~%^,@", "\0", "é", "\u00a0", "\x1b"])
def test_ambiguous_character_is_refused(character: str) -> None:
    """It is not altered, and the error does not repeat the value."""
    with pytest.raises(UsageError, match=r"^AWS_SECRET_ACCESS_KEY cannot be written as a dotenv line\b") as caught:
        find_format("env")(make_export(secret=f"hidden{character}x"))
    assert "hidden" not in caught.value.message + caught.value.hint
