"""Where the files are: the answer of platformdirs, made without loading it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import platformdirs
import pytest

from shellvault.system import paths

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("data_home", [None, "", "/data", "/data/", "relative", "~/data", " ", " /data", "/with space"])
def test_the_home_is_platformdirs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data_home: str | None) -> None:
    """For every value of XDG_DATA_HOME, set, empty and unset; a relative one counts as none."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    if data_home is not None:
        monkeypatch.setenv("XDG_DATA_HOME", data_home)
    assert paths.home(dict(os.environ)) == platformdirs.user_data_dir("shellvault", appauthor=False)


@pytest.mark.parametrize(
    ("chosen", "expected"), [("~/vault", "{home}/vault"), ("/a/../b", "/b"), ("here", "{here}/here")]
)
def test_a_home_that_was_chosen_is_made_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chosen: str, expected: str
) -> None:
    """A tilde is spelled out, and a command that changes its folder finds the same one."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    environ = {"SHELLVAULT_HOME": chosen, "XDG_DATA_HOME": "/elsewhere"}
    assert paths.home(environ) == expected.format(home=tmp_path, here=tmp_path)


def test_an_empty_choice_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SHELLVAULT_HOME= means the default."""
    monkeypatch.setenv("HOME", str(tmp_path))
    assert paths.home({"SHELLVAULT_HOME": ""}) == str(tmp_path / ".local" / "share" / "shellvault")
