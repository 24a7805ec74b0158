"""A project may name a home of its own, as its `.envrc` can: nothing that it brings along there is trusted."""

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
"""Variable -> what it names, in the folder that holds the home `shellvault`."""


class Project:
    """A folder with a config file whose program leaves a mark, and with a home that trusts it."""

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
    """Return the project, whose home one of the variables names."""
    return Project(sandbox, request.param)


def check_refused(sandbox: Sandbox, project: Project, config: Path) -> None:
    """Check that the program of a config file is not run."""
    done = sandbox.run(*ENV, **project.environ, AWS_CONFIG_FILE=str(config))
    assert (done.returncode, done.stdout) == (2, "false\n")
    assert f"{config} is not trusted" in done.stderr
    assert not project.mark.exists()


def test_a_config_file_where_shellvault_writes_its_own_is_not_trusted(sandbox: Sandbox, project: Project) -> None:
    """Its place says nothing about who wrote it."""
    check_refused(sandbox, project, project.write_config(project.home / "profiles" / "x"))


def test_a_list_of_trusted_files_that_was_brought_along_trusts_nothing(sandbox: Sandbox, project: Project) -> None:
    """Whoever made it on their own machine has another key, whether they bring that along or not."""
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


def test_the_users_own_yes_counts_in_any_home(sandbox: Sandbox, project: Project) -> None:
    """A home elsewhere is as good as the default one, once somebody has been asked."""
    config = project.write_config(project.folder / "config")
    assert sandbox.run("trust", str(config), **project.environ).returncode == 0
    sandbox.run(*ENV, **project.environ, AWS_CONFIG_FILE=str(config))
    assert project.mark.exists()


def test_a_key_that_others_may_write_is_refused(sandbox: Sandbox) -> None:
    """With it, they could write a list."""
    file = sandbox.home / "ca.pem"
    file.write_text(PEM)
    sandbox.run("trust", str(file))
    (sandbox.vault / "trust.key").chmod(0o666)
    done = sandbox.run("trust")
    assert (done.returncode, done.stdout) == (2, "")
    assert "the key of the list of trusted files" in done.stderr
