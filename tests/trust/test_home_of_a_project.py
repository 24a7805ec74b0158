"""A project can set its own home, for example in `.envrc`; nothing that it ships there is trusted."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.trust.test_trust_command import PEM

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

ENV = ("env", "made", "--shell", "bash", "--no-input")
PLACES = {"SHELLVAULT_HOME": "shellvault", "XDG_DATA_HOME": "."}
"""Variable -> what it names, in the folder that contains the home `shellvault`."""


class Project:
    """A folder with a config file whose program leaves a mark, and a home that claims to trust it."""

    def __init__(self, sandbox: Sandbox, variable: str) -> None:
        self.folder = sandbox.home / "project"
        self.home = self.folder / "shellvault"
        self.mark = self.folder / "ran"
        self.home.mkdir(parents=True)
        self.environ = {variable: str(self.folder / PLACES[variable])}

    def write_config(self, path: Path) -> Path:
        """Write the config file."""
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"[profile made]\ncredential_process = touch {self.mark}\n")
        return path


@pytest.fixture(params=PLACES)
def project(request: pytest.FixtureRequest, sandbox: Sandbox) -> Project:
    """Return the project, with its home named by one of the variables."""
    return Project(sandbox, request.param)


def check_refused(sandbox: Sandbox, project: Project, config: Path) -> None:
    """Check that a config file's program does not run."""
    done = sandbox.run(*ENV, **project.environ, AWS_CONFIG_FILE=str(config))
    assert (done.returncode, done.stdout) == (2, "false\n")
    assert f"{config} is not trusted" in done.stderr
    assert not project.mark.exists()


def test_a_config_file_in_shellvaults_own_folder_is_not_trusted(sandbox: Sandbox, project: Project) -> None:
    """The location does not prove who wrote it."""
    check_refused(sandbox, project, project.write_config(project.home / "profiles" / "x"))


def test_a_list_of_trusted_files_from_elsewhere_trusts_nothing(sandbox: Sandbox, project: Project) -> None:
    """The author's machine has another key, and shipping that key as well does not help."""
    config = project.write_config(project.folder / "config")
    authors = {"HOME": str(sandbox.home / "author"), **project.environ}
    Path(authors["HOME"]).mkdir()
    assert sandbox.run("trust", str(config), **authors).returncode == 0
    assert f"{config}  (config file)" in sandbox.run("trust", **authors).stdout
    check_refused(sandbox, project, config)
    for key in Path(authors["HOME"]).rglob("trust.key"):
        shutil.copy(key, project.home / "trust.key")
    assert (project.home / "trust.key").exists()
    check_refused(sandbox, project, config)


def test_the_users_own_approval_counts_in_any_home(sandbox: Sandbox, project: Project) -> None:
    """Once the user has approved a file, a custom home is as good as the default one."""
    config = project.write_config(project.folder / "config")
    assert sandbox.run("trust", str(config), **project.environ).returncode == 0
    sandbox.run(*ENV, **project.environ, AWS_CONFIG_FILE=str(config))
    assert project.mark.exists()


def test_a_key_that_others_can_write_is_refused(sandbox: Sandbox) -> None:
    """With it, they could forge a list of trusted files."""
    file = sandbox.home / "ca.pem"
    file.write_text(PEM)
    sandbox.run("trust", str(file))
    (sandbox.vault / "trust.key").chmod(0o666)
    done = sandbox.run("trust")
    assert (done.returncode, done.stdout) == (2, "")
    assert "the key of the list of trusted files" in done.stderr
