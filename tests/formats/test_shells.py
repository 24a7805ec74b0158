"""export-env and fish, sourced by real shells."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from shellvault.core.errors import UsageError
from shellvault.shell.formats import renderer
from tests.dialects.hostile import hostile_values
from tests.formats.values import KEY, SECRET, exported, found, numbered
from tests.shells.run import clean_env, environment, run_shell

if TYPE_CHECKING:
    from pathlib import Path

    from shellvault.shell.formats.exported import Exported

FORMATS = {"bash": "export-env", "zsh": "export-env", "dash": "export-env", "ksh": "export-env", "fish": "fish"}


def sourced(shell: str, what: Exported, folder: Path, before: str = "true") -> dict[bytes, bytes]:
    """Return the environment of a shell that has sourced what is exported, and that this succeeded."""
    file = folder / "exported"
    file.write_bytes(os.fsencode(renderer(FORMATS[shell])(what)))
    into = f"source '{file}'" if shell == "fish" else f". '{file}'"
    succeeds = "; and" if shell == "fish" else " &&"
    done = run_shell(shell, f"{before}; {into}{succeeds} env -0", clean_env(folder))
    assert (done.returncode, done.stderr) == (0, b"")
    return environment(done.stdout)


@pytest.mark.parametrize("shell", FORMATS)
def test_every_value_arrives_as_it_was(shell: str, tmp_path: Path) -> None:
    """Quotes, newlines, bytes that are no text: everything but NUL."""
    values = [value for value in hostile_values(300) if len(value) < 500]
    for begin in range(0, len(values), 150):
        part = values[begin : begin + 150]
        assert found(sourced(shell, numbered(part), tmp_path)) == part


@pytest.mark.parametrize("shell", FORMATS)
def test_what_a_key_pair_has_not_is_taken_out(shell: str, tmp_path: Path) -> None:
    """A token from before would not fit the key; and it is no failure where there was none."""
    before = "set -gx AWS_SESSION_TOKEN old" if shell == "fish" else "export AWS_SESSION_TOKEN=old"
    for first in (before, "true"):
        seen = sourced(shell, exported(token=None), tmp_path, first)
        assert b"AWS_SESSION_TOKEN" not in seen
        assert b"AWS_CREDENTIAL_EXPIRATION" not in seen
        assert (seen[b"AWS_ACCESS_KEY_ID"], seen[b"AWS_SECRET_ACCESS_KEY"]) == (KEY.encode(), SECRET.encode())


@pytest.mark.parametrize("form", ["export-env", "fish"])
def test_nul_is_refused(form: str) -> None:
    """No environment holds it; the value is not repeated."""
    with pytest.raises(UsageError, match="AWS_SECRET_ACCESS_KEY") as caught:
        renderer(form)(exported("dev", "hidden\0"))
    assert "hidden" not in caught.value.message
