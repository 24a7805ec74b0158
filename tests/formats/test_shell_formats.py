"""export-env and fish, sourced by real shells."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from shellvault.core.errors import UsageError
from shellvault.shell.formats import find_format
from tests.dialects.hostile_values import hostile_values
from tests.formats.sample_exports import KEY, SECRET, extract_values, make_export, number_values
from tests.shells.real_shells import clean_env, parse_environment_bytes, run_shell

if TYPE_CHECKING:
    from pathlib import Path

    from shellvault.shell.formats.exported import Exported

FORMATS = {"bash": "export-env", "zsh": "export-env", "dash": "export-env", "ksh": "export-env", "fish": "fish"}


def source_export(shell: str, what: Exported, folder: Path, before: str = "true") -> dict[bytes, bytes]:
    """Return the environment of a shell after it has successfully sourced an export."""
    file = folder / "exported"
    file.write_bytes(os.fsencode(find_format(FORMATS[shell])(what)))
    into = f"source '{file}'" if shell == "fish" else f". '{file}'"
    succeeds = "; and" if shell == "fish" else " &&"
    done = run_shell(shell, f"{before}; {into}{succeeds} env -0", clean_env(folder))
    assert (done.returncode, done.stderr) == (0, b"")
    return parse_environment_bytes(done.stdout)


@pytest.mark.parametrize("shell", FORMATS)
def test_every_value_arrives_unchanged(shell: str, tmp_path: Path) -> None:
    """Quotes, newlines, invalid text: everything but NUL."""
    values = [value for value in hostile_values(300) if len(value) < 500]
    for start in range(0, len(values), 150):
        part = values[start : start + 150]
        assert extract_values(source_export(shell, number_values(part), tmp_path)) == part


@pytest.mark.parametrize("shell", FORMATS)
def test_variables_a_key_pair_lacks_are_unset(shell: str, tmp_path: Path) -> None:
    """A previous token would not match the key; unsetting one that is absent succeeds."""
    before = "set -gx AWS_SESSION_TOKEN old" if shell == "fish" else "export AWS_SESSION_TOKEN=old"
    for first in (before, "true"):
        seen = source_export(shell, make_export(token=None), tmp_path, first)
        assert b"AWS_SESSION_TOKEN" not in seen
        assert b"AWS_CREDENTIAL_EXPIRATION" not in seen
        assert (seen[b"AWS_ACCESS_KEY_ID"], seen[b"AWS_SECRET_ACCESS_KEY"]) == (KEY.encode(), SECRET.encode())


@pytest.mark.parametrize("form", ["export-env", "fish"])
def test_nul_is_refused(form: str) -> None:
    """No environment can hold it, and the error does not repeat the value."""
    with pytest.raises(UsageError, match="AWS_SECRET_ACCESS_KEY") as caught:
        find_format(form)(make_export("dev", "hidden\0"))
    assert "hidden" not in caught.value.message
