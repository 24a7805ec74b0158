"""The format env: read by a real reader of dotenv files, by shells, and as docker reads an --env-file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shellvault.core.errors import UsageError
from shellvault.shell.formats import renderer
from tests.formats.values import PLAIN, TOKEN, exported, found, numbered
from tests.shells.run import clean_env, environment, run_shell

if TYPE_CHECKING:
    from pathlib import Path

    from shellvault.shell.formats.exported import Exported

READERS = {
    "direnv": 'eval "$(direnv dotenv bash .env)"',
    "a shell": "set -a; . ./.env",
    "env": "exec env -i $(cat .env) env -0",
}


def written(folder: Path, what: Exported) -> str:
    """Write a dotenv file, and return it."""
    text = renderer("env")(what)
    (folder / ".env").write_text(text)
    return text


def some_values() -> list[bytes]:
    """Return values of all the characters that are let through, the same in every run."""
    pairs = (one + other for one in PLAIN for other in "+/=-_.:a0")
    return [value.encode() for value in (*pairs, *PLAIN, TOKEN, "TRUE", "null", "0x10", "export")]


@pytest.mark.parametrize("reader", READERS)
def test_readers_get_every_value_as_it_was(reader: str, tmp_path: Path) -> None:
    """Whatever their own rules for quotes and escapes are, they have no occasion for them."""
    values = some_values()
    written(tmp_path, numbered(values))
    done = run_shell("bash", f"cd '{tmp_path}' && {READERS[reader]} && env -0", clean_env(tmp_path))
    assert done.returncode == 0, done.stderr
    assert found(environment(done.stdout)) == values


def test_docker_gets_every_value_as_it_was(tmp_path: Path) -> None:
    """Its rule: a line is NAME=value, `#` begins a comment line, and everything behind the first `=` is the value."""
    values = some_values()
    lines = written(tmp_path, numbered(values)).splitlines()
    assert [line.partition("=")[2].encode() for line in lines if not line.startswith("#")] == values


def test_what_is_not_set_is_left_out(tmp_path: Path) -> None:
    """An empty token would be a token."""
    assert "TOKEN" not in written(tmp_path, exported(token=None))
    assert "EXPIRATION" not in written(tmp_path, exported(token=None))


@pytest.mark.parametrize("character", [*" \t\n\r\"'\\$`#!&|;<>()*?[]{}~%^,@", "\0", "é", "\u00a0", "\x1b"])
def test_what_one_of_them_would_read_otherwise_is_refused(character: str) -> None:
    """Not mangled; and the value is not repeated."""
    with pytest.raises(UsageError, match=r"^AWS_SECRET_ACCESS_KEY cannot be written as a dotenv line\b") as caught:
        renderer("env")(exported(secret=f"hidden{character}x"))
    assert "hidden" not in caught.value.message + caught.value.hint
