"""A config file other than ~/.aws/config: its programs, endpoints and certificates count only once it is trusted."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.commands.terminal import open_terminal
from tests.sandbox import parse_environment
from tests.trust.foreign_server import NOBODY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.broker.conftest import MfaUser

KEYS = '{"Version": 1, "AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "SecretAccessKey": "wJalrXUtnFEMI", "SessionToken": "t"}'


@pytest.fixture
def config(user: MfaUser) -> Path:
    """Return the config file of a project, with the user's profiles; the environment names it."""
    file = user.sandbox.home / "project" / "aws config"
    file.parent.mkdir()
    file.write_text(user.sandbox.config.read_text())
    user.sandbox.env["AWS_CONFIG_FILE"] = str(file)
    return file


def add_program(user: MfaUser, config: Path, setting: str = "credential_process") -> str:
    """Add a profile `made` with a program that leaves a mark, and return its setting."""
    program, mark = user.sandbox.home / "program", user.sandbox.home / "was-run"
    program.write_text(f"#!/bin/sh\n: >{mark}\necho '{KEYS}'\n")
    program.chmod(0o700)
    more = f"role_arn = {user.sandbox.aws.world.role('web').arn}\n" if setting.startswith("web") else ""
    with config.open("a") as file:
        file.write(f"[profile made]\n{setting} = {program}\n{more}")
    return f"[profile made] {setting} = {program}"


def was_run(user: MfaUser) -> bool:
    """Return whether the program was run, and forget it."""
    mark = user.sandbox.home / "was-run"
    ran = mark.exists()
    mark.unlink(missing_ok=True)
    return ran


def test_a_config_file_without_programs_and_endpoints_needs_no_trust(user: MfaUser, config: Path) -> None:
    """Roles and regions are harmless."""
    assert config.exists()
    assert user.sandbox.run("env", "reader", "--shell", "bash").returncode == 0


@pytest.mark.parametrize("setting", ["credential_process", "web_identity_token_process"])
def test_its_programs_run_only_once_it_is_trusted(user: MfaUser, config: Path, setting: str) -> None:
    """By content: a change of the program is asked about again, and another change is not."""
    line = add_program(user, config, setting)
    done = user.sandbox.run("env", "made", "--shell", "bash")
    assert (done.returncode, done.stdout, was_run(user)) == (2, "false\n", False)
    assert f"error: {config} is not trusted, and it names the {setting} of 'made'\n" in done.stderr
    assert f"hint: shellvault trust '{config}'\n" in done.stderr
    done = user.sandbox.run("trust", str(config))
    assert done.stdout == f"Trusted {config}, as long as it has:\n{list_powers(user, line)}"
    config.write_text(f"# harmless\n{config.read_text()}region = eu-west-1\n[profile more]\nregion = eu-west-2\n")
    user.sandbox.run("env", "made", "--shell", "bash")
    assert was_run(user)
    user.sandbox.run("clear")
    config.write_text(config.read_text().replace(f"= {user.sandbox.home}/program", f"= {user.sandbox.home}/./program"))
    assert (user.sandbox.run("env", "made", "--shell", "bash").returncode, was_run(user)) == (2, False)


def list_powers(user: MfaUser, *more: str) -> str:
    """Return what `trust` lists for the user's profiles."""
    own = [f"[profile {name}] mfa_process = {user.prompter.command}" for name in ("admin", "ops", "token")]
    return "".join(f"  {line}\n" for line in (*own, *more))


def test_its_mfa_program_runs_only_once_it_is_trusted(user: MfaUser, config: Path) -> None:
    """A code from the command line needs no program."""
    done = user.sandbox.run("env", "admin", "--shell", "bash", "--no-input")
    assert (done.returncode, user.sandbox.aws.world.calls) == (2, [])
    assert f"{config} is not trusted, and it names the mfa_process of 'base'" in done.stderr
    words = ("env", "admin", "--shell", "bash", "--no-input", "-t", user.device.next_code())
    assert user.sandbox.run(*words).returncode == 0


@pytest.mark.parametrize("name", ["", "repeated by the environment"])
def test_its_endpoints_get_credentials_only_once_it_is_trusted(user: MfaUser, config: Path, name: str) -> None:
    """Of a `services` section, too."""
    url = user.sandbox.aws.url
    text = config.read_text().replace("role/reader", "role/reader\nservices = here")
    config.write_text(f"{text}[services here]\nsts =\n  endpoint_url = {url}\n")
    user.sandbox.env["AWS_ENDPOINT_URL"] = url if name else ""
    done = user.sandbox.run("env", "reader", "--shell", "bash")
    assert (done.returncode, user.sandbox.aws.world.calls) == (2, [])
    assert f"{config} is not trusted, and it names the endpoint {url}" in done.stderr
    user.sandbox.run("trust", str(config))
    assert user.sandbox.run("env", "reader", "--shell", "bash").returncode == 0
    user.sandbox.run("clear")
    config.write_text(config.read_text().replace(url, url.replace("127.0.0.1", "localhost")))
    user.sandbox.env["AWS_ENDPOINT_URL"] = ""
    assert user.sandbox.run("env", "reader", "--shell", "bash").returncode == 2


