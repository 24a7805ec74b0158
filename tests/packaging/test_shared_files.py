"""The man page and the completions that the wheel brings along, for the folder `share` beside `bin`."""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest

from shellvault.argparser import COMMON
from shellvault.commands import VERBS
from tests.packaging.conftest import build
from tests.packaging.program import command

if TYPE_CHECKING:
    from pathlib import Path

    from tests.packaging.conftest import Built
    from tests.sandbox import Sandbox

MAN_PAGE = "man/man1/shellvault.1"
COMPLETIONS = {
    "bash": "bash-completion/completions/shellvault",
    "zsh": "zsh/site-functions/_shellvault",
    "fish": "fish/vendor_completions.d/shellvault.fish",
}
LONGEST_LINE = 80


def shared_files(built: Built) -> dict[str, bytes]:
    """Return what an installer puts below `share`."""
    with ZipFile(built.wheel) as wheel:
        found = {name.partition(".data/data/share/")[2]: name for name in wheel.namelist()}
        return {path: wheel.read(name) for path, name in found.items() if path}


@pytest.fixture(scope="session")
def page(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the man page of the wheel."""
    file = tmp_path_factory.mktemp("man") / "shellvault.1"
    file.write_bytes(shared_files(built)[MAN_PAGE])
    return file


def part(page: Path, heading: str) -> str:
    """Return the text below a heading, which begins with these words, as it is read."""
    source = re.sub(r"\\f[BIR]", "", page.read_text()).replace(r"\-", "-").replace(r"\[u2026]", "…")
    return re.split(r"\n\.S[HS] ", re.split(rf"\n\.S[HS] {re.escape(heading)}[ \n]", source, maxsplit=1)[1])[0]


def test_the_wheel_shares_the_man_page_and_three_completions(built: Built) -> None:
    """And no other file."""
    assert shared_files(built).keys() == {MAN_PAGE, *COMPLETIONS.values()}


@pytest.mark.parametrize("shell", COMPLETIONS)
def test_a_completion_is_what_the_command_prints(built: Built, sandbox: Sandbox, shell: str) -> None:
    """Byte for byte."""
    assert shared_files(built)[COMPLETIONS[shell]].decode() == sandbox.run("completion", shell).stdout


@pytest.mark.parametrize("verb", VERBS)
def test_the_man_page_has_every_option_of_a_command(page: Path, verb: str) -> None:
    """With short form and value; those of every command are in a section of their own."""
    text = part(page, f"shellvault {verb}")
    for option in command(verb).options:
        names = ", ".join(name for name in (option.short, option.name) if name)
        where = part(page, "OPTIONS") if option in COMMON else text
        assert f"\n.TP\n{names} {option.value}".rstrip() + "\n" in where


def test_the_man_page_explains_every_exit_status_of_the_help(page: Path, sandbox: Sandbox) -> None:
    """They are made from the same text."""
    told = sandbox.run("--help").stdout.partition("\nExit status\n")[2]
    assert re.findall(r"\.B (\d+)\n", part(page, "EXIT STATUS")) == re.findall(r"^ +(\d+) ", told, re.MULTILINE)


def test_groff_has_nothing_to_warn_of(page: Path) -> None:
    """Neither an unknown sign nor a request out of place."""
    env = {**os.environ, "MANROFFOPT": "-wall", "LC_ALL": "C.UTF-8"}
    argv: list[str | Path] = ["man", "--warnings", "-E", "UTF-8", "-Tutf8", "--ditroff", "--local-file", page]
    done = subprocess.run(argv, env=env, check=True, capture_output=True, text=True)
    assert done.stderr == ""


def test_the_man_page_fits_a_terminal_and_breaks_no_word(page: Path) -> None:
    """Examples are not filled, so they are wrapped already; a hyphen would change a name."""
    env = {**os.environ, "MANWIDTH": str(LONGEST_LINE), "LC_ALL": "C.UTF-8"}
    shown = subprocess.run(["man", "--local-file", page], env=env, check=True, capture_output=True, text=True).stdout
    lines = shown.splitlines()
    assert [line for line in lines if len(line) > LONGEST_LINE or line.endswith("\N{HYPHEN}")] == []
    assert 'eval "`shellvault env prod`"        tcsh' in shown


def test_two_builds_are_the_same_byte_for_byte(built: Built, tmp_path: Path) -> None:
    """From another folder and at another time, so that anybody can check what was released."""
    again = build(tmp_path)
    assert again.wheel.read_bytes() == built.wheel.read_bytes()
    (sdist,), (other,) = built.sdist.parent.glob("*.tar.gz"), tmp_path.glob("*.tar.gz")
    assert sdist.read_bytes() == other.read_bytes()
