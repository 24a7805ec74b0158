"""A config file set in the environment: a link in a project must not decide which of the user's files is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from tests.sandbox import Sandbox

ADD = ("add", "n4", "--env", "--force")


@pytest.fixture
def project(sandbox: Sandbox) -> Path:
    """Return a project with an `aws` folder."""
    folder = sandbox.home / "project"
    (folder / "aws").mkdir(parents=True)
    return folder


def add(sandbox: Sandbox, config: Path) -> subprocess.CompletedProcess[str]:
    """Store a key pair with this config file set in the environment."""
    key = sandbox.aws.world.user().access_key()
    keys = {"AWS_ACCESS_KEY_ID": key.id, "AWS_SECRET_ACCESS_KEY": str(key.secret)}
    return sandbox.run(*ADD, AWS_CONFIG_FILE=str(config), **keys)


def test_a_dangling_link_creates_no_file(sandbox: Sandbox, project: Path) -> None:
    """No key pair is stored either: the config file is checked first."""
    link = project / "aws" / "config"
    link.symlink_to("../../.bash_profile")
    done = add(sandbox, link)
    assert (done.returncode, (sandbox.home / ".bash_profile").exists()) == (2, False)
    assert f"error: the config file {link} is not written, because the link {link} leads to nothing\n" in done.stderr
    assert f"hint: rm {link}\n" in done.stderr
    assert "n4" not in sandbox.run("list").stdout


@pytest.mark.parametrize("name", ["config", "folder"])
def test_a_link_that_leads_elsewhere_is_not_written_through(sandbox: Sandbox, project: Path, name: str) -> None:
    """Whether the link is the file itself or a folder above it. The hint gives the real path, in case it is meant."""
    other = sandbox.home / "other"
    other.mkdir()
    (other / "config").write_text("# mine\n")
    link = project / "aws" / name
    link.symlink_to(other if name == "folder" else other / "config")
    path = link / "config" if name == "folder" else link
    done = add(sandbox, path)
    assert (done.returncode, (other / "config").read_text()) == (2, "# mine\n")
    assert f"because the link {link} leads elsewhere, to " in done.stderr
    assert f"hint: if you mean that file, name it: AWS_CONFIG_FILE={other}/config\n" in done.stderr


@pytest.mark.parametrize("words", [("import", "--from", "credentials"), ("sso", "profiles", "--force")])
def test_every_writer_of_the_config_checks_links(sandbox: Sandbox, project: Path, words: tuple[str, ...]) -> None:
    """`add` is not the only one."""
    link = project / "aws" / "config"
    text = f"[sso-session c]\nsso_start_url = {sandbox.aws.world.sso.start_url}\nsso_region = eu-west-1\n"
    (sandbox.home / ".profile").write_text(text)
    link.symlink_to("../../.profile")
    (sandbox.home / ".aws").mkdir(exist_ok=True)
    key = sandbox.aws.world.user().access_key()
    (sandbox.home / ".aws" / "credentials").write_text(
        f"[old]\naws_access_key_id = {key.id}\naws_secret_access_key = {key.secret}\n"
    )
    done = sandbox.run(*words, AWS_CONFIG_FILE=str(link))
    assert (done.returncode, (sandbox.home / ".profile").read_text()) == (2, text), done.stderr
    assert f"because the link {link} leads elsewhere" in done.stderr


def test_a_link_within_its_folder_and_a_new_file_are_written(sandbox: Sandbox, project: Path) -> None:
    """Neither writes anywhere but in the folder that was named."""
    (project / "aws" / "team").write_text("# team\n")
    (project / "aws" / "config").symlink_to("team")
    for name in ("config", "new"):
        done = add(sandbox, project / "aws" / name)
        assert (done.returncode, "[profile n4]" in (project / "aws" / name).read_text()) == (0, True), done.stderr


@pytest.mark.parametrize("named", [{}, {"AWS_CONFIG_FILE": "~/.aws/config"}])
def test_the_default_config_may_be_any_link(sandbox: Sandbox, named: dict[str, str]) -> None:
    """Dotfile managers create such links. Setting the variable to the default path changes nothing."""
    (sandbox.home / "dotfiles").mkdir()
    (sandbox.home / "dotfiles" / "config").write_text("# mine\n")
    sandbox.config.parent.mkdir(exist_ok=True)
    sandbox.config.symlink_to("../dotfiles/config")
    key = sandbox.aws.world.user().access_key()
    keys = {"AWS_ACCESS_KEY_ID": key.id, "AWS_SECRET_ACCESS_KEY": str(key.secret)}
    done = sandbox.run(*ADD, **keys, **named)
    assert done.returncode == 0, done.stderr
    assert (sandbox.home / "dotfiles" / "config").read_text() == "# mine\n\n[profile n4]\n"
    assert sandbox.config.is_symlink()
