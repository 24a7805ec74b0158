"""The wheel, built from the sdist: it carries what the repository has, byte for byte."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from email.parser import Parser
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest

from shellvault.shell.hook_files import FILES
from tests.packaging.conftest import ROOT

if TYPE_CHECKING:
    from tests.packaging.conftest import Built
    from tests.sandbox import Sandbox

SHELL_FILES = sorted((ROOT / "shell").iterdir())
HOOKS = tuple(name for name in FILES if name != "direnv")


def from_wheel(built: Built, folder: Path, *words: str) -> bytes:
    """Run `python -m shellvault` from the unpacked wheel, and prove that it is the wheel's."""
    with ZipFile(built.wheel) as wheel:
        wheel.extractall(folder)
    env = {**os.environ, "PYTHONPATH": str(folder)}
    where = [sys.executable, "-P", "-c", "import shellvault; print(shellvault.__file__)"]
    found = subprocess.run(where, cwd=folder, env=env, check=True, capture_output=True, text=True).stdout
    assert Path(found.strip()).is_relative_to(folder)
    argv = [sys.executable, "-P", "-m", "shellvault", *words]
    return subprocess.run(argv, cwd=folder, env=env, check=True, capture_output=True).stdout


def changed_lines(shell: str, printed: str) -> list[str]:
    """Return the lines of a printed hook that are not those of the repository."""
    lies = (ROOT / "shell" / FILES[shell]).read_text().splitlines()
    if shell == "zsh":  # it is printed as one quoted word and evaluated, so that zsh expands no aliases in it
        printed = printed.partition("eval '")[2].removesuffix("'\n}\n").replace("'\\''", "'")
    return [new for old, new in zip(lies, printed.splitlines(), strict=True) if old != new]


@pytest.mark.parametrize("file", SHELL_FILES, ids=lambda file: file.name)
def test_a_shell_file_is_the_same_in_repository_sdist_and_wheel(built: Built, file: Path) -> None:
    """shell/ is shipped as shellvault/shell, and nothing on the way changes a byte."""
    with ZipFile(built.wheel) as wheel:
        shipped = wheel.read(f"shellvault/shell/{file.name}")
    assert file.read_bytes() == (built.sdist / "shell" / file.name).read_bytes() == shipped


@pytest.mark.parametrize("shell", HOOKS)
def test_hook_prints_the_repositorys_file_with_this_interpreter_in_it(sandbox: Sandbox, shell: str) -> None:
    """An editable install finds the file beside the package, and one line of it differs."""
    changed = changed_lines(shell, sandbox.run("hook", shell).stdout)
    assert len(changed) == 1
    assert re.search(rf"['\"]{Path(sys.executable).parent}/[^/]+['\"],? ['\"]-I['\"]", changed[0])


@pytest.mark.parametrize("shell", HOOKS)
def test_hook_prints_the_repositorys_file_from_the_wheel(built: Built, tmp_path: Path, shell: str) -> None:
    """An installed wheel finds the file inside the package."""
    assert len(changed_lines(shell, from_wheel(built, tmp_path, "hook", shell).decode())) == 1


def test_hook_names_the_shells_that_it_has(sandbox: Sandbox) -> None:
    """An unknown shell is an error with the known ones in its hint."""
    done = sandbox.run("hook", "cmd")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"error: no hook for 'cmd'\nhint: shellvault hook {'|'.join(FILES)}\n"


def test_hook_says_what_to_type_in_a_shell_without_one(sandbox: Sandbox) -> None:
    """Where `env` can be evaluated, another shell's hook is of no use."""
    done = sandbox.run("hook", "tcsh")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == 'error: there is no hook for tcsh\nhint: in tcsh: eval "`shellvault env PROFILE`"\n'


def test_the_wheel_has_every_module_and_nothing_else(built: Built) -> None:
    """What git would ship is what the wheel ships; no test, no cache and no stray file."""
    package = {path for path in (ROOT / "shellvault").rglob("*") if path.suffix in (".py", ".typed")}
    wanted = {str(path.relative_to(ROOT)) for path in package} | {
        f"shellvault/shell/{file.name}" for file in SHELL_FILES
    }
    with ZipFile(built.wheel) as wheel:
        names = {name for name in wheel.namelist() if ".dist-info/" not in name and ".data/" not in name}
    assert names == wanted


def test_every_way_to_ask_for_the_version_gives_the_same(built: Built, sandbox: Sandbox, tmp_path: Path) -> None:
    """The wheel's metadata, the script, the module and the changelog agree."""
    with ZipFile(built.wheel) as wheel:
        (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
        version = Parser().parsestr(wheel.read(name).decode())["Version"]
    assert sandbox.run("--version").stdout == f"shellvault {version}\n"
    assert from_wheel(built, tmp_path, "--version").decode() == f"shellvault {version}\n"
    assert f"\n## [{version}]" in (ROOT / "CHANGELOG.md").read_text()


def test_the_wheel_asks_for_what_the_project_declares(built: Built) -> None:
    """The project file's dependencies arrive in the metadata, and the script's name with them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    with ZipFile(built.wheel) as wheel:
        texts = {
            name.rpartition("/")[2]: wheel.read(name).decode() for name in wheel.namelist() if ".dist-info/" in name
        }
    required = [line for line in Parser().parsestr(texts["METADATA"]).get_all("Requires-Dist", []) if ";" not in line]
    assert sorted(required) == sorted(project["dependencies"])
    assert texts["entry_points.txt"].split("\n")[:2] == ["[console_scripts]", "shellvault = shellvault.__main__:main"]
