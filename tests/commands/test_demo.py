"""Where the demo is not installed, the hint says how to get it for each kind of installation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shellvault.commands.demo import explain_missing
from tests.packaging.markdown import README, blocks

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sandbox import Sandbox

BESIDE = "python3 -m venv .venv && .venv/bin/pip install '.[demo]' && .venv/bin/shellvault demo"


def explain(prefix: Path) -> tuple[str, str]:
    """Return the message and the hint for an installation in this folder."""
    error = explain_missing(str(prefix), str(prefix), str(prefix / "bin" / "python"))
    return error.message, error.hint


@pytest.mark.parametrize(
    ("files", "line"),
    [
        (["pyvenv.cfg", "bin/pip", "pipx_metadata.json"], "pipx install --force '.[demo]'"),
        (["pyvenv.cfg", "uv-receipt.toml"], "uv tool install '.[demo]'"),
        (["pyvenv.cfg", "bin/pip"], "{}/bin/python -m pip install '.[demo]'"),
    ],
    ids=["pipx", "uv", "pip"],
)
def test_the_hint_uses_the_installer_that_was_used(tmp_path: Path, files: list[str], line: str) -> None:
    """It installs into the same environment, so that `shellvault demo` works afterwards."""
    for name in files:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert explain(tmp_path) == ("the demo is not installed", f"in a clone of shellvault: {line.format(tmp_path)}")


@pytest.mark.parametrize("files", [["pyvenv.cfg"], []], ids=["Debian's and Homebrew's", "single file"])
def test_a_package_that_nothing_can_be_added_to_says_so(tmp_path: Path, files: list[str]) -> None:
    """The demo then gets an environment of its own, as in README."""
    for name in files:
        (tmp_path / name).touch()
    assert explain(tmp_path) == ("this package does not contain the demo", f"in a clone of shellvault: {BESIDE}")
    assert BESIDE in blocks(README, "sh")[0].replace(" -q", "")


def test_help_does_not_begin_with_what_may_be_missing(sandbox: Sandbox) -> None:
    """The commands to start with work in each installation."""
    start = sandbox.run("--help").stdout.partition("\nCommands\n")[0]
    assert "shellvault add dev" in start
    assert "demo" not in start