def test_its_certificates_are_used_only_once_it_is_trusted(user: MfaUser, config: Path) -> None:
    """Trust in the file of certificates alone is not trust in the config file."""
    ca = user.sandbox.home / "ca.pem"
    ca.write_text("-----BEGIN CERTIFICATE-----\n")
    config.write_text(config.read_text().replace("role/reader", f"role/reader\nca_bundle = {ca}"))
    assert user.sandbox.run("trust", str(ca)).returncode == 0
    done = user.sandbox.run("env", "reader", "--shell", "bash", AWS_ENDPOINT_URL="")
    assert done.returncode == 2
    assert f"{config} is not trusted, and it names the certificates in {ca}" in done.stderr


def test_the_question_shows_what_the_file_names(user: MfaUser, config: Path) -> None:
    """On the terminal, where it arises; a no runs nothing."""
    line = add_program(user, config)
    for answer, status in (("", 2), ("yes", 0)):
        with open_terminal(user.sandbox, ["sh", "-c", "shellvault env made --shell bash >out"]) as terminal:
            terminal.expect(r"Trust \S+/project/aws config\? \[y/N\] ")
            terminal.type(answer)
            assert terminal.wait_for_exit() == status
        assert line in terminal.output.replace("\r\n", "")
        assert was_run(user) == (status == 0)


def test_a_generated_config_is_trusted(user: MfaUser) -> None:
    """`env --process` writes it, and it runs shellvault."""
    script = 'eval "$(shellvault env --process reader --shell bash)"; env -0'
    shell = dict(parse_environment(user.sandbox.shell("bash", script).stdout))
    del shell["SHELLVAULT_CONFIG_FILE"]  # as where only AWS's own variables are passed on
    assert user.sandbox.vault in type(user.sandbox.vault)(shell["AWS_CONFIG_FILE"]).parents
    user.sandbox.env = {**shell, "SHELLVAULT_ASKED": ""}
    done = user.sandbox.run("env", "reader", "--shell", "bash")
    assert "is not trusted" not in done.stderr


def give_to_group(file: Path) -> None:
    """Let a group with members of its own write a file."""
    os.chown(file, 0, 4)
    file.chmod(0o664)


CHANGES: dict[str, Callable[[Path], None]] = {
    "others may write it": lambda file: file.chmod(0o646),
    "a group may write it": give_to_group,
    "others may replace it": lambda file: file.parent.chmod(0o777),
    "it belongs to somebody else": lambda file: os.chown(file, NOBODY, 0),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_config_file_that_others_may_write_is_refused_trusted_or_not(
    user: MfaUser, config: Path, change: str
) -> None:
    """Whatever is in it."""
    assert user.sandbox.run("trust", str(config)).returncode == 0
    CHANGES[change](config)
    done = user.sandbox.run("env", "reader", "--shell", "bash")
    assert (done.returncode, done.stdout, user.sandbox.aws.world.calls) == (2, "false\n", [])
    assert f"error: the config file {config} " in done.stderr
    assert user.sandbox.run("trust", str(config)).returncode == 2


def test_a_config_file_of_a_private_group_is_used(user: MfaUser, config: Path) -> None:
    """Where each user has a group of their own, its files are its own user's."""
    os.chown(config, 0, 0)
    config.chmod(0o664)
    config.parent.chmod(0o775)
    assert user.sandbox.run("env", "reader", "--shell", "bash").returncode == 0


def test_no_config_file_at_all_can_be_named(user: MfaUser) -> None:
    """/dev/null may be written by everybody."""
    assert user.sandbox.run("env", "base", "--shell", "bash", AWS_CONFIG_FILE="/dev/null").returncode == 0


def test_a_mounted_aws_folder_of_another_user_works(user: MfaUser) -> None:
    """As in a development container, which mounts ~/.aws of the user outside; even where the environment names it."""
    add_program(user, user.sandbox.config)
    os.chown(user.sandbox.config.parent, 1000, 1000)
    os.chown(user.sandbox.config, 1000, 1000)
    for environ in ({}, {"AWS_CONFIG_FILE": "~/.aws/config"}, {"AWS_CONFIG_FILE": str(user.sandbox.config)}):
        user.sandbox.run("clear")
        assert user.sandbox.run("env", "made", "--shell", "bash", **environ).returncode == 0
        assert was_run(user)


@pytest.mark.parametrize("change", ["mode", "owner"])
@pytest.mark.parametrize("variable", ["SHELLVAULT_HOME", "XDG_DATA_HOME"])
def test_a_home_that_others_may_write_is_refused(user: MfaUser, change: str, variable: str) -> None:
    """It holds the list of what is trusted, and the names of the key pairs."""
    parent = user.sandbox.home / "elsewhere"
    home = parent if variable == "SHELLVAULT_HOME" else parent / "shellvault"
    home.mkdir(parents=True)
    assert user.sandbox.run("list", **{variable: str(parent)}).returncode == 0
    home.chmod(0o777) if change == "mode" else os.chown(home, NOBODY, NOBODY)
    for words in (("list",), ("env", "base", "--shell", "bash"), ("trust",)):
        done = user.sandbox.run(*words, **{variable: str(parent)})
        assert done.returncode == 2
        assert f"error: shellvault's home {home} " in done.stderr
